using NetViz.Engine.Execution;
using NetViz.Weights;
using NetViz.Weights.Export;
using NetViz.Weights.Generation;
using NUnit.Framework;
using Tensors = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Weights;

/// <summary>Layers as <see cref="AlexNetGenerator"/> has them, small, mean the same to ONNX Runtime.</summary>
public class GeneratedGraphTests
{
    [Test]
    public void Strides_groups_normalisation_and_overlapping_pools_agree_with_ONNX_Runtime()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.onnx");
        var graph = new GeneratedGraph("small", [3, 31, 31], seed: 1);
        string top = graph.Relu("relu1", graph.Conv("conv1", "data", 3, 8, kernel: 11, stride: 4));
        top = graph.Add("LRN", "norm1", top, WrittenGraph.Attribute("size", 5), WrittenGraph.Attribute("alpha", 1e-2f));
        top = graph.Conv("conv2", graph.Pool("pool1", top, kernel: 2), 8, 6, kernel: 5, pad: 2, groups: 2);
        top = graph.Add("Flatten", "flatten", graph.Pool("pool2", graph.Relu("relu2", top), kernel: 3));
        graph.Add("Softmax", "prob", graph.FullyConnected("fc", top, 6, 5));
        graph.Write(path, scores: "fc", classes: 5, progress: null);

        float[] image = Numbers.Single(Numbers.Normal(3 * 31 * 31, "image"));
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork prepared = model.Network.On(Device.Cpu());
        using ForwardRecord record = prepared.Forward(Tensors.Create(image, [1, 3, 31, 31]));
        (float[] expected, _) = OnnxRuntime.Run(path, image, [1, 3, 31, 31], "fc");
        float[] found = [.. record.Scores];
        Assert.That(Numbers.RelativeError(Numbers.Double(found), Numbers.Double(expected)), Is.LessThan(1e-5));
    }
}
