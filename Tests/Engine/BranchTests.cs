using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>Where a network branches, signals add up; worked by hand.</summary>
public class BranchTests
{
    // x = 1 -2 3;  a = 2 x;  b = relu(x) = 1 0 3;  s = a + b = 3 -4 9;  d = s + s = 6 -8 18;  c = d | x | b
    // S = (1 2 3) d + (4 5 6) x + (-7 8 -9) b = 44 + 12 - 34 = 22
    private static readonly Network Network = new NetworkBuilder("branches", Passes.Input(1, 1, 3))
        .Add(new Affine("a", "Mul", new float[] { 2 }, new Shape(1), default, default), ["x"], "a")
        .Add(new Relu("b"), ["x"], "b")
        .Add(new Sum("s", "Add"), ["a", "b"], "s")
        .Add(new Sum("d", "Add"), ["s", "s"], "d")
        .Add(new Concat("c", 1, 3), ["d", "x", "b"], "c")
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", new float[] { 1, 2, 3, 4, 5, 6, -7, 8, -9 }, 9, 1, weightIsInByOut: true, default))
        .Build();

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Signals_add_where_the_network_branched(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 1, 3), new double[] { 1, -2, 3 }, "c");
        Assert.That(record.Activation("c").Values(), Is.EqualTo(new float[] { 6, -8, 18, 1, -2, 3, 1, 0, 3 }));
        Assert.That(record.Scores.Values(), Is.EqualTo(new float[] { 22 }));

        foreach (BackwardRule rule in BackwardRule.All)
        {
            Assert.That(record.Backward(Seed.Class(0), rule, "d").Values(), Is.EqualTo(new float[] { 1, 2, 3 }));
            Assert.That(record.Backward(Seed.Class(0), rule, "s").Values(), Is.EqualTo(new float[] { 2, 4, 6 }),
                "d adds s to itself");
            Assert.That(record.Backward(Seed.Class(0), rule, "a").Values(), Is.EqualTo(new float[] { 2, 4, 6 }));
            Assert.That(record.Backward(Seed.Class(0), rule, "b").Values(), Is.EqualTo(new float[] { -7 + 2, 8 + 4, -9 + 6 }));
        }

        // At x: (4 5 6) from c, 2 (2 4 6) from a, and b's -5 12 -3 through the ReLU, whose bits are 1 0 1.
        Assert.That(record.Backward(Seed.Class(0), BackwardRule.Gradient).Values(),
            Is.EqualTo(new float[] { 4 + 4 - 5, 5 + 8, 6 + 12 - 3 }));
        Assert.That(record.Backward(Seed.Class(0), BackwardRule.DeconvNet).Values(),
            Is.EqualTo(new float[] { 4 + 4, 5 + 8 + 12, 6 + 12 }));
        Assert.That(record.Backward(Seed.Class(0), BackwardRule.Guided).Values(),
            Is.EqualTo(new float[] { 4 + 4, 5 + 8, 6 + 12 }));
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void A_seed_at_an_inner_layer_sees_only_what_lies_below_it(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 1, 3), new double[] { 1, -2, 3 });
        Assert.That(record.Backward(Seed.Layer("s"), BackwardRule.Gradient).Values(),
            Is.EqualTo(new float[] { 2 + 1, 2, 2 + 1 }));
        Assert.That(record.Backward(Seed.Neuron("d", 1), BackwardRule.Gradient).Values(), Is.EqualTo(new float[] { 0, 4, 0 }));
        Assert.That(record.Backward(Seed.Neuron("d", 1), BackwardRule.Gradient, "b").Values(),
            Is.EqualTo(new float[] { 0, 2, 0 }));
        Assert.That(record.Backward(Seed.Layer("b"), BackwardRule.Gradient, "b").Values(), Is.EqualTo(new float[] { 1, 1, 1 }));
        Assert.That(record.Backward(Seed.Signal("x", new float[] { 7, 8, 9 }), BackwardRule.Gradient).Values(),
            Is.EqualTo(new float[] { 7, 8, 9 }));
    }

    [TestCase("a", "b")]
    [TestCase("b", "a")]
    [TestCase("x", "s")]
    [TestCase("s", "d")]
    [TestCase("d", "fc")]
    public void A_seed_that_does_not_depend_on_the_target_is_refused(string seed, string target)
    {
        using PreparedNetwork prepared = Network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 1, 3), new double[] { 1, -2, 3 });
        Assert.That(() => record.Backward(Seed.Layer(seed), BackwardRule.Gradient, target),
            Throws.TypeOf<NetVizException>().With.Message.Contains($"'{seed}'").And.Message.Contains($"'{target}'"));
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void A_difference_sends_the_negative_signal_to_what_is_subtracted(Device device)
    {
        // y = 2 x - relu(x); dy/dx = 2 - 1(x > 0). Under DeconvNet: 2 r + max(-r, 0).
        Network network = new NetworkBuilder("difference", Passes.Input(3))
            .Add(new Affine("a", "Mul", new float[] { 2 }, new Shape(), default, default), ["x"], "a")
            .Add(new Relu("b"), ["x"], "b")
            .Add(new Sum("y", "Sub", subtract: true), ["a", "b"], "y")
            .Build();
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 3), new double[] { 1, -2, 3 });
        Assert.That(record.Scores.Values(), Is.EqualTo(new float[] { 1, -4, 3 }));
        var seed = Seed.Signal("y", new float[] { 1, 10, -100 });
        Assert.That(record.Backward(seed, BackwardRule.Gradient).Values(), Is.EqualTo(new float[] { 1, 20, -100 }));
        Assert.That(record.Backward(seed, BackwardRule.DeconvNet).Values(), Is.EqualTo(new float[] { 2, 20, -100 }));
        Assert.That(record.Backward(seed, BackwardRule.Guided).Values(), Is.EqualTo(new float[] { 2, 20, -100 }));
    }
}
