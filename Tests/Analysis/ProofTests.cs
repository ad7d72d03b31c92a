using NetViz.Analysis.Proofs;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>All statements of a proof hold, on every back-end, for networks of every kind and for real pictures.</summary>
public class ProofTests
{
    private static readonly (string Name, Device Device)[] Devices =
    [
        ("reference", Device.Reference),
        ("reference64", Device.ReferenceDouble),
        ("cpu-1", Device.Cpu(1)),
        ("cpu-2-winograd", Device.Cpu(2, ConvAlgorithm.Winograd)),
        ("cpu-2-direct", Device.Cpu(2, ConvAlgorithm.Direct)),
    ];

    private static IEnumerable<TestCaseData> EachDevice =>
        Devices.Select(device => new TestCaseData(device.Device).SetArgDisplayNames(device.Name));

    private static IEnumerable<TestCaseData> FixturesOnEachDevice =>
        from fixture in new[] { "small_vgg", "small_alexnet", "small_branch" }
        from device in Devices
        select new TestCaseData(fixture, device.Device).SetArgDisplayNames(fixture, device.Name);

    [TestCaseSource(nameof(EachDevice))]
    public void It_holds_on_random_networks(Device device)
    {
        for (int seed = 1; seed <= 40; seed++)
        {
            (Network network, Shape input) = RandomNetwork.Grow(seed);
            using PreparedNetwork prepared = network.On(device);
            using ForwardRecord record =
                prepared.Forward(input, Numbers.Normal(input.Count, network.Name), Proof.ActivationsFor(network));
            foreach (BackwardRule trajectory in BackwardRule.All)
                RequireHolds(Proof.Of(record, Seed.Class(1), trajectory), $"{network.Name}, {trajectory}");
        }
    }

    [TestCaseSource(nameof(FixturesOnEachDevice))]
    public void It_holds_on_exported_networks(string fixture, Device device)
    {
        string PathOf(string file) => RepositoryRoot.File("Tests", "Fixtures", file);
        using OnnxModel model = OnnxModel.Load(PathOf($"{fixture}.onnx"));
        using PreparedNetwork prepared = model.Network.On(device);
        double[] input = Npy.ReadDouble(PathOf($"{fixture}.input.npy")).Values();
        using ForwardRecord record = prepared.Forward(model.InputShape(2), input, Proof.ActivationsFor(model.Network));
        ProofReport report = Proof.Of(record, Seed.Class(0));
        RequireHolds(report, fixture);
        Assert.That(report.Rows[^1].Layer, Is.EqualTo(model.Network.Nodes[0].Name), "the walk ends at the image");
        Assert.That(report.Rows.Any(row => row.What == "LRN"), Is.EqualTo(fixture == "small_alexnet"));
        Assert.That(report.Rows.Sum(row => row.PartedElements ?? 0), Is.Positive);
    }

    /// <summary>
    /// In every form in which exporters write networks: channels last, residual, without rectifiers, and so on.
    /// </summary>
    [TestCase(ConvAlgorithm.Winograd)]
    [TestCase(ConvAlgorithm.Direct)]
    public void It_holds_on_the_zoo(ConvAlgorithm algorithm)
    {
        foreach (ZooEntry entry in ZooEntry.All.Where(entry => entry.Expectation == "loads"))
        {
            using OnnxModel model = OnnxModel.Load(ZooEntry.PathOf(entry.File),
                new OnnxOptions { Size = entry.Size is [int width, int height] ? (width, height) : null });
            using PreparedNetwork prepared = model.Network.On(Device.Cpu(2, algorithm));
            Shape shape = model.InputShape(1);
            using ForwardRecord record =
                prepared.Forward(shape, TestGraph.Image((int)shape.Count), Proof.ActivationsFor(model.Network));
            RequireHolds(Proof.Of(record, Seed.Class(1)), entry.File);
        }
    }

    [TestCaseSource(nameof(EachDevice))]
    public void It_holds_on_a_network_of_every_kind_of_layer(Device device)
    {
        using PreparedNetwork prepared = EveryKind.Network().On(device);
        RequireHolds(EveryKind.Prove(prepared), "every kind");
    }

    [TestCase(ConvAlgorithm.Auto)]
    [TestCase(ConvAlgorithm.Direct)]
    public void It_holds_on_the_default_model_with_a_sample(ConvAlgorithm algorithm)
    {
        using OnnxModel model = OnnxModel.Load(DefaultModel.Path);
        (float[] input, _) =
            model.RequirePreprocessing().Apply(ImageFile.Read(RepositoryRoot.File("docs", "images", "orange.png")));
        ProofReport report = ProveOn(Device.Cpu(2, algorithm), model, input);
        string[] sums = [.. report.Rows.Select(row => row.Sums).OfType<string>().Distinct()];
        Assert.That(sums, Is.EqualTo(new[] { algorithm == ConvAlgorithm.Direct ? "direct" : "winograd" }));
    }

