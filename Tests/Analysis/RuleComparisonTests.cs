using NetViz.Analysis.RuleComparisons;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Weights;
using NUnit.Framework;
using static NetViz.Analysis.RuleComparisons.PartingCase;

namespace NetViz.Tests.Analysis;

/// <summary>The four cases at each rectifier: counts and masses by hand, and exactly what each rule lets through.</summary>
public class RuleComparisonTests
{
    /// <summary>x = 2 -2 2 -2 1 0 under r = 3 5 -7 -11 0 1: each case once, r = 0, and x = 0, which is not active.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void A_Relu_by_hand(Device device)
    {
        PartingLayer layer = Alone(new Relu("f"), device, [2, -2, 2, -2, 1, 0], [3, 5, -7, -11, 0, 1]);
        Assert.That(Enumerable.Range(0, 6).Select(i => layer.CaseOf(i)),
            Is.EqualTo(new[] { Both, OnlyDeconvNet, OnlyGradient, Neither, NoSignal, OnlyDeconvNet }));
        RequireCases(layer.Total, (1, 3), (1, 7), (2, 6), (1, 11), 1);
        Assert.That((layer.Total.Elements, layer.Total.Mass.Value), Is.EqualTo((6L, 27.0)));
        Assert.That(layer.Total.CountShare(OnlyDeconvNet), Is.EqualTo(2 / 6.0));
        Assert.That(layer.Total.MassShare(OnlyDeconvNet), Is.EqualTo(6 / 27.0));
        RequireThrough(layer, (10, 10, 0), (9, 9, 0), (3, 3, 0));
        Assert.That((layer.IsAnalogy, layer.AddsUp, layer.HasPlanes), Is.EqualTo((false, true, false)));
        Assert.That(layer.Channels.Select(c => c.Mass.Value), Is.EqualTo(new double[] { 3, 5, 7, 11, 0, 1 }));
    }

    /// <summary>
    /// Slope 1/2: 3 + 5/2 + 7 + 11/2 by the gradient, 3 + 5 + 7/2 + 11/2 by DeconvNet, 3 + 5/2 + 7/2 + 11/4 by guided.
    /// </summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void A_LeakyRelu_by_hand(Device device)
    {
        PartingLayer layer = Alone(new LeakyRelu("f", 0.5f), device, [2, -2, 2, -2], [3, 5, -7, -11]);
        RequireCases(layer.Total, (1, 3), (1, 7), (1, 5), (1, 11), 0);
        RequireThrough(layer, (18, 10, 8), (17, 8, 9), (11.75, 3, 8.75));
        Assert.That((layer.IsAnalogy, layer.AddsUp), Is.EqualTo((true, true)));
    }

    /// <summary>Bounds 0 and 6. DeconvNet puts out 6 for r = 9, as guided does where x is inside, too.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void A_Clip_by_hand(Device device)
    {
        PartingLayer layer = Alone(new Clip("f", 0, 6), device, [3, -1, 7, 3, 8], [2, 4, 5, 9, -1]);
        RequireCases(layer.Total, (1, 2), (1, 9), (2, 9), (1, 1), 0);
        RequireThrough(layer, (11, 11, 0), (17, 11, 6), (8, 2, 6));
        Assert.That((layer.IsAnalogy, layer.AddsUp), Is.EqualTo((true, true)));
        Assert.That(layer.Condition(OnlyGradient), Is.EqualTo("x inside, r outside"));
    }

