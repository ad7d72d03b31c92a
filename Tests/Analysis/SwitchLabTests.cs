using NetViz.Analysis.SwitchChanges;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>The switch lab on planes that fit on paper.</summary>
public class SwitchLabTests
{
    private static readonly string[] Pool = ["pool"];

    // One plane of 4x4, pooled 2x2: the seed 1 2 3 4 goes to the four windows.
    private static readonly Network Halving = Pooled(new Window(2, 2) { StrideH = 2, StrideW = 2 }, 4);
    private static readonly float[] Seeds = [1, 2, 3, 4];

    private static readonly double[] Image =
    [
        9, 0, 0, 0,
        0, 0, 0, 9,
        0, 0, 0, 0,
        0, 9, 9, 0,
    ];

    private static readonly double[] Other =
    [
        0, 9, 9, 0,
        0, 0, 0, 0,
        0, 0, 0, 9,
        9, 0, 0, 0,
    ];

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void The_signal_goes_where_the_switches_say(Device device)
    {
        using PreparedNetwork prepared = Halving.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 4, 4), Image);
        using ForwardRecord donor = prepared.Forward(new Shape(1, 1, 4, 4), Other);
        PortableRecord own = record.Export();
        Assert.That(Down(prepared, own), Is.EqualTo(new float[] { 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 4, 0 }));
        Assert.That(Down(prepared, SwitchLab.Transplant(own, donor.Export(), Pool)),
            Is.EqualTo(new float[] { 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0 }));
        Assert.That(Down(prepared, SwitchLab.Centre(own, Halving, Pool)),
            Is.EqualTo(new float[] { 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0 }));
        BackwardRule even = BackwardRule.Gradient.With(layer => layer is MaxPool, Unpooling.Even);
        Assert.That(record.Backward(Seed.Signal("pool", Seeds), even).Values(), Is.EqualTo(new[]
        {
            0.25f, 0.25f, 0.5f, 0.5f, 0.25f, 0.25f, 0.5f, 0.5f, 0.75f, 0.75f, 1, 1, 0.75f, 0.75f, 1, 1,
        }));
    }

    [Test]
    public void Only_the_named_poolings_change()
    {
        using PreparedNetwork prepared = Halving.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 4, 4), Image);
        PortableRecord own = record.Export();
        Assert.That(SwitchLab.Centre(own, Halving, []).Layers[0].Switches, Is.EqualTo(own.Layers[0].Switches));
    }

    [Test]
    public void Random_switches_stay_in_their_windows_and_come_again_with_their_seed()
    {
        // Padding cuts the outer windows off: of a corner's nine places only four lie in the plane.
        Network network = Pooled(new Window(3, 3) { StrideH = 1, StrideW = 1, PadTop = 1, PadLeft = 1, PadBottom = 1,
            PadRight = 1 }, 32);
        using PreparedNetwork prepared = network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 32, 32), new double[1024]);
        PortableRecord own = record.Export();
        int[] first = SwitchLab.Random(own, network, Pool, 1).Layers[0].Switches;
        int[] again = SwitchLab.Random(own, network, Pool, 1).Layers[0].Switches;
        int[] second = SwitchLab.Random(own, network, Pool, 2).Layers[0].Switches;
        Assert.That(again, Is.EqualTo(first));
        Assert.That(second, Is.Not.EqualTo(first));
        PoolGeometry g = network.Nodes[0].Layer.SwitchGeometry(new Shape(1, 1, 32, 32));
        for (int p = 0; p < first.Length; p++) Assert.That(g.Reaches(p / 32, p % 32, first[p]), $"{p}");
        int[] counts = new int[9];
        for (int p = 0; p < first.Length; p++)
        {
            if (p / 32 is > 0 and < 31 && p % 32 is > 0 and < 31) counts[first[p]]++;
        }

        // 900 windows inside: each of the nine places is chosen 100 times, give or take four deviations of 9.4.
        Assert.That(counts, Has.All.InRange(62, 138));
        Assert.That(SwitchLab.Centre(own, network, Pool).Layers[0].Switches, Has.All.EqualTo(4));
    }

    [Test]
    public void Agreement_is_a_share_of_windows()
    {
        using PreparedNetwork prepared = Halving.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 4, 4), Image);
        PortableRecord own = record.Export();
        Assert.That(SwitchLab.Agreement(own, own, Pool), Is.EqualTo(new[] { ("pool", 1.0) }));
        Assert.That(SwitchLab.Agreement(own, SwitchLab.Centre(own, Halving, Pool), Pool), Is.EqualTo(new[] { ("pool", 0.25) }));
    }

    [Test]
    public void DeconvNet_knows_an_image_by_its_switches_alone()
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx"));
        Network network = model.Network;
        Shape input = network.Input.ShapeFor(1);
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        var random = new CounterRandom(3, 0);
        var images = new float[2][];
        for (int i = 0; i < 2; i++) random.Fill(i * 10_000, 1, images[i] = new float[input.Count]);
        using ForwardRecord record = prepared.Forward(input, images[0]), donor = prepared.Forward(input, images[1]);
        IReadOnlyList<string> pools = SwitchLab.PoolsOf(network);
        using ForwardRecord mixed = prepared.Import(SwitchLab.Transplant(record.Export(), donor.Export(), [.. pools]));
        float[] Signal(ForwardRecord of, BackwardRule rule) => of.Backward(Seed.Class(1), rule).Values();
        Assert.That(Signal(mixed, BackwardRule.DeconvNet), Is.EqualTo(Signal(donor, BackwardRule.DeconvNet)));
        Assert.That(Signal(record, BackwardRule.DeconvNet), Is.Not.EqualTo(Signal(donor, BackwardRule.DeconvNet)));
        Assert.That(Signal(mixed, BackwardRule.Gradient), Is.Not.EqualTo(Signal(donor, BackwardRule.Gradient)));
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        using PreparedNetwork prepared = Halving.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 4, 4), Image);
        PortableRecord own = record.Export();
        Assert.That(() => SwitchLab.Transplant(own, own with { ModelSha256 = "other" }, Pool),
            Throws.TypeOf<NetVizException>().With.Message.Contains("belong to a model with SHA-256 other"));
        Assert.That(() => SwitchLab.Transplant(own, own with { InputShape = new Shape(1, 1, 6, 6) }, Pool),
            Throws.TypeOf<NetVizException>().With.Message.Contains("are of an input [1, 1, 6, 6]"));
        Network without = new NetworkBuilder("without", Passes.Input(4)).Then(new Relu("relu")).Build();
        Assert.That(() => SwitchLab.PoolsOf(without), Throws.TypeOf<NetVizException>().With.Message.Contains("no max-pooling"));
    }

    private static float[] Down(PreparedNetwork prepared, PortableRecord portable)
    {
        using ForwardRecord record = prepared.Import(portable);
        return record.Backward(Seed.Signal("pool", Seeds), BackwardRule.Gradient).Values();
    }

    private static Network Pooled(Window window, int size) =>
        new NetworkBuilder("pooled", Passes.Input(1, size, size)).Then(new MaxPool("pool", window)).Build();
}
