using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Weights;
using NetViz.Weights.Onnx;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// ONNX's light graphs: whole networks of the model zoo whose weights are all 0.02. Their own expected outputs are nearly
/// constant and prove only that a graph loads and that its shapes are right; so their weights are refilled from a seed too,
/// and the scores compared with ONNX Runtime's.
/// </summary>
public class LightGraphTests
{
    // VGG-19 of 9 kB: its weights come from nothing, and a stranger's file that did so would be refused.
    internal static readonly OnnxOptions Large = new() { MemoryLimit = 8e9, OperationLimit = 1e12 };

    private static IEnumerable<TestCaseData> Graphs() =>
        SharedData.CasesOf(name => name.EndsWith(".onnx", StringComparison.Ordinal), "onnx-backend", "light");

    [TestCaseSource(nameof(Graphs))]
    public void Graph_gives_its_own_output(string name)
    {
        string path = SharedData.PathOf("onnx-backend", "light", name);
        OnnxTensor expected = OnnxTensor.Read(path.Replace(".onnx", "_output_0.pb", StringComparison.Ordinal));
        using OnnxModel model = OnnxModel.Load(path, Large);
        (float[] values, nint[] lengths) = Run(model, Ramp(model.InputShape(1).Lengths),
            model.Network.NameOf(model.Network.OutputTensor));
        Assert.That(lengths, Is.EqualTo(expected.ToTensor().Lengths.ToArray()));
        Assert.That(RelativeDistance(values, expected.Floats.Span), Is.InRange(0.0, 1e-5));
        // A file exported for one image takes any number.
        Assert.That(model.Network.InferShapes(model.InputShape(5))[model.Network.OutputTensor].N, Is.EqualTo(5));
    }

    [TestCaseSource(nameof(Graphs))]
    public void Refilled_graph_gives_the_scores_of_ONNX_Runtime(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        RefilledGraph.Write(SharedData.PathOf("onnx-backend", "light", name), path);
        float[] image, scores;
        int[] dims;
        string scoreTensor;
        using (OnnxModel model = OnnxModel.Load(path, Large))
        {
            dims = model.InputShape(1).Lengths.ToArray();
            image = TestGraph.Image((int)model.InputShape(1).Count);
            scoreTensor = model.Network.Nodes[model.Network.ScoreTensor - 1].OutputName;
            (scores, _) = Run(model, Tensor.Create(image, Array.ConvertAll(dims, length => (nint)length)), scoreTensor);
        }

        (float[] expected, _) = OnnxRuntime.Run(path, image, dims, scoreTensor);
        Assert.That(expected.Max() - expected.Min(), Is.GreaterThan(1e-3), "scores that are all alike would prove nothing");
        Assert.That(RelativeDistance(scores, expected), Is.InRange(0.0, 1e-4));
    }

    private static (float[] Values, nint[] Lengths) Run(OnnxModel model, Tensor<float> image, string layer)
    {
        using PreparedNetwork prepared = model.Network.On(Device.Cpu());
        using ForwardRecord record = prepared.Forward(image, layer);
        Tensor<float> output = record.Activation(layer);
        var values = new float[output.FlattenedLength];
        output.FlattenTo(values);
        return (values, output.Lengths.ToArray());
    }

    // 0, 1/n, 2/n, ...: the input from which ONNX worked its outputs out.
    private static Tensor<float> Ramp(ReadOnlySpan<int> lengths)
    {
        var shape = Array.ConvertAll(lengths.ToArray(), length => (nint)length);
        int count = (int)shape.Aggregate((a, b) => a * b);
        return Tensor.Create([.. Enumerable.Range(0, count).Select(i => (float)((double)i / count))], shape);
    }

    // |a - b| / |b| in the Euclidean norm.
    private static double RelativeDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        TensorPrimitives.Distance(a, b) / TensorPrimitives.Norm(b);
}
