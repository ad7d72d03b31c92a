using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights;
using NetViz.Weights.Export;
using NetViz.Weights.Generation;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Networks whose weights are stored as float16.</summary>
public sealed class HalfStorageTests
{
    [Test]
    public void Weights_come_back_rounded_to_float16_and_the_file_is_half_as_long()
    {
        using var folder = new TemporaryFolder();
        Shape input = Write(folder);
        using OnnxModel whole = OnnxModel.Load(folder.File("whole.onnx")), half = OnnxModel.Load(folder.File("half.onnx"));
        Network network = whole.Network;
        Assert.That(half.FileBytes / (double)whole.FileBytes, Is.InRange(0.5, 0.55));
        float[] exact = Weights(network), stored = Weights(half.Network);
        Assert.That(stored, Is.EqualTo(exact.Select(w => (float)(Half)w)));
        Assert.That(stored, Is.Not.EqualTo(exact));

        // Rounded once, the weights stay as they are.
        half.Export(folder.File("again.onnx"), new ExportOptions { HalfStorage = true });
        using OnnxModel again = OnnxModel.Load(folder.File("again.onnx"));
        Assert.That(Weights(again.Network), Is.EqualTo(stored));

        float[] image = TestGraph.Image((int)input.Count);
        using PreparedNetwork prepared = half.Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(
            System.Numerics.Tensors.Tensor.Create(image, [.. input.Lengths.ToArray().Select(length => (nint)length)]));
        (float[] peer, _) = OnnxRuntime.Run(folder.File("half.onnx"), image, input.Lengths.ToArray(),
            network.Nodes[network.ScoreTensor - 1].OutputName);
        float[] scores = [.. record.Scores];
        Assert.That(scores, Is.EqualTo(peer).Within(1e-5));
    }

    [Test]
    public void A_weight_beyond_float16_is_refused_and_nothing_is_left()
    {
        using var folder = new TemporaryFolder();
        Network network = new NetworkBuilder("large", new NetworkInput("x", [null, 2]))
            .Then(new NetViz.Engine.Layers.FullyConnected("fc", "Gemm", new float[] { 1, 70000 }, 2, 1, false, default))
            .Build();
        Assert.That(() => OnnxExport.Write(network, folder.File("a.onnx"), new ExportOptions { HalfStorage = true }),
            Throws.TypeOf<NetVizException>().With.Message.Contains("70000").And.Message.Contains("65504"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    private static Shape Write(TemporaryFolder folder)
    {
        VggGenerator.Write(folder.File("vgg.onnx"),
            new VggOptions { Depth = 11, InputSize = 32, Channels = 8, Hidden = 64, Classes = 10 });
        using OnnxModel model = OnnxModel.Load(folder.File("vgg.onnx"));
        model.Export(folder.File("whole.onnx"));
        model.Export(folder.File("half.onnx"), new ExportOptions { HalfStorage = true });
        return new Shape(2, 3, 32, 32);
    }

    private static float[] Weights(Network network) =>
    [
        .. network.Nodes.SelectMany(node => node.Layer switch
        {
            NetViz.Engine.Layers.Conv conv => [.. conv.Weight.Span, .. conv.Bias.Span],
            NetViz.Engine.Layers.FullyConnected fc => [.. fc.Weight.Span, .. fc.Bias.Span],
            _ => Array.Empty<float>(),
        }),
    ];
}