    /// <summary>r at the lower of two is what the upper one let through under the trajectory's rule.</summary>
    [TestCase("gradient", 1, 0, -1, 0)]
    [TestCase("deconvnet", 1, 1, 0, 0)]
    [TestCase("guided", 1, 0, 0, 0)]
    [TestCase("guided,r2=deconvnet", 1, 1, 0, 0)]
    public void The_signal_is_the_trajectorys(string trajectory, params int[] expected)
    {
        Network network = new NetworkBuilder("two", Passes.Input(4)).Then(new Relu("r1")).Then(new Relu("r2")).Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 4), new double[] { 2, -2, 2, -2 });
        RuleComparison ledger = RuleComparison.Of(record, Seed.Signal("r2", new float[] { 1, 1, -1, -1 }),
            RuleExpression.Parse(trajectory, network));
        Assert.That(ledger.Trajectory.Name, Is.EqualTo(trajectory));
        Assert.That(ledger.Layers.Select(layer => layer.Name), Is.EqualTo(new[] { "r1", "r2" }));
        RequireCases(ledger.Layers[1].Total, (1, 1), (1, 1), (1, 1), (1, 1), 0);
        var cases = expected.Select((r, i) => r == 0 ? NoSignal : (i % 2 == 0, r > 0) switch
        {
            (true, true) => Both,
            (true, false) => OnlyGradient,
            (false, true) => OnlyDeconvNet,
            _ => Neither,
        });
        Assert.That(Enumerable.Range(0, 4).Select(i => ledger.Layers[0].CaseOf(i)), Is.EqualTo(cases));
    }

    /// <summary>Two images of two channels of 1x2 pixels, in both layouts: planes and channels are the same.</summary>
    [TestCase(ImageLayout.Nchw)]
    [TestCase(ImageLayout.Nhwc)]
    public void Planes_and_channels(ImageLayout layout)
    {
        bool planes = layout == ImageLayout.Nchw;
        NetworkInput input = Passes.Input(planes ? [2, 1, 2] : [1, 2, 2]) with { Layout = layout };
        Network network = new NetworkBuilder("planes", input).Then(new Relu("f")).Build();
        using PreparedNetwork prepared = network.On(Device.Reference);
        // n, c, x: x > 0 at the first pixel only; r = 1 -2 | 4 8, 16 -32 | 64 0
        double[] x = planes ? [1, -1, 1, -1, 1, -1, 1, -1] : [1, 1, -1, -1, 1, 1, -1, -1];
        float[] r = planes ? [1, -2, 4, 8, 16, -32, 64, 0] : [1, 4, -2, 8, 16, 64, -32, 0];
        using ForwardRecord record = prepared.Forward(planes ? new Shape(2, 2, 1, 2) : new Shape(2, 1, 2, 2), x);
        PartingLayer layer = RuleComparison.Of(record, Seed.Signal("f", r), BackwardRule.Gradient).Layers[0];
        Assert.That((layer.HasPlanes, layer.Plane), Is.EqualTo((true, (1, 2))));
        RequireCases(layer.Channels[0], (2, 17), (0, 0), (0, 0), (2, 34), 0);
        RequireCases(layer.Channels[1], (2, 68), (0, 0), (1, 8), (0, 0), 1);
        Assert.That(layer.MassByPosition(Both), Is.EqualTo(new double[] { 5, 0 }));
        Assert.That(layer.MassByPosition(Both, image: 1), Is.EqualTo(new double[] { 80, 0 }));
        Assert.That(layer.MassByPosition(OnlyDeconvNet), Is.EqualTo(new double[] { 0, 8 }));
        Assert.That(layer.CasesOfChannel(1), Is.EqualTo(new[] { Both, OnlyDeconvNet }));
        Assert.That(layer.CasesOfChannel(1, image: 1), Is.EqualTo(new[] { Both, NoSignal }));
        Assert.That(() => layer.CasesOfChannel(2), Throws.TypeOf<NetVizException>().With.Message.Contains("0 to 1"));
    }

    [Test]
    public void The_cases_add_up_exactly_on_random_networks_and_every_device([Range(1, 25)] int seed)
    {
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        double[] images = Numbers.Normal(input.Count, network.Name);
        foreach (Device device in new[] { Device.Reference, Device.ReferenceDouble, Device.Cpu(2) })
        {
            using PreparedNetwork prepared = network.On(device);
            using ForwardRecord record = prepared.Forward(input, images);
            foreach (BackwardRule trajectory in BackwardRule.All)
            {
                RuleComparison ledger = RuleComparison.Of(record, Seed.Class(1), trajectory);
                Assert.That(ledger.AddsUp, $"{device.Name} {trajectory}");
                string[] named = [.. ledger.Layers.Select(layer => layer.Name), .. ledger.Unreached];
                Assert.That(named, Is.EquivalentTo(network.Nodes.Where(n => n.Layer is RectifierLayer).Select(n => n.Name)));
                foreach (PartingLayer layer in ledger.Layers)
                {
                    Assert.That(layer.Total.Elements, Is.EqualTo(layer.Shape.Count));
                    Assert.That(PartingCases.All.Select(layer.Total.CountShare).Sum(), Is.EqualTo(1).Within(1e-12));
                }
            }
        }
    }

    /// <summary>The file's own numbers, summed here: r of the fixture networks against the ledger's masses.</summary>
    [TestCase("small_vgg")]
    [TestCase("small_branch")]
    [TestCase("small_alexnet")]
    public void Masses_are_the_signals_L1_norms(string name)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"));
        using PreparedNetwork prepared = model.Network.On(Device.Cpu(2));
        using ForwardRecord record = prepared.Forward(model.InputShape(2),
            Numbers.Normal(model.InputShape(2).Count, name));
        RuleComparison ledger = RuleComparison.Of(record, Seed.Class(2), BackwardRule.Gradient);
        Assert.That(ledger.AddsUp);
        var norms = new Dictionary<string, double>();
        record.DescendInDouble(Seed.Class(2), BackwardRule.Gradient,
            (layer, signal) => norms[layer] = signal.Values().Sum(Math.Abs));
        Assert.That(ledger.Layers, Has.Count.GreaterThan(3));
        foreach (PartingLayer layer in ledger.Layers)
            Assert.That(layer.Total.Mass.Value, Is.EqualTo(norms[layer.Name]).Within(1e-12 * norms[layer.Name]), layer.Name);
        Assert.That(ledger.Total.Mass.Value, Is.EqualTo(ledger.Layers.Sum(layer => layer.Total.Mass.Value)).Within(1e-9));
    }

    [Test]
    public void The_cases_add_up_exactly_on_the_default_model()
    {
        using RealImage orange = RealImage.Orange(Device.Cpu());
        foreach (BackwardRule trajectory in BackwardRule.All)
        {
            RuleComparison ledger = RuleComparison.Of(orange.Record, orange.Seed, trajectory);
            Assert.That(ledger.AddsUp, trajectory.Name);
            Assert.That(ledger.Layers, Has.Count.EqualTo(9));
        }
    }

    [Test]
    public void The_cases_add_up_exactly_on_SqueezeNet()
    {
        using RealImage chelsea = RealImage.Chelsea(Device.Cpu());
        RuleComparison ledger = RuleComparison.Of(chelsea.Record, chelsea.Seed, BackwardRule.Gradient);
        Assert.That(ledger.AddsUp);
        Assert.That(ledger.Layers, Has.Count.EqualTo(26));
    }

    private static IEnumerable<TestCaseData> Faults =>
    [
        new TestCaseData(new FaultyKernels(new CpuKernels(2))).Returns(true).SetArgDisplayNames("none"),
        new TestCaseData(GuidedInsteadOf(ReluRule.Gradient)).Returns(false).SetArgDisplayNames("gradient is guided"),
        new TestCaseData(GuidedInsteadOf(ReluRule.DeconvNet)).Returns(false).SetArgDisplayNames("DeconvNet is guided"),
        new TestCaseData(new FaultyKernels(new CpuKernels(2)) { Spoil = OneUlp })
            .Returns(false).SetArgDisplayNames("one number's last bit"),
    ];

    private static FaultyKernels GuidedInsteadOf(ReluRule wrong) =>
        new(new CpuKernels(2)) { Rule = rule => rule == wrong ? ReluRule.Guided : rule };

    /// <summary>A fault in the engine's rectifier, down to the last bit of one number, shows.</summary>
    [TestCaseSource(nameof(Faults))]
    public bool A_faulty_rectifier_does_not_add_up(FaultyKernels kernels)
    {
        (Network network, double[] x) = (SmallNetworks.EveryLayer(), SmallNetworks.Pixels(1, "faults"));
        using PreparedNetwork prepared = network.On(kernels);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), x);
        return RuleComparison.Of(record, Seed.Class(0), BackwardRule.Gradient).AddsUp;
    }

    private static void OneUlp(string operation, double[] below)
    {
        int at = operation == "ReluBackward" ? Array.FindIndex(below, r => r != 0) : -1;
        if (at >= 0) below[at] = MathF.BitIncrement((float)below[at]);
    }

    [Test]
    public void A_network_without_rectifiers_has_an_empty_ledger()
    {
        Network network = new NetworkBuilder("linear", Passes.Input(2))
            .Then(new FullyConnected("fc", "Gemm", new float[] { 1, 2 }, 2, 1, false, default)).Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 2), new double[] { 1, 1 });
        RuleComparison ledger = RuleComparison.Of(record, Seed.Class(0), BackwardRule.Gradient);
        Assert.That((ledger.Layers.Count, ledger.Unreached.Count, ledger.AddsUp), Is.EqualTo((0, 0, true)));
        Assert.That((ledger.Total.Elements, ledger.Total.MassShare(Both)), Is.EqualTo((0L, 0.0)));
    }

    [Test]
    public void A_signal_that_is_no_number_is_refused()
    {
        Assert.That(() => Alone(new Relu("f"), Device.Cpu(1), [1, 1], [1, float.NaN]),
            Throws.TypeOf<NetVizException>().With.Message.Contains("'f' holds NaN"));
    }

    private static PartingLayer Alone(Layer layer, Device device, double[] x, float[] r)
    {
        Network network = new NetworkBuilder("alone", Passes.Input(x.Length)).Then(layer).Build();
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, x.Length), x);
        return RuleComparison.Of(record, Seed.Signal("f", r), BackwardRule.Gradient).Layers[0];
    }

    private static void RequireCases(PartingCases cases, (long, double) both, (long, double) onlyGradient,
        (long, double) onlyDeconvNet, (long, double) neither, long noSignal)
    {
        (long, double) Of(PartingCase which) => (cases[which].Count, cases[which].Mass.Value);
        Assert.That(new[] { Of(Both), Of(OnlyGradient), Of(OnlyDeconvNet), Of(Neither), Of(NoSignal) },
            Is.EqualTo(new[] { both, onlyGradient, onlyDeconvNet, neither, (noSignal, 0) }));
    }

    /// <summary>Total, whole and rest of gradient, DeconvNet and guided.</summary>
    private static void RequireThrough(PartingLayer layer, params (double, double, double)[] expected) =>
        Assert.That(layer.Through.Select(t => (t.Total.Value, t.Whole.Value, t.Rest.Value)), Is.EqualTo(expected));
}
