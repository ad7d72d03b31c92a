using NetViz.Engine;
using NetViz.Weights.Generation;
using NetViz.Weights.Onnx;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

public class VggGeneratorTests
{
    private static readonly VggOptions Small = new() { Depth = 11, InputSize = 32, Channels = 4, Hidden = 24, Classes = 7 };

    [Test]
    public void The_file_is_the_same_each_time_and_reads_back()
    {
        using var folder = new TemporaryFolder();
        VggGenerator.Write(folder.File("a.onnx"), Small);
        VggGenerator.Write(folder.File("b.onnx"), Small);
        Assert.That(File.ReadAllBytes(folder.File("a.onnx")), Is.EqualTo(File.ReadAllBytes(folder.File("b.onnx"))));

        using OnnxFile file = OnnxFile.Open(folder.File("a.onnx"));
        Assert.That(file.Opset, Is.EqualTo(13));
        Assert.That(file.Initializers, Has.Count.EqualTo(2 * 11));
        Assert.That(file.Initializers[0].ToString(), Is.EqualTo("conv1_1.weight Float32 [4, 3, 3, 3]"));
        Assert.That(file.Initializers[^1].ToString(), Is.EqualTo("fc8.bias Float32 [7]"));
        Assert.That(file.Model.Graph.Node.Select(node => node.Name),
            Is.SupersetOf(new[] { "conv1_1", "relu1_1", "pool5", "fc6", "drop7", "fc8", "prob" }));
        var expected = new float[4 * 3 * 3 * 3];
        new CounterRandom(Small.Seed, 0).Fill(0, Math.Sqrt(2.0 / 27), expected);
        Assert.That(file.Initializers[0].Floats.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public unsafe void Values_begin_at_multiples_of_64_bytes()
    {
        using var folder = new TemporaryFolder();
        VggGenerator.Write(folder.File("a.onnx"), Small);
        using OnnxFile file = OnnxFile.Open(folder.File("a.onnx"));
        foreach (OnnxTensor tensor in file.Initializers)
        {
            using var pinned = tensor.Floats.Pin();
            Assert.That((long)pinned.Pointer % 64, Is.Zero, tensor.Name);
        }
    }

    [Test]
    public void ONNX_Runtime_accepts_it()
    {
        using var folder = new TemporaryFolder();
        VggGenerator.Write(folder.File("a.onnx"), Small);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(folder.File("a.onnx"));
        Assert.That(session.OutputMetadata.Keys, Is.EquivalentTo(new[] { "fc8", "prob" }));
        Assert.That(session.InputMetadata["data"].Dimensions, Is.EqualTo(new[] { -1, 3, 32, 32 }));
    }

    [TestCase(12, 224)]
    [TestCase(16, 31)]
    public void Options_out_of_range_are_refused(int depth, int size) =>
        Assert.That(() => VggGenerator.Write("unused.onnx", new VggOptions { Depth = depth, InputSize = size }),
            Throws.TypeOf<NetVizException>());

    [Test]
    public void A_folder_that_is_missing_is_said_so()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => VggGenerator.Write(folder.File("absent", "a.onnx"), Small), Throws.TypeOf<NetVizException>());
    }
}
