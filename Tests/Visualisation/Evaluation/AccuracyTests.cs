using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

public class AccuracyTests
{
    [TestCase(344, 500, 0.6460861967117412, 0.727047051274715)]
    [TestCase(0, 10, 0, 0.2775327998628892)]
    [TestCase(10, 10, 0.7224672001371107, 1)]
    public void TheIntervalIsWilsons(int hits, int count, double low, double high)
    {
        var share = new Proportion(hits, count);
        Assert.That((share.Low, share.High), Is.EqualTo((low, high)).Within(1e-12));
    }

    [Test]
    public void CountsFirstAndFirstFive()
    {
        var accuracy = new Accuracy(3, 7);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Add(accuracy, 0, 2, [0, 1, 9, 3, 4, 5, 6]), Is.EqualTo((0, 2)));
            Assert.That(Add(accuracy, 0, 2, [0, 1, 5, 3, 4, 9, 6]), Is.EqualTo((2, 5)));
            Assert.That(Add(accuracy, 0, 2, [5, 6, 1, 3, 4, 9, 0]), Is.EqualTo((5, 5)));
            Assert.That(Add(accuracy, 1, 6, [0, 1, 2, 3, 4, 5, 6]), Is.EqualTo((0, 6)));
            Assert.That((accuracy.Top1.Hits, accuracy.Top1.Count), Is.EqualTo((2, 4)));
            Assert.That((accuracy.Top5!.Value.Hits, accuracy.Top5.Value.Count), Is.EqualTo((3, 4)));
            Assert.That(accuracy.ByClass.Select(c => (c.Class, c.Top1.Hits, c.Top1.Count, c.Top5!.Value.Hits, c.TakenFor,
                c.TakenForTimes)), Is.EqualTo(((int, int, int, int, int?, int)[])[(0, 1, 3, 2, 5, 2), (1, 1, 1, 1, null, 0)]));
        }
    }

    [Test]
    public void OfEqualScoresTheLowerIndexCountsAsHigher()
    {
        var accuracy = new Accuracy(1, 6);
        Assert.That(Add(accuracy, 0, 1, [1, 1, 1, 1, 1, 1]), Is.EqualTo((1, 0)));
        Assert.That(Add(accuracy, 0, 5, [1, 1, 1, 1, 1, 1]), Is.EqualTo((5, 0)));
        Assert.That((accuracy.Top1.Hits, accuracy.Top5!.Value.Hits), Is.EqualTo((0, 1)));
    }

    [Test]
    public void ScoresThatAreNoNumbersAreWrong()
    {
        var accuracy = new Accuracy(1, 3);
        Assert.That(Add(accuracy, 0, 1, [0, 5, float.NaN]), Is.EqualTo((3, -1)));
        Assert.That(Add(accuracy, 0, 1, [0, float.PositiveInfinity, 1]), Is.EqualTo((3, -1)));
        Assert.That((accuracy.NonFinite, accuracy.Top1.Hits, accuracy.Top1.Count), Is.EqualTo((2, 0, 2)));
        Assert.That(accuracy.Top5, Is.Null, "the first five of three");
    }

    private static (int Rank, int First) Add(Accuracy accuracy, int @class, int right, float[] scores)
    {
        (int rank, int first) = Accuracy.Judge(right, scores);
        accuracy.Add(@class, rank, first);
        return (rank, first);
    }
}
