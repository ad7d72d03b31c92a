using NetViz.Engine;
using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

public class SoftmaxCrossEntropyTests
{
    // exp(0) : exp(ln 3) = 1 : 3.
    private static readonly float[] Scores = [0, MathF.Log(3)];

    [Test]
    public void One_picture_by_hand()
    {
        var signal = new float[2];
        (double loss, int correct) = SoftmaxCrossEntropy.Evaluate(Scores, [0, 1], 2, signal);
        Assert.That(loss, Is.EqualTo(Math.Log(4 / 3.0)).Within(1e-7));
        Assert.That(signal, Is.EqualTo((float[])[0.25f, -0.25f]).Within(1e-7));
        Assert.That(correct, Is.EqualTo(1));
    }

    [Test]
    public void Smoothing_spreads_a_part_of_the_target()
    {
        var target = new float[4];
        SoftmaxCrossEntropy.Target(2, 0.2, target);
        Assert.That(target, Is.EqualTo((float[])[0.05f, 0.05f, 0.85f, 0.05f]).Within(1e-7));
        SoftmaxCrossEntropy.Target(1, 0.2, target.AsSpan(0, 2));
        Assert.That(SoftmaxCrossEntropy.Evaluate(Scores, target.AsSpan(0, 2), 2, []).Loss,
            Is.EqualTo(0.1 * Math.Log(4) + 0.9 * Math.Log(4 / 3.0)).Within(1e-7));
    }

    [Test]
    public void A_batch_has_the_mean_loss_and_counts_what_is_right()
    {
        var signal = new float[6];
        (double loss, int correct) = SoftmaxCrossEntropy.Evaluate([.. Scores, .. Scores, 5, 5], [0, 1, 1, 0, 1, 0], 2, signal);
        Assert.That(loss, Is.EqualTo((Math.Log(4 / 3.0) + Math.Log(4) + Math.Log(2)) / 3).Within(1e-7));
        Assert.That(correct, Is.EqualTo(2), "of equal scores the first counts");
        Assert.That(signal, Is.EqualTo((float[])[1 / 12f, -1 / 12f, -1 / 4f, 1 / 4f, -1 / 6f, 1 / 6f]).Within(1e-7));
    }

    [Test]
    public void Large_scores_do_not_overflow()
    {
        var signal = new float[2];
        Assert.That(SoftmaxCrossEntropy.Evaluate([1000, -1000], [0, 1], 2, signal).Loss, Is.EqualTo(2000).Within(1e-9));
        Assert.That(signal, Is.EqualTo((float[])[1, -1]));
    }

    [Test]
    public void The_signal_is_the_derivative()
    {
        const int N = 3, Classes = 5;
        var scores = new float[N * Classes];
        var targets = new float[N * Classes];
        new CounterRandom(3, 0).Fill(0, 2, scores);
        for (int i = 0; i < N; i++) SoftmaxCrossEntropy.Target(i, 0.1, targets.AsSpan(i * Classes, Classes));
        var signal = new float[scores.Length];
        SoftmaxCrossEntropy.Evaluate(scores, targets, Classes, signal);
        for (int k = 0; k < scores.Length; k++)
        {
            float[] more = [.. scores], less = [.. scores];
            more[k] += 1 / 256f;
            less[k] -= 1 / 256f;
            double slope = (SoftmaxCrossEntropy.Evaluate(more, targets, Classes, []).Loss
                - SoftmaxCrossEntropy.Evaluate(less, targets, Classes, []).Loss) / ((double)more[k] - less[k]);
            Assert.That(signal[k], Is.EqualTo(slope).Within(1e-6));
        }
    }
}
