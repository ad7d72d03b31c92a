using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>The score is taken before a final softmax (1312.6034, section 2); the posterior is an explicit choice.</summary>
public class ScoreTests
{
    private static Layer FullyConnected => new FullyConnected("fc", "Gemm",
        new float[] { 0.5f, -0.25f, 0.75f, /**/ -1, 0.5f, 0.25f, /**/ 0.125f, 1, -0.5f, /**/ 0.25f, 0.25f, -1 }, 3, 4, false,
            new float[] { 0.5f, 0, -0.5f, 0.25f });

    private static NetworkBuilder Builder => new NetworkBuilder("scores", Passes.Input(3)).Then(FullyConnected);

    private static IEnumerable<TestCaseData> Endings =>
    [
        Case("nothing", Builder),
        Case("softmax", Builder.Then(new Softmax("softmax", -1, throughLast: false))),
        Case("logarithm of a softmax", Builder.Then(new LogSoftmax("softmax", -1, throughLast: false))),
        Case("softmax of opset 12", Builder.Then(new Softmax("softmax", 1, throughLast: true))),
        Case("softmax, identity", Builder.Then(new Softmax("softmax", -1, false)).Then(new Identity("identity", "Identity"))),
        Case("softmax, flatten", Builder.Then(new Softmax("softmax", -1, false)).Then(Reshape.Flatten("flatten"))),
        Case("softmax, dropout, reshape",
            Builder.Then(new Softmax("softmax", -1, false)).Then(new Identity("dropout", "Dropout"))
            .Then(Reshape.To("reshape", [0, -1]))),
    ];

    [TestCaseSource(nameof(Endings))]
    public void The_score_is_what_goes_into_a_final_softmax(Network network)
    {
        using PreparedNetwork prepared = network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 3), new double[] { 1, 2, 4 });
        Assert.That(network.NameOf(network.ScoreTensor), Is.EqualTo("fc"));
        Assert.That(record.Scores.Values(), Is.EqualTo(new float[] { 3.5f, 1, -0.375f, -3 }));
        double sum = Math.Exp(3.5) + Math.Exp(1) + Math.Exp(-0.375) + Math.Exp(-3);
        Assert.That(record.Probabilities.Values(),
            Is.EqualTo(new[] { Math.Exp(3.5) / sum, Math.Exp(1) / sum, Math.Exp(-0.375) / sum,
            Math.Exp(-3) / sum }).Within(1e-7));

        // No rule enters the softmax: the class's row of W.
        foreach (BackwardRule rule in BackwardRule.All)
            Assert.That(record.Backward(Seed.Class(1), rule).Values(), Is.EqualTo(new float[] { -1, 0.5f, 0.25f }));
    }

    [Test]
    public void A_softmax_inside_a_network_is_no_end()
    {
        Network network = Builder.Then(new Softmax("softmax", -1, false))
            .Then(new Affine("scale", "Mul", new float[] { 2 }, new Shape(1), default, default)).Build();
        Assert.That(network.NameOf(network.ScoreTensor), Is.EqualTo("scale"));
    }

    [Test]
    public void An_inner_tensor_can_be_the_output()
    {
        Network network = Builder.Then(new Softmax("softmax", -1, false)).Then(new Relu("relu")).Build("softmax");
        Assert.That((network.NameOf(network.OutputTensor), network.NameOf(network.ScoreTensor)), Is.EqualTo(("softmax", "fc")));
    }

    /// <summary>dP_c/dx by central differences in double, from the scores that the network gives.</summary>
    [TestCaseSource(nameof(Endings))]
    public void The_posterior_has_its_own_gradient(Network network)
    {
        const double Step = 1e-5;
        using PreparedNetwork prepared = network.On(Device.ReferenceDouble);
        double[] x = [1, 2, 4];
        using ForwardRecord record = prepared.Forward(new Shape(1, 3), x);
        for (int c = 0; c < 4; c++)
        {
            var slopes = new double[3];
            for (int i = 0; i < 3; i++) slopes[i] = (P(i, Step) - P(i, -Step)) / (2 * Step);
            double[] found = record.BackwardInDouble(Seed.Posterior(c), BackwardRule.Gradient).Values();
            Assert.That(Numbers.RelativeError(found, slopes), Is.LessThan(1e-8));

            double P(int axis, double step)
            {
                double[] moved = [.. x];
                moved[axis] += step;
                using ForwardRecord at = prepared.Forward(new Shape(1, 3), moved);
                double[] scores = at.ScoresInDouble.Values();
                return Math.Exp(scores[c]) / scores.Sum(Math.Exp);
            }
        }
    }

    /// <summary>dP/dS = P_c (1 - P_c) is tiny but not 0 where the network is all but certain.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void The_posterior_of_a_certain_class_keeps_its_digits(Device device)
    {
        Network network = new NetworkBuilder("certain", Passes.Input(2)).Then(new Identity("scores", "Identity")).Build();
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 2), new double[] { 30, 5 });
        double other = 1 / (1 + Math.Exp(25)), slope = other / (1 + Math.Exp(-25));
        double[] found = record.BackwardInDouble(Seed.Posterior(0), BackwardRule.Gradient).Values();
        Assert.That(found, Is.EqualTo(new[] { slope, -slope }).Within(1e-4).Percent);
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Probabilities_of_large_scores_are_finite(Device device)
    {
        Network network = new NetworkBuilder("large", Passes.Input(3)).Then(new Identity("scores", "Identity")).Build();
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record =
            prepared.Forward(new Shape(2, 3), new double[] { 10000, 9999, -10000, /**/ -5000, -5000, -5000 });
        double p = 1 / (1 + Math.Exp(-1));
        Assert.That(record.Probabilities.Values(), Is.EqualTo(new[] { p, 1 - p, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3 }).Within(1e-6));
    }

    private static TestCaseData Case(string name, NetworkBuilder builder) =>
        new TestCaseData(builder.Build()).SetArgDisplayNames(name);
}
