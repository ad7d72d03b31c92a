using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights;
using NetViz.Weights.Export;
using NetViz.Weights.Generation;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// Any network that loads can be written again: the file has the same layers, gives the same bytes of scores and of all rules'
/// signals here, and the same scores in ONNX Runtime.
/// </summary>
public class ExportTests
{
    private static IEnumerable<string> Graphs => ImportAgainstOnnxRuntimeTests.Graphs.Keys;

    private static readonly string[] Large = ["light_bvlc_alexnet.onnx", "light_vgg19.onnx", "light_zfnet512.onnx"];

    // But for the large ones, which take over a minute for files of 244 to 574 MB: they have the same layers as the fixture
    // small_alexnet and the generated VGG.
    private static IEnumerable<TestCaseData> LightGraphs() => SharedData.CasesOf(
        name => name.EndsWith(".onnx", StringComparison.Ordinal) && !Large.Contains(name), "onnx-backend", "light");

    [TestCaseSource(nameof(Graphs))]
    public void A_graph_comes_back_as_it_was(string name)
    {
        using var folder = new TemporaryFolder();
        string path = ImportAgainstOnnxRuntimeTests.Graphs[name]().Write(folder), exported = folder.File("exported.onnx");
        using OnnxModel model = OnnxModel.Load(path);
        model.Export(exported);
        using OnnxModel again = OnnxModel.Load(exported);
        // A softmax over several axes becomes three layers, the last with its name.
        if (name.Contains("oftmax of version 12", StringComparison.Ordinal))
            Assert.That(again.Network.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "y/row", "y/softmax", "y" }));
        else RoundTrip.RequireSameLayers(model.Network, again.Network);
        RoundTrip.RequireSameNumbers(model.Network, again.Network, Device.Cpu(2));
        RoundTrip.RequireSameNumbers(model.Network, again.Network, Device.Reference);
        // ONNX joins a constant with one image only.
        int images = name.StartsWith("Concat with", StringComparison.Ordinal) ? 1 : 2;
        RoundTrip.RequireSameInOnnxRuntime(path, exported, images);
        RequireStable(again, exported, folder);
    }

    [TestCase("small_vgg")]
    [TestCase("small_alexnet")]
    [TestCase("small_branch")]
    public void A_fixture_comes_back_as_it_was(string name) =>
        RequireRoundTrip(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"), Device.Cpu(2));

    [TestCase("squeezenet1.0.onnx")]
    [TestCase("tinyvgg-10.onnx")]
    [TestCase("mnist-8.onnx")]
    public void A_published_network_comes_back_as_it_was(string name) =>
        RequireRoundTrip(SharedData.PathOf("models", name), Device.Cpu(2));

    [TestCaseSource(nameof(LightGraphs))]
    public void A_network_of_the_model_zoo_comes_back_as_it_was(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        RefilledGraph.Write(SharedData.PathOf("onnx-backend", "light", name), path);
        RequireRoundTrip(path, Device.Cpu(2));
    }

    [Test]
    public void A_generated_VGG_comes_back_as_it_was()
    {
        using var folder = new TemporaryFolder();
        VggGenerator.Write(folder.File("vgg.onnx"),
            new VggOptions { Depth = 19, InputSize = 64, Channels = 8, Hidden = 64, Classes = 20 });
        RequireRoundTrip(folder.File("vgg.onnx"), Device.Cpu(2));
    }

    [Test]
    public void A_random_network_comes_back_as_it_was([Range(1, 40)] int seed)
    {
        using var folder = new TemporaryFolder();
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        OnnxExport.Write(network, folder.File("a.onnx"));
        using OnnxModel model = OnnxModel.Load(folder.File("a.onnx"));
        // Layers on which the output does not depend are left out when a file is loaded; what is left has its names, and scale
        // and shift of different shapes have two layers.
        Assert.That(Needed(network), Is.SubsetOf(model.Network.Nodes.Select(node => node.Name)));
        RoundTrip.RequireSameNumbers(network, model.Network, Device.Cpu(2));
        RoundTrip.RequireSameNumbers(network, model.Network, Device.Reference, within: 1e-5);
        // ONNX Runtime takes odd windows of LRN only, and no auto_pad where a stride steps over the window.
        if (!network.Nodes.Any(node => node.Layer is Lrn { Parameters.Size: 2 or 4 } || StepsOver(node.Layer)))
            RequireScoresOfOnnxRuntime(network, folder.File("a.onnx"), input);
    }

    [Test]
    public void Forms_that_files_do_not_have_are_written_in_steps()
    {
        using var folder = new TemporaryFolder();
        float[] w = TestGraph.Image(12);
        Network network = new NetworkBuilder("built", new NetworkInput("x", [null, 3, 4, 5]))
            .Then(Reshape.To("rows", [0, 0, -1]))
            .Then(new FullyConnected("stack", "Gemm", TestGraph.Image(40), 20, 2, weightIsInByOut: false, w.AsMemory(0, 2), 0.5f))
            .Then(new FullyConnected("scaled", "MatMul", TestGraph.Image(4), 2, 2, weightIsInByOut: true, default, alpha: 3))
            .Then(new FullyConnected("turned", "MatMul", TestGraph.Image(12), 2, 6, weightIsInByOut: false, default))
            .Then(new Affine("affine", "Mul", w.AsMemory(0, 6), new Shape(6), w.AsMemory(0, 3), new Shape(3, 1)))
            .Then(new Affine("nothing", "Add", default, new Shape(), default, new Shape()))
            .Then(new Affine("difference", "Sub", new float[] { -1 }, new Shape(), w.AsMemory(0, 1), new Shape()))
            .Then(Reshape.Unsqueeze("wide", [2]))
            .Then(Reshape.Squeeze("narrow", []))
            .Then(Reshape.Flatten("flat"))
            .Then(new FullyConnected("fc", "MatMul", TestGraph.Image(36), 18, 2, weightIsInByOut: false, default))
            .Build();
        OnnxExport.Write(network, folder.File("a.onnx"));
        using OnnxModel model = OnnxModel.Load(folder.File("a.onnx"));
        Assert.That(network.Nodes.Select(node => node.Name), Is.SubsetOf(model.Network.Nodes.Select(node => node.Name)));
        RoundTrip.RequireSameNumbers(network, model.Network, Device.Cpu(2), within: 1e-6);
        RequireStable(model, folder.File("a.onnx"), folder);
        RequireScoresOfOnnxRuntime(network, folder.File("a.onnx"), new Shape(2, 3, 4, 5));
    }

    [Test]
    public void A_file_of_an_old_version_becomes_one_that_ONNX_Runtime_takes()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph(6).Input("x", "N", 2, 1, 3).Floats("c", [2], 10, 20)
            .Floats("s", [2], 2, 3).Floats("b", [2], 1, 0).Floats("m", [2], 1, 2).Floats("v", [2], 4, 9)
            .Node("Add", "a", "x c", ("broadcast", 1L), ("axis", 1L))
            .Node("BatchNormalization", "n", "a s b m v", ("is_test", 1L), ("spatial", 1L))
            .Node("Clip", "p", "n", ("max", 9f)).Node("Dropout", "y mask", "p", ("is_test", 1L)).Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        model.Export(folder.File("b.onnx"));
        RequireScoresOfOnnxRuntime(model.Network, folder.File("b.onnx"), model.InputShape(3));
    }

    [Test]
    public void What_an_export_adds_takes_no_name_that_is_there()
    {
        using var folder = new TemporaryFolder();
        Network network = new NetworkBuilder("built", new NetworkInput("a.shift", [null, 3, 4, 5]))
            .Then(new Relu("a/scaled")).Then(new LeakyRelu("a.scale", 0.5f))
            .Then(new Affine("a", "Mul", new float[] { 2 }, new Shape(), TestGraph.Image(3), new Shape(3, 1, 1))).Build();
        OnnxExport.Write(network, folder.File("a.onnx"));
        using OnnxModel model = OnnxModel.Load(folder.File("a.onnx"));
        Assert.That(model.Network.Nodes.Select(node => node.Name),
            Is.EqualTo(new[] { "a/scaled", "a.scale", "a/scaled_2", "a" }));
        RoundTrip.RequireSameNumbers(network, model.Network, Device.Cpu(2));
    }

    [Test]
    public void Weights_that_layers_share_are_written_once()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", "N", 50).Random("w", 50, 50)
            .Node("MatMul", "a", "x w").Node("MatMul", "y", "a w").Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        model.Export(folder.File("b.onnx"));
        Assert.That(new FileInfo(folder.File("b.onnx")).Length, Is.InRange(50 * 50 * 4, 50 * 50 * 4 + 1000));
        RoundTrip.RequireSameInOnnxRuntime(path, folder.File("b.onnx"));
    }

    [Test]
    public void An_open_size_stays_open()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph(12).Input("x", null, 3, "H", "W").Random("w", 4, 3, 3, 3).Node("Conv", "c", "x w")
            .Node("GlobalAveragePool", "g", "c").Node("Softmax", "y", "g").Write(folder), exported = folder.File("b.onnx");
        using (OnnxModel model = OnnxModel.Load(path, new OnnxOptions { Size = (20, 30) })) model.Export(exported);
        float[] image = TestGraph.Image(2 * 3 * 8 * 9);
        (float[] expected, _) = OnnxRuntime.Run(path, image, [2, 3, 8, 9], "y");
        (float[] found, long[] shape) = OnnxRuntime.Run(exported, image, [2, 3, 8, 9], "y");
        Assert.That((found, shape), Is.EqualTo((expected, new long[] { 2, 4, 1, 1 })));
        using OnnxModel at = OnnxModel.Load(exported, new OnnxOptions { Size = (9, 8) });
        Assert.That(at.InputShape(2), Is.EqualTo(new Shape(2, 3, 8, 9)));
        Assert.That(at.Network.Nodes, Has.Length.EqualTo(3), "a softmax over an image of 1 x 1 at any size needs no steps");
    }

    [Test]
    public void An_open_size_that_only_one_size_fits_is_told()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", "N", 3, "H", "W").Random("w", 3 * 8 * 8, 5)
            .Node("Flatten", "f", "x").Node("Gemm", "y", "f w").Write(folder);
        using (OnnxModel model = OnnxModel.Load(path, new OnnxOptions { Size = (8, 8) })) model.Export(folder.File("b.onnx"));
        using OnnxModel again = OnnxModel.Load(folder.File("b.onnx"));
        Assert.That(again.InputShape(1), Is.EqualTo(new Shape(1, 3, 8, 8)));
    }

    [Test]
    public void A_pinned_batch_and_a_chosen_output_are_kept()
    {
        using var folder = new TemporaryFolder();
        string path = new TestGraph().Input("x", 3, 6).Random("w", 6, 4).Node("Gemm", "s", "x w").Node("Softmax", "p", "s")
            .Node("Relu", "r", "p").Output("p", "s", "r").Write(folder);
        using OnnxModel model = OnnxModel.Load(path, new OnnxOptions { Output = "p" });
        model.Export(folder.File("b.onnx"));
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(folder.File("b.onnx"));
        Assert.That(session.InputMetadata["x"].Dimensions, Is.EqualTo(new[] { 3, 6 }));
        Assert.That(session.OutputMetadata.Keys, Is.EqualTo(new[] { "p", "s" }));
        using OnnxModel again = OnnxModel.Load(folder.File("b.onnx"));
        RoundTrip.RequireSameLayers(model.Network, again.Network);
    }

    private static bool StepsOver(Layer layer) =>
        (layer switch
        {
            Conv conv => conv.Window,
            MaxPool pool => pool.Window,
            AveragePool pool => pool.Window,
            _ => null,
        }) is Window w && (w.KH < w.StrideH || w.KW < w.StrideW);

    private static void RequireScoresOfOnnxRuntime(Network network, string path, Shape input)
    {
        float[] image = TestGraph.Image((int)input.Count);
        string scores = network.Nodes[network.ScoreTensor - 1].OutputName;
        (float[] expected, _) = OnnxRuntime.Run(path, image, input.Lengths.ToArray(), scores);
        using PreparedNetwork cpu = network.On(Device.Cpu(2));
        using ForwardRecord record = cpu.Forward(input, image);
        Assert.That(TensorPrimitives.Distance<float>(record.Scores.Values(), expected),
            Is.LessThan(1e-5 * TensorPrimitives.Norm<float>(expected)));
    }

    private static HashSet<string> Needed(Network network)
    {
        var needed = new HashSet<int> { network.OutputTensor };
        foreach (Node node in network.Nodes.Reverse().Where(node => needed.Contains(node.Output))) needed.UnionWith(node.Inputs);
        return [.. needed.Where(tensor => tensor > 0).Select(network.NameOf)];
    }

    // All of it, and the exported file exported again.
    private static void RequireRoundTrip(string path, Device device)
    {
        using var folder = new TemporaryFolder();
        string exported = folder.File("exported.onnx");
        using OnnxModel model = OnnxModel.Load(path);
        model.Export(exported);
        using OnnxModel again = OnnxModel.Load(exported);
        RoundTrip.RequireSameLayers(model.Network, again.Network);
        RoundTrip.RequireSameNumbers(model.Network, again.Network, device);
        Assert.That((again.Labels, again.Preprocessing?.Describe()), Is.EqualTo((model.Labels, model.Preprocessing?.Describe())));
        TestContext.Out.WriteLine($"ONNX Runtime: {RoundTrip.RequireSameInOnnxRuntime(path, exported):e1}");
        RequireStable(again, exported, folder);
    }

    // What was exported once comes out of an export byte for byte, and so does it twice.
    private static void RequireStable(OnnxModel exported, string path, TemporaryFolder folder)
    {
        exported.Export(folder.File("twice.onnx"));
        byte[] once = File.ReadAllBytes(path), twice = File.ReadAllBytes(folder.File("twice.onnx"));
        Assert.That(twice.AsSpan().SequenceEqual(once), "exported again, it has other bytes");
    }
}
