using NetViz.Engine;
using NetViz.Kernels;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Import;

/// <summary>
/// Turns an ONNX graph into a network, node by node in the file's order. Nodes on constants are computed at once; nodes
/// on which no output depends are left out; every other node becomes the layer of its operator (see <see cref="Operators"/>).
/// </summary>
internal sealed class GraphImporter
{
    private readonly GraphProto _graph;
    private readonly Dictionary<string, Value> _values = [];
    private readonly HashSet<string> _inputs;
    private readonly HashSet<string> _read = [];
    private readonly NetworkBuilder _builder;
    private readonly string _output;
    private long _workedOut;

    private GraphImporter(OnnxFile file, GraphInput input, IReadOnlyDictionary<string, OnnxTensor> bound, string? output)
    {
        (_graph, Path, Opset) = (file.Model.Graph, file.Path, file.Opset);
        foreach (OnnxTensor tensor in file.Initializers) _values[tensor.Name] = new ConstantValue(tensor);
        foreach ((string other, OnnxTensor tensor) in bound) _values[other] = new ConstantValue(tensor);
        _inputs = [.. _graph.Input.Select(value => value.Name)];
        string name = _graph.Name.Length > 0 ? _graph.Name : System.IO.Path.GetFileNameWithoutExtension(Path);
        _builder = new NetworkBuilder(name, input.ToNetworkInput());
        _values[input.Name] = new ActivationValue(input.Name, input.ShapeAt(input.Batch), input.ShapeAt(input.OtherBatch));
        _output = GraphOutput.Choose(file, output);
    }

    /// <summary>The file's path, for errors.</summary>
    public string Path { get; }

    /// <summary>The version of ONNX's operators that the file speaks.</summary>
    public int Opset { get; }

    /// <summary>Reads a graph.</summary>
    /// <param name="file">The file.</param>
    /// <param name="input">The network's input, its size settled.</param>
    /// <param name="bound">Values for other inputs of the graph.</param>
    /// <param name="output">The output wanted; null for the last in the chain.</param>
    /// <exception cref="NetVizException">The graph holds something that is not supported; the message names it.</exception>
    public static Network Import(OnnxFile file, GraphInput input, IReadOnlyDictionary<string, OnnxTensor> bound, string? output)
    {
        var importer = new GraphImporter(file, input, bound, output);
        importer.ImportNodes();
        return importer._values.GetValueOrDefault(importer._output) switch
        {
            ActivationValue result when result.Name != input.Name =>
                importer._builder.Build(result.Name, new Lazy<string>(() => file.Sha256)),
            ActivationValue or ConstantValue => throw new NetVizException(
                $"{file.Path}: its output '{importer._output}' does not depend on its input; there is no network in it"),
            _ => throw new NetVizException($"{file.Path}: its output '{importer._output}' is written by no node"),
        };
    }

    /// <summary>What a name stands for.</summary>
    public Value Find(string name, NodeReader reader) =>
        _values.TryGetValue(name, out Value? value)
            ? value
            : throw reader.Refuse($"its input '{name}' is written by no node before it");

    /// <summary>Whether a name is one of the graph's inputs.</summary>
    public bool HasInput(string name) => _inputs.Contains(name);

    /// <summary>Whether the network's output depends on a name.</summary>
    public bool IsRead(string name) => _read.Contains(name);

    /// <summary>A layer's name that is not taken yet.</summary>
    public string UniqueName(string wanted) => _builder.UniqueName(wanted);

    /// <summary>Adds a layer to the network; errors of the engine get the file's name put before them.</summary>
    public ActivationValue Emit(Layer layer, ReadOnlySpan<ActivationValue> inputs, string output)
    {
        var names = new string[inputs.Length];
        var shapes = new Shape[inputs.Length];
        Shape[]? others = new Shape[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            (names[i], shapes[i]) = (inputs[i].Name, inputs[i].Shape);
            if (inputs[i].ShapeAtOtherBatch is not { } other) others = null;
            else if (others is not null) others[i] = other;
        }

        try
        {
            Shape shape = layer.OutputShape(shapes);
            _builder.Add(layer, names, output);
            return new ActivationValue(output, shape, others is null ? null : TryShape(layer, others));
        }
        catch (NetVizException e)
        {
            throw new NetVizException($"{Path}: {e.Message}", inner: e);
        }
    }

    private void ImportNodes()
    {
        foreach (NodeProto node in NeededNodes())
        {
            string wanted = node.Name.Length > 0 ? node.Name : node.Output[0].Length > 0 ? node.Output[0] : node.OpType;
            var reader = new NodeReader(this, node, _builder.UniqueName(wanted));
            if (node.Output.FirstOrDefault(_values.ContainsKey) is { } twice)
                throw reader.Refuse($"its output '{twice}' is written twice");
            Func<NodeReader, Value> import = Operators.Find(node, reader);
            try
            {
                _values[node.Output[0]] = import(reader);
            }
            catch (NetVizException e) when (!e.Message.StartsWith(Path, StringComparison.Ordinal))
            {
                // From a layer's constructor, which names the node, or from folding, which does not.
                string where = e.Message.StartsWith("node '", StringComparison.Ordinal)
                    ? Path
                    : $"{Path}: node '{reader.Name}' ({node.OpType})";
                throw new NetVizException($"{where}: {e.Message}", inner: e);
            }
            catch (OverflowException)
            {
                throw reader.Refuse("a number among its attributes or constant inputs is larger than anything it could mean");
            }

            reader.RequireAllRead();
            if (_values[node.Output[0]] is ConstantValue constant) Account(constant, reader);
        }
    }

    // What all constants worked out together may hold: twice what one may. Those that share another's numbers do not count.
    private void Account(ConstantValue constant, NodeReader reader)
    {
        if (reader.Operator is "Constant" or "Identity" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze") return;
        _workedOut += constant.Tensor.Count + (constant.AtOtherBatch?.Count ?? 0);
        if (_workedOut > 2L * ConstantFolding.MostElements)
            throw reader.Refuse($"with it, {_workedOut} elements of constants are worked out", "let the exporter fold constants");
    }

    // The nodes on which the output depends, in the file's order.
    private List<NodeProto> NeededNodes()
    {
        var needed = new List<NodeProto>();
        _read.Add(_output);
        foreach (NodeProto node in _graph.Node.Reverse())
        {
            if (!node.Output.Any(_read.Contains)) continue;
            needed.Add(node);
            _read.UnionWith(node.Input.Where(input => input.Length > 0));
        }

        needed.Reverse();
        return needed;
    }

    private static Shape? TryShape(Layer layer, Shape[] inputs)
    {
        try
        {
            return layer.OutputShape(inputs);
        }
        catch (NetVizException)
        {
            return null; // the layer pins the batch size
        }
    }
}
