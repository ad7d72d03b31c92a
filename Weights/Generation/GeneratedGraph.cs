using NetViz.Engine;
using NetViz.Weights.Export;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Generation;

/// <summary>
/// A chain of layers with random weights while it is laid out. Weights are bell-shaped with variance 2 / fan-in (He et al. 2015),
/// so that signals keep their size through the ReLUs; biases have a deviation of 0.01. Each layer's output bears its name.
/// </summary>
/// <param name="name">The graph's name.</param>
/// <param name="input">[C, H, W] of the input <c>data</c>, whose batch size is open.</param>
/// <param name="seed">The same seed and layers give the same file, byte for byte.</param>
internal sealed class GeneratedGraph(string name, int[] input, ulong seed)
{
    private static readonly int[] Two = [2, 2];
    private readonly GraphProto _graph = new() { Name = name };
    private readonly List<WrittenTensor> _tensors = [];

    /// <summary>A convolution with bias, its kernel, stride and pads the same along both axes.</summary>
    public string Conv(string layer, string below, int from, int to, int kernel, int pad = 0, int stride = 1, int groups = 1)
    {
        Parameters(layer, [to, from / groups, kernel, kernel]);
        List<AttributeProto> attributes = [WrittenGraph.Attribute("kernel_shape", new[] { kernel, kernel }),
            WrittenGraph.Attribute("pads", new[] { pad, pad, pad, pad })];
        if (stride > 1) attributes.Add(WrittenGraph.Attribute("strides", new[] { stride, stride }));
        if (groups > 1) attributes.Add(WrittenGraph.Attribute("group", groups));
        return Add("Conv", layer, Inputs(layer, below), [.. attributes]);
    }

    /// <summary>A fully connected layer with bias, its weight [to, from].</summary>
    public string FullyConnected(string layer, string below, int from, int to)
    {
        Parameters(layer, [to, from]);
        return Add("Gemm", layer, Inputs(layer, below), WrittenGraph.Attribute("transB", 1));
    }

    /// <summary>Adds a Relu above a tensor. Returns its output.</summary>
    public string Relu(string layer, string below) => Add("Relu", layer, below);

    /// <summary>A max-pooling of stride 2.</summary>
    public string Pool(string layer, string below, int kernel) => Add("MaxPool", layer, [below],
        WrittenGraph.Attribute("kernel_shape", new[] { kernel, kernel }), WrittenGraph.Attribute("strides", Two));

    /// <summary>Any layer without weights.</summary>
    public string Add(string operation, string layer, string below, params AttributeProto[] attributes) =>
        Add(operation, layer, [below], attributes);

    /// <summary>Writes the file; its outputs are the scores and <c>prob</c>.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="scores">The layer whose output the scores are.</param>
    /// <param name="classes">How many there are.</param>
    /// <param name="progress">Told the part done, 0 to 1, from several threads.</param>
    /// <exception cref="NetVizException">The file cannot be written.</exception>
    public void Write(string path, string scores, int classes, IProgress<double>? progress)
    {
        _graph.Input.Add(Value("data", input));
        _graph.Output.Add(Value(scores, classes));
        _graph.Output.Add(Value("prob", classes));
        var operators = new OperatorSetIdProto { Version = 13 };
        var model = new ModelProto { IrVersion = 7, ProducerName = "NetViz", Graph = _graph, OpsetImport = { operators } };
        OnnxWriter.Write(path, model, _tensors, progress);
    }

    private string Add(string operation, string layer, string[] inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = layer, Input = { inputs }, Output = { layer } };
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return layer;
    }

    private void Parameters(string layer, int[] dims)
    {
        long fanIn = dims.Skip(1).Aggregate(1L, (product, length) => product * length);
        var weights = new CounterRandom(seed, (ulong)_tensors.Count);
        var biases = new CounterRandom(seed, (ulong)_tensors.Count + 1);
        double deviation = Math.Sqrt(2.0 / fanIn);
        _tensors.Add(new WrittenTensor($"{layer}.weight", dims, (start, values) => weights.Fill(start, deviation, values)));
        _tensors.Add(new WrittenTensor($"{layer}.bias", dims[..1], (start, values) => biases.Fill(start, 0.01, values)));
    }

    private static string[] Inputs(string layer, string below) => [below, $"{layer}.weight", $"{layer}.bias"];

    private static ValueInfoProto Value(string tensorName, params int[] lengths)
    {
        var shape = new TensorShapeProto { Dim = { new DimensionProto { DimParam = "N" } } };
        shape.Dim.AddRange(lengths.Select(length => new DimensionProto { DimValue = length }));
        var tensor = new TensorTypeProto { ElemType = 1, Shape = shape };
        return new ValueInfoProto { Name = tensorName, Type = new TypeProto { TensorType = tensor } };
    }
}
