using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

/// <summary>What is measured of one map, or of two: Gini index, rank correlation, structural similarity; and means.</summary>
public class MapMeasureTests
{
    private const int Width = 11, Height = 9;

    [TestCase(new[] { 2f, 2f, 2f, 2f }, 0)]
    [TestCase(new[] { 0f, 0f, -3f, 0f }, 0.75, Description = "one pixel holds everything: 1 - 1/N")]
    [TestCase(new[] { 1f, 2f, 3f, 4f }, 0.25, Description = "1 - 2 (1 3.5 + 2 2.5 + 3 1.5 + 4 0.5) / (10 4)")]
    [TestCase(new[] { 0f, 0f }, 0)]
    public void GiniIndexOfHandMadeMaps(float[] map, double gini) =>
        Assert.That(GiniIndex.Of(map), Is.EqualTo(gini).Within(1e-15));

    [Test]
    public void EqualNumbersShareTheirRank() =>
        Assert.That(RankCorrelation.Ranks([3, 1, 4, 1, 5]), Is.EqualTo((double[])[3, 1.5, 4, 1.5, 5]));

    [TestCase(new[] { 1f, 2f, 3f }, new[] { 10f, 200f, 3000f }, 1)]
    [TestCase(new[] { 1f, 2f, 3f }, new[] { 0f, -1f, -7f }, -1)]
    [TestCase(new[] { 1f, 2f, 3f }, new[] { 5f, 5f, 5f }, 0, Description = "no order")]
    [TestCase(new[] { 3f, 1, 4, 1, 5, 9, 2, 6 }, new[] { 2f, 7, 1, 8, 2, 8, 1, 8 }, 0.19885368120992467,
        Description = "SciPy's spearmanr")]
    public void RankCorrelationOfHandMadeMaps(float[] a, float[] b, double correlation) =>
        Assert.That(RankCorrelation.OfRanks(RankCorrelation.Ranks(a), RankCorrelation.Ranks(b)),
            Is.EqualTo(correlation).Within(1e-12));

    [Test]
    public void StructuralSimilarityIsThatOfBoxFilters()
    {
        // The same by SciPy's uniform_filter of 7 x 7 with the unbiased variances, over windows that lie whole on the map.
        (float[] a, float[] b) = Patterns();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(StructuralSimilarity.Of(a, b, Width, 1), Is.EqualTo(0.7003192329955658).Within(1e-9));
            Assert.That(StructuralSimilarity.Of(a, a, Width, 1), Is.EqualTo(1).Within(1e-12));
            Assert.That(StructuralSimilarity.Of(a, [.. a.Select(v => 1 - v)], Width, 1), Is.LessThan(-0.5));
            Assert.That(StructuralSimilarity.Of([0, 1, 0], [0, 1, 0], 3, 1), Is.EqualTo(1), "a map of one row");
        }
    }

    [Test]
    public void NormalisedMapsReachOne()
    {
        Assert.That(StructuralSimilarity.Normalise(new SaliencyMap(2, 2, [1, -4, 2, 0], Reduction.Signed)),
            Is.EqualTo((float[])[0.25f, -1, 0.5f, 0]));
        Assert.That(StructuralSimilarity.Normalise(new SaliencyMap(2, 1, [0, 0], Reduction.Max)), Is.EqualTo((float[])[0, 0]));
    }

    [Test]
    public void TheMeanHasItsInterval()
    {
        SampleMean mean = SampleMean.Of([1, 2, 3, 4]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((mean.Count, mean.Value), Is.EqualTo((4, 2.5)));
            Assert.That(mean.Deviation, Is.EqualTo(Math.Sqrt(5 / 3.0)).Within(1e-15));
            Assert.That(mean.High - mean.Value, Is.EqualTo(1.959963984540054 * Math.Sqrt(5 / 3.0) / 2).Within(1e-12));
            Assert.That(double.IsNaN(SampleMean.Of([7]).Low), "one number tells nothing of chance");
            Assert.That(double.IsNaN(SampleMean.Of([]).Value));
            Assert.That(mean.Rounded(2), Is.EqualTo("2.50"));
            Assert.That(new SampleMean(2, -0.004, 0.001).Rounded(2), Is.EqualTo("0.00"), "no sign");
            Assert.That(new SampleMean(2, -0.006, 0).Interval(2), Is.EqualTo("-0.01 to -0.01"));
            Assert.That(SampleMean.Of([7]).Interval(1), Is.EqualTo("-"));
        }
    }

    private static (float[] A, float[] B) Patterns()
    {
        float[] a = [.. Enumerable.Range(0, Width * Height).Select(i => (float)(i * 37 % 101 / 101.0))];
        return (a, [.. a.Select((v, i) => (float)(v * 0.5 + (float)((i * 53 + 7) % 97 / 97.0) * 0.5))]);
    }
}