    [Test]
    public void It_holds_on_SqueezeNet_with_a_photograph()
    {
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", "squeezenet1.0.onnx"));
        (float[] input, _) = model.RequirePreprocessing().Apply(ImageFile.Read(SharedData.PathOf("photos", "coffee.png")));
        ProofReport report = ProveOn(Device.Cpu(2), model, input);
        Assert.That(report.Rows, Has.Count.EqualTo(65));
        Assert.That(report.Rows.Count(row => row.Verdict == ProofVerdict.Parts), Is.EqualTo(26));
    }

    /// <summary>Where no rectifier is, the conclusion says so; and a one-channel input is as good as any.</summary>
    [Test]
    public void Without_rectifiers_nothing_parts()
    {
        Network network = new NetworkBuilder("linear", Passes.Input(1, 5, 5))
            .Then(new Conv("conv", new float[18], new Shape(2, 1, 3, 3), default, new Window(3, 3)))
            .Then(Reshape.Flatten("flatten"))
            .Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 5, 5), Numbers.Normal(25, "x"));
        ProofReport report = Proof.Of(record, Seed.Class(3));
        RequireHolds(report, "linear, all weights 0");
        Assert.That(report.Conclusion, Does.EndWith("nothing here makes them part."));
    }

    /// <summary>By hand: x = -1 1 -2 2 0 with r = 1 1 -1 -1 1, so both pass one, each alone one or two.</summary>
    [Test]
    public void A_rectifier_parts_them_where_one_of_two_conditions_holds()
    {
        Network network = new NetworkBuilder("rectifier", Passes.Input(5))
            .Then(new Relu("relu"))
            .Then(new Affine("signs", "Mul", new float[] { 1, 1, -1, -1, 1 }, new Shape(5), default, new Shape()))
            .Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 5), [-1.0, 1, -2, 2, 0], Proof.ActivationsFor(network));
        ProofRow row = Proof.Of(record, Seed.Layer("signs")).Rows[1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(row.Layer, Is.EqualTo("relu"));
            Assert.That(row.Holds);
            Assert.That(row.PartedElements, Is.EqualTo(3), "r > 0 alone at x = -1 and 0, x > 0 alone at r = -1");
            Assert.That(row.SignalNorm, Is.EqualTo(Math.Sqrt(5)).Within(1e-15));
            // G = 0 1 0 -1 0, D = 1 1 0 0 1: sqrt(3) apart, the larger norm sqrt(3).
            Assert.That(row.RelativeDifference, Is.EqualTo(1).Within(1e-15));
        }
    }

    [Test]
    public void A_record_without_the_activations_is_refused()
    {
        using PreparedNetwork prepared = EveryKind.Network().On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(EveryKind.Input, Numbers.Normal(EveryKind.Input.Count, "x"));
        Assert.That(() => Proof.Of(record, Seed.Class(0)),
            Throws.TypeOf<NetVizException>().With.Message.Contains("were not kept"));
    }

    [Test]
    public void A_signal_that_is_not_finite_is_refused()
    {
        using PreparedNetwork prepared = EveryKind.Network().On(Device.Cpu(1));
        using ForwardRecord record =
            prepared.Forward(EveryKind.Input, Numbers.Normal(EveryKind.Input.Count, "x"), Proof.ActivationsFor(prepared.Network));
        var seed = Seed.Signal("fc", new[] { 1, float.PositiveInfinity, 0 });
        Assert.That(() => Proof.Of(record, seed), Throws.TypeOf<NetVizException>().With.Message.Contains("'fc' is not finite"));
    }

    internal static void RequireHolds(ProofReport report, string what) => Assert.That(report.Holds, $"{what}: "
        + string.Join("; ", report.Rows.Where(row => !row.Holds).Select(row => $"{row.Layer} {row.What}: {row.Faults![0]}")));

    private static ProofReport ProveOn(Device device, OnnxModel model, float[] input)
    {
        using PreparedNetwork prepared = model.Network.On(device);
        using ForwardRecord record = prepared.Forward(model.InputShape(1), input, Proof.ActivationsFor(model.Network));
        int top = Array.IndexOf([.. record.Scores], record.Scores.Max());
        ProofReport report = Proof.Of(record, Seed.Class(top));
        RequireHolds(report, model.Network.Name);
        Assert.That(report.ModelSha256, Is.EqualTo(model.Sha256));
        return report;
    }
}
