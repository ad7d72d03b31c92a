using NetViz.Engine;
using NetViz.Kernels;
using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

/// <summary>Steps computed by hand, and that threads do not matter.</summary>
public class SgdTests
{
    // v = 0.51, w = 1 - 0.051; then g = 0.5 + 0.00949, v = 0.459 + 0.50949, w = 0.949 - 0.096849.
    [TestCase(false, 0.949, 0.852151)]
    // g + m v = 0.51 + 0.459, w = 1 - 0.0969; then g = 0.509031, v = 0.968031, w = 0.9031 - 0.1 (0.509031 + 0.8712279).
    [TestCase(true, 0.9031, 0.76507411)]
    public void Two_steps_with_momentum_and_decay(bool nesterov, double afterOne, double afterTwo)
    {
        Parameter w = Single("w", 1, decays: true);
        var sgd = new Sgd([w]) { Momentum = 0.9, Nesterov = nesterov, WeightDecay = 0.01 };
        w.Gradient[0] = 0.5f;
        Assert.That(sgd.Step(0.1), Is.EqualTo(0.5).Within(1e-6), "the gradient's length");
        Assert.That(w.Values[0], Is.EqualTo(afterOne).Within(1e-6));
        w.Gradient[0] = 0.5f;
        sgd.Step(0.1);
        Assert.That(w.Values[0], Is.EqualTo(afterTwo).Within(1e-6));
    }

    [Test]
    public void Only_weights_decay()
    {
        Parameter weight = Single("weight", 2, decays: true), bias = Single("bias", 2, decays: false);
        new Sgd([weight, bias]) { WeightDecay = 0.1 }.Step(1);
        Assert.That((weight.Values[0], bias.Values[0]), Is.EqualTo((1.8f, 2f)));
    }

    [Test]
    public void A_gradient_is_clipped_as_a_whole()
    {
        Parameter a = Single("a", 0, decays: true), b = Single("b", 0, decays: true);
        (a.Gradient[0], b.Gradient[0]) = (3, 4);
        Assert.That(new Sgd([a, b]) { Clip = 1 }.Step(1), Is.EqualTo(5));
        Assert.That(a.Values[0], Is.EqualTo(-0.6).Within(1e-7));
        Assert.That(b.Values[0], Is.EqualTo(-0.8).Within(1e-7));
        (a.Gradient[0], b.Gradient[0]) = (0.3f, 0.4f);
        new Sgd([a, b]) { Clip = 1 }.Step(1);
        Assert.That(a.Values[0], Is.EqualTo(-0.9).Within(1e-6), "a short one is left as it is");
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void A_gradient_that_is_no_number_changes_nothing(float number)
    {
        Parameter w = Single("w", 1, decays: true);
        w.Gradient[0] = number;
        var sgd = new Sgd([w]) { Clip = 1 };
        Assert.That(double.IsFinite(sgd.Step(0.1)), Is.False);
        Assert.That((w.Values[0], sgd.Momenta[0][0]), Is.EqualTo((1f, 0f)));
    }

    [Test]
    public void Threads_do_not_matter()
    {
        Assert.That(Run(2), Is.EqualTo(Run(1)));
        Assert.That(Run(5), Is.EqualTo(Run(1)));

        static float[] Run(int threads)
        {
            Parameter[] parameters = [new("a", new Shape(100_003), decays: true), new("b", new Shape(17), decays: false)];
            var sgd = new Sgd(parameters, threads) { Nesterov = true, WeightDecay = 1e-3, Clip = 0.5 };
            var average = new WeightAverage(parameters, 0.9, threads);
            for (int step = 0; step < 3; step++)
            {
                for (int p = 0; p < parameters.Length; p++)
                    new CounterRandom((ulong)step, (ulong)p).Fill(0, 1, parameters[p].Gradient);
                sgd.Step(0.1);
                average.Add(step);
            }

            return [.. parameters[0].Values, .. parameters[1].Values, .. average.Averages[0], .. average.Averages[1]];
        }
    }

    [Test]
    public void An_average_follows_slowly_and_comes_back()
    {
        Parameter w = Single("w", 1, decays: false);
        var average = new WeightAverage([w], 0.75);
        w.Values[0] = 2;
        average.Add(0);
        // The first decay is 1/11.
        Assert.That(average.Averages[0][0], Is.EqualTo(1 / 11.0 + 2 * 10 / 11.0).Within(1e-6));
        average.Add(1_000_000);
        Assert.That(average.Averages[0][0], Is.EqualTo(0.75 * (21 / 11.0) + 0.25 * 2).Within(1e-6));
        average.Exchange();
        Assert.That(average.Averages[0][0], Is.EqualTo(2f));
        average.Exchange();
        Assert.That(w.Values[0], Is.EqualTo(2f));
    }

    private static Parameter Single(string name, float value, bool decays) =>
        new(name, new Shape(1), decays) { Values = { [0] = value } };
}
