using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>What each seed writes, read back at the layer where it starts, and what each refuses.</summary>
public class SeedTests
{
    // conv: [2, 3, 2, 2], then a score for each of three classes.
    private static readonly Network Network = new NetworkBuilder("seeds", Passes.Input(1, 2, 2))
        .Then(new Conv("conv", new float[] { 1, 2, 3 }, new Shape(3, 1, 1, 1), default, new Window(1, 1)))
        .Then(new AveragePool("pool", null))
        .Then(Reshape.Flatten("scores"))
        .Build();

    private PreparedNetwork _prepared = null!;
    private ForwardRecord _record = null!;

    private static readonly float[] O = [0, 0, 0, 0];

    private static readonly float[] I = [1, 1, 1, 1];

    [SetUp]
    public void Run()
    {
        _prepared = Network.On(Device.Cpu(1));
        _record = _prepared.Forward(new Shape(2, 1, 2, 2), new double[] { 1, 1, 1, 1, /**/ 0, 0, 0, 4 });
    }

    [TearDown]
    public void Dispose()
    {
        _record.Dispose();
        _prepared.Dispose();
    }

    [Test]
    public void Class() => Require(Seed.Class(2), "scores", [0, 0, 1, /**/ 0, 0, 1]);

    [Test]
    public void Classes() => Require(Seed.Classes([2, 0]), "scores", [0, 0, 1, /**/ 1, 0, 0]);

    [Test]
    public void Neuron_by_channel_row_and_column() =>
        Require(Seed.Neuron("conv", 1, 1, 0), "conv", [.. O, 0, 0, 1, 0, .. O, /**/ .. O, 0, 0, 1, 0, .. O]);

    [Test]
    public void Neuron_by_number() =>
        Require(Seed.Neuron("conv", 6), "conv", [.. O, 0, 0, 1, 0, .. O, /**/ .. O, 0, 0, 1, 0, .. O]);

    [Test]
    public void Neuron_of_a_vector() => Require(Seed.Neuron("scores", 1), "scores", [0, 1, 0, /**/ 0, 1, 0]);

    [Test]
    public void Channel() => Require(Seed.Channel("conv", 2), "conv", [.. O, .. O, .. I, /**/ .. O, .. O, .. I]);

    [Test]
    public void Channel_of_a_vector() => Require(Seed.Channel("scores", 0), "scores", [1, 0, 0, /**/ 1, 0, 0]);

    [Test]
    public void Layer() => Require(Seed.Layer("conv"), "conv", [.. I, .. I, .. I, /**/ .. I, .. I, .. I]);

    [Test]
    public void A_signal_for_the_batch() =>
        Require(Seed.Signal("scores", new float[] { 1, 2, 3, 4, 5, 6 }), "scores", [1, 2, 3, 4, 5, 6]);

    [Test]
    public void A_signal_for_each_image() =>
        Require(Seed.Signal("scores", new float[] { 1, 2, 3 }), "scores", [1, 2, 3, /**/ 1, 2, 3]);

    /// <summary>Through the pool each of four pixels gets a quarter; through the 1x1 convolution times its weight.</summary>
    [Test]
    public void A_class_reaches_the_input() => Require(Seed.Class(2), "x", [.. Enumerable.Repeat(0.75f, 8)]);

    private static IEnumerable<TestCaseData> Wrong =>
    [
        new TestCaseData(Seed.Class(3), "class 3").SetArgDisplayNames("class 3 of 3"),
        new TestCaseData(Seed.Posterior(3), "class 3").SetArgDisplayNames("posterior 3 of 3"),
        new TestCaseData(Seed.Classes([0, 7]), "class 7").SetArgDisplayNames("class 7 for the second image"),
        new TestCaseData(Seed.Classes([0]), "1 class").SetArgDisplayNames("one class for two images"),
        new TestCaseData(Seed.Classes([0, 1, 2]), "3 classes").SetArgDisplayNames("three classes for two images"),
        new TestCaseData(Seed.Neuron("conv", 3, 0, 0), "'conv' has no neuron 3,0,0").SetArgDisplayNames("channel past the end"),
        new TestCaseData(Seed.Neuron("conv", 0, 2, 0), "'conv' has no neuron 0,2,0").SetArgDisplayNames("row past the end"),
        new TestCaseData(Seed.Neuron("conv", 0, 0, 2), "'conv' has no neuron 0,0,2").SetArgDisplayNames("column past the end"),
        new TestCaseData(Seed.Neuron("conv", -1, 0, 0), "'conv' has no neuron -1,0,0").SetArgDisplayNames("negative channel"),
        new TestCaseData(Seed.Neuron("conv", 0, -1, 0), "'conv' has no neuron 0,-1,0").SetArgDisplayNames("negative row"),
        new TestCaseData(Seed.Neuron("conv", 0, 0, -1), "'conv' has no neuron 0,0,-1").SetArgDisplayNames("negative column"),
        new TestCaseData(Seed.Neuron("scores", 0, 0, 0),
            "'scores' has the output shape [2, 3]").SetArgDisplayNames("c,y,x of a vector"),
        new TestCaseData(Seed.Neuron("conv", 12), "'conv' has no neuron 12").SetArgDisplayNames("number past the end"),
        new TestCaseData(Seed.Channel("conv", 3), "'conv' has no channel 3").SetArgDisplayNames("channel 3 of 3"),
        new TestCaseData(Seed.Signal("conv", new float[11]), "11 numbers").SetArgDisplayNames("signal too short"),
        new TestCaseData(Seed.Signal("conv", Array.Empty<float>()), "0 numbers").SetArgDisplayNames("signal empty"),
        new TestCaseData(Seed.Layer("conv1"), "no layer 'conv1'").SetArgDisplayNames("no such layer"),
    ];

    [TestCaseSource(nameof(Wrong))]
    public void What_does_not_exist_is_refused(Seed seed, string message) =>
        Assert.That(() => _record.Backward(seed, BackwardRule.Gradient),
            Throws.TypeOf<NetVizException>().With.Message.Contains(message));

    [Test]
    public void A_target_that_does_not_exist_is_refused() =>
        Assert.That(() => _record.Backward(Seed.Class(0), BackwardRule.Gradient, "con"),
            Throws.TypeOf<NetVizException>().With.Message.Contains("no layer 'con'; it has conv"));

    private void Require(Seed seed, string to, float[] expected) =>
        Assert.That(_record.Backward(seed, BackwardRule.Gradient, to).Values(), Is.EqualTo(expected));
}
