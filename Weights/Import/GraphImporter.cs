using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;
using NetViz.Weights.Operators;

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
    /// <summary>
    /// Layers of a network: ten times those of the deepest published ones, and few enough for any algorithm here.
    /// </summary>
    private const int MostLayers = 20_000;

    private readonly GraphInput _input;
    private readonly Dictionary<string, BatchAxis> _batches = [];
    private readonly string _output;
    private readonly ResourceLimits _limits;
    private readonly bool _allowNonFinite;
    private readonly bool _allowAnyOutput;
    private int _layers;

    private GraphImporter(OnnxFile file, GraphInput input, OnnxOptions options, ResourceLimits limits)
    {
        (_limits, _allowNonFinite, _input) = (limits, options.AllowNonFinite, input);
        _allowAnyOutput = options.AllowAnyOutput;
        (_graph, Path, Opset) = (file.Model.Graph, file.Path, file.Opset);
        Budget = new ConstantBudget(Path, limits);
        foreach (OnnxTensor tensor in file.Initializers) _values[tensor.Name] = new ConstantValue(tensor);
        foreach ((string other, OnnxTensor tensor) in options.BindInputs) _values[other] = new ConstantValue(tensor);
        _inputs = [.. _graph.Input.Select(value => value.Name)];
        string name = _graph.Name.Length > 0 ? _graph.Name : System.IO.Path.GetFileNameWithoutExtension(Path);
        _builder = new NetworkBuilder(name, input.ToNetworkInput());
        RequireAffordable(input.ShapeAt(input.Batch), $"{Path}: its input '{input.Name}'");
        _values[input.Name] = new ActivationValue(input.Name, input.ShapeAt(input.Batch), input.ShapeAt(input.OtherBatch));
        _output = GraphOutput.Choose(file, options.Output);
    }

    // For the layers of one node, whose first input stands for the image and whose others are constants.
    private GraphImporter(GraphImporter outer, NodeProto node, OnnxTensor[] inputs)
    {
        int[] dims = inputs[0].Dims.ToArray();
        _input = new GraphInput(node.Input[0], dims.Length == 0 ? 1 : dims[0], dims.Length == 0 ? [] : dims[1..], default);
        (_limits, _allowNonFinite, _allowAnyOutput) = (outer._limits, outer._allowNonFinite, true);
        (_graph, Path, Opset, Budget) = (outer._graph, outer.Path, outer.Opset, outer.Budget);
        _inputs = [node.Input[0]];
        _read = outer._read;
        _output = node.Output[0];
        _builder = new NetworkBuilder("constants", _input.ToNetworkInput());
        for (int i = 1; i < inputs.Length; i++)
            if (node.Input[i].Length > 0 && inputs[i] is not null) _values[node.Input[i]] = new ConstantValue(inputs[i]);
        _values[node.Input[0]] = new ActivationValue(node.Input[0], _input.ShapeAt(_input.Batch), null);
    }

    /// <summary>The file's path, for errors.</summary>
    public string Path { get; }

    /// <summary>The version of ONNX's operators that the file speaks.</summary>
    public int Opset { get; }

    /// <summary>Reads a graph.</summary>
    /// <param name="file">The file.</param>
    /// <param name="input">The network's input, its size settled.</param>
    /// <param name="options">Values for other inputs of the graph, and the output wanted.</param>
    /// <param name="limits">What the network may ask of the machine.</param>
    /// <exception cref="NetVizException">The graph holds something that is not supported; the message names it.</exception>
    public static Network Import(OnnxFile file, GraphInput input, OnnxOptions options, ResourceLimits limits)
    {
        var importer = new GraphImporter(file, input, options, limits);
        List<NodeProto> nodes = importer.NeededNodes();
        if (!options.AllowNonFinite) file.RequireFinite(importer._read);
        importer.ImportNodes(nodes);
        Network network = importer.Finish(file, input);
        limits.Require(ResourceDemand.Of(network, input.ShapeAt(input.Batch)), importer.Budget.Bytes, file.Path);
        return network;
    }

    private Network Finish(OnnxFile file, GraphInput input) =>
        _values.GetValueOrDefault(_output) switch
        {
            ActivationValue result when result.Name != input.Name =>
                WithClasses(_builder.Build(result.Name, new Lazy<string>(() => file.Sha256)), result.Name, file),
            ActivationValue or ConstantValue => throw new NetVizException(
                $"{file.Path}: its output '{_output}' does not depend on its input; there is no network in it"),
            _ => throw new NetVizException($"{file.Path}: its output '{_output}' is written by no node"),
        };

    /// <summary>Whether NaN and infinities among the constants are let through.</summary>
    public bool AllowsNonFinite => _allowNonFinite;

    /// <summary>What constants that are worked out may take.</summary>
    public ConstantBudget Budget { get; }

    // The network, once its scores are known to be those of one image each. At a fixed batch of one, scores without a batch axis
    // are all of the one image.
    private Network WithClasses(Network network, string output, OnnxFile file)
    {
        if (network.ScoreTensor == 0 || _allowAnyOutput) return network;
        Node scores = network.Nodes[network.ScoreTensor - 1];
        BatchAxis batch = _batches[scores.OutputName];
        Shape shape = network.InferShapes(_input.ShapeAt(_input.Batch))[network.ScoreTensor];
        if (batch.Axis == 0 && shape.Rank > 0 && shape[0] == _input.Batch) return network;
        if (_input.DeclaredBatch != 1)
        {
            throw new NetVizException($"{Path}: {batch.MovedBy ?? $"node '{scores.Name}' ({scores.Layer.Operator}): its output {shape}"}"
                + " does not have the images of the batch along its first axis, so that no score belongs to one image;"
                + " scores [N, ...] are supported", "export the model with a batch size fixed at 1");
        }

        _builder.TakesOneImage = true;
        return _builder.Build(output, new Lazy<string>(() => file.Sha256));
    }

    /// <summary>What a name stands for.</summary>
    public Value Find(string name, NodeReader reader) =>
        _values.TryGetValue(name, out Value? value)
            ? value
            : throw reader.Refuse(CycleSearch.Explain(_graph, reader.Node, name));

    /// <summary>Whether a name is one of the graph's inputs.</summary>
    public bool HasInput(string name) => _inputs.Contains(name);

    /// <summary>Whether the network's output depends on a name.</summary>
    public bool IsRead(string name) => _read.Contains(name);

    /// <summary>Says what an output after a node's first stands for.</summary>
    public void Define(string name, Value value) => _values[name] = value;

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
            if (++_layers > MostLayers)
                throw new NetVizException($"node '{layer.Name}' ({layer.Operator}): it is layer {_layers}; {MostLayers} "
                    + "are supported");
            if (layer is Engine.Layers.Affine) Budget.Hold(layer.ParameterCount * sizeof(float), layer.Name);
            Shape shape = layer.OutputShape(shapes);
            RequireAffordable(shape, $"node '{layer.Name}' ({layer.Operator}): its output");
            _builder.Add(layer, names, output);
            Shape? atOther = others is null ? null : TryShape(layer, others);
            BatchAxis batch = _batches[output] = BatchAxis.After(layer, inputs, shape, atOther, _input);
            return new ActivationValue(output, shape, atOther) { Batch = batch };
        }
        catch (NetVizException e)
        {
            throw new NetVizException($"{Path}: {e.Message}", inner: e);
        }
    }

    // The layers of a node whose inputs are constants; null where it passes the first one on.
    private Network? LayersOf(NodeProto node, OnnxTensor[] inputs)
    {
        if (inputs[0].Dims.Length == 0) throw new NetVizException("a constant without axes is not supported here");
        var importer = new GraphImporter(this, node, inputs);
        var reader = new NodeReader(importer, node, CycleSearch.NameOf(node));
        Value value = OperatorTable.Find(node, reader)(reader);
        reader.RequireAllRead();
        return value is ActivationValue result && result.Name != node.Input[0] ? importer._builder.Build(result.Name) : null;
    }

    private void ImportNodes(List<NodeProto> nodes)
    {
        foreach (NodeProto node in nodes)
        {
            string wanted = CycleSearch.NameOf(node);
            var reader = new NodeReader(this, node, _builder.UniqueName(wanted));
            if (node.Attribute.CountBy(attribute => attribute.Name).FirstOrDefault(pair => pair.Value > 1)
                is { Value: > 1 } repeated)
                throw reader.Refuse($"it has the attribute '{repeated.Key}' {repeated.Value} times");
            if (node.Output.FirstOrDefault(_values.ContainsKey) is { } twice)
                throw reader.Refuse($"its output '{twice}' is written twice");
            Func<NodeReader, Value> import = OperatorTable.Find(node, reader);
            try
            {
                _values[node.Output[0]] = reader is { IsConstant: true, InputCount: > 0 } && !OperatorTable.FoldsItself(node.OpType)
                    ? ConstantRun.Fold(reader, _limits, Budget.Bytes, inputs => LayersOf(node, inputs))
                    : import(reader);
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

            if (reader.InputCount == 0 || !reader.IsConstant || OperatorTable.FoldsItself(node.OpType)) reader.RequireAllRead();
            if (_values[node.Output[0]] is not ConstantValue constant) continue;
            if (!_allowNonFinite && constant.Tensor is { IsFloat: true, Count: > 1 } numbers && Budget.IsNew(numbers)
                && FiniteCheck.FirstIn(numbers) is { } bad)
                throw reader.Refuse($"its result holds {FiniteCheck.Describe(numbers, bad)}", FiniteCheck.Hint);
        }
    }

    // Refuses a tensor that does not fit into memory by itself, before anything is computed with its number of elements.
    private void RequireAffordable(Shape shape, string what)
    {
        if (shape.Rank > OnnxTensor.MostAxes)
            throw new NetVizException($"{what} has {shape.Rank} axes; at most {OnnxTensor.MostAxes} are supported");
        double elements = 1;
        foreach (int length in shape.Lengths) elements *= length;
        if (elements == 0) throw new NetVizException($"{what} is empty: {shape}");
        if (elements * sizeof(float) > _limits.Bytes || elements > Array.MaxLength)
            throw _limits.TooLarge($"{what} {shape} needs {ResourceLimits.Text(elements * sizeof(float))} of memory");
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
