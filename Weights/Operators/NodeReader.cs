using NetViz.Engine;
using NetViz.Engine.Model;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Operators;

/// <summary>
/// One node of the graph as an operator's importer sees it: attributes with their defaults, inputs that are constants or
/// activations, and refusals that name the node. Attributes that were not requested are refused at the end, since an
/// operator that passes over a setting computes something else.
/// </summary>
internal sealed class NodeReader(GraphImporter graph, NodeProto node, string name)
{
    private readonly Dictionary<string, AttributeProto> _unread =
        node.Attribute.DistinctBy(attribute => attribute.Name).ToDictionary(attribute => attribute.Name);

    /// <summary>The layer's name: the node's, or its first output's where it has none.</summary>
    public string Name { get; } = name;

    /// <summary>The node as the file has it.</summary>
    public NodeProto Node => node;

    /// <summary>ONNX's name of the operator.</summary>
    public string Operator => node.OpType;

    /// <summary>The version of ONNX's operators that the file speaks.</summary>
    public int Opset => graph.Opset;

    /// <summary>Elements that a constant worked out here may have.</summary>
    public long MostElements => graph.Budget.MostElements;

    /// <summary>How many inputs are listed, trailing ones that are left out not counted.</summary>
    public int InputCount { get; } = node.Input.ToList().FindLastIndex(input => input.Length > 0) + 1;

    /// <summary>How many outputs are named, those after the last that is left out not counted.</summary>
    public int OutputCount { get; } = node.Output.ToList().FindLastIndex(output => output.Length > 0) + 1;

    /// <summary>Counts memory of constants that the node lays out anew.</summary>
    public void Hold(double bytes) => graph.Budget.Hold(bytes, Name);

    /// <summary>Counts work on constants.</summary>
    public void Work(double elements) => graph.Budget.Work(elements, Name);

    /// <summary>Whether all inputs are constants.</summary>
    public bool IsConstant => Enumerable.Range(0, InputCount).All(i => Input(i) is ConstantValue or null);

    /// <summary>What an input stands for; null where it is left out.</summary>
    public Value? Input(int index) =>
        index < node.Input.Count && node.Input[index].Length > 0 ? graph.Find(node.Input[index], this) : null;

    /// <summary>An input that has to be an activation.</summary>
    public ActivationValue Activation(int index = 0) => Input(index) switch
    {
        ActivationValue activation => activation,
        null => throw Refuse($"its input {index} is missing"),
        _ => throw Refuse($"its input {index} ('{node.Input[index]}') is a constant, and only activations are supported there"),
    };

    /// <summary>An input that has to be a constant, or be left out.</summary>
    public OnnxTensor? OptionalConstant(int index, string what) => Input(index) switch
    {
        null => null,
        ConstantValue { AtOtherBatch: null } constant => constant.Tensor,
        ConstantValue => throw Refuse($"its {what} ('{node.Input[index]}') depends on the batch size, which is not supported"),
        _ => throw Refuse($"its {what} ('{node.Input[index]}') is computed by the network, and only constants are supported",
            graph.HasInput(node.Input[index]) ? "an input of the graph becomes a constant by the option BindInputs" : null),
    };

    /// <summary>An input that has to be a constant.</summary>
    public OnnxTensor Constant(int index, string what) => OptionalConstant(index, what) ?? throw Refuse($"its {what} is missing");

    /// <summary>Whether an attribute is given.</summary>
    public bool Has(string attribute) => _unread.ContainsKey(attribute);

    /// <summary>An integer attribute.</summary>
    public long Int(string attribute, long otherwise) => Take(attribute, AttributeKind.Int)?.I ?? otherwise;

    /// <summary>An integer attribute that is 0 or 1.</summary>
    public bool Flag(string attribute, bool otherwise = false) => Int(attribute, otherwise ? 1 : 0) != 0;

    /// <summary>A number, which has to be finite.</summary>
    public float Float(string attribute, float otherwise)
    {
        float number = Bound(attribute, otherwise);
        return !float.IsInfinity(number) ? number : throw Refuse($"its attribute '{attribute}' is {Named(number)}");
    }

    /// <summary>A number that bounds others, so that it may be infinite.</summary>
    public float Bound(string attribute, float otherwise)
    {
        float number = Take(attribute, AttributeKind.Float)?.F ?? otherwise;
        return !float.IsNaN(number) ? number : throw Refuse($"its attribute '{attribute}' is NaN");
    }

    /// <summary>Refuses numbers of a constant that are NaN or infinite, unless the user lets such through.</summary>
    public void RequireFinite(ReadOnlySpan<float> numbers, string what)
    {
        if (graph.AllowsNonFinite) return;
        foreach (float number in numbers)
        {
            if (!float.IsFinite(number)) throw Refuse($"its {what} holds {Named(number)}", FiniteCheck.Hint);
        }
    }

    private static string Named(float number) => float.IsNaN(number) ? "NaN" : number > 0 ? "infinity" : "minus infinity";

    /// <summary>Reads an attribute of type STRING.</summary>
    public string Text(string attribute, string otherwise) =>
        Take(attribute, AttributeKind.String)?.S.ToStringUtf8() ?? otherwise;

    /// <summary>A list of integers; null where it is absent.</summary>
    public long[]? Ints(string attribute) => Take(attribute, AttributeKind.Ints) is { } found ? [.. found.Ints] : null;

    /// <summary>A list of numbers; null where it is absent.</summary>
    public float[]? Floats(string attribute) => Take(attribute, AttributeKind.Floats) is { } found ? [.. found.Floats] : null;

    /// <summary>A tensor; null where it is absent.</summary>
    public OnnxTensor? Tensor(string attribute) =>
        Take(attribute, AttributeKind.Tensor) is { T: { } tensor }
            ? TensorReader.Read(tensor, $"{graph.Path}: node '{Name}' ({Operator}): attribute {attribute}")
            : null;

    /// <summary>Integers that are an attribute up to some version and an input from it on; null where they are absent.</summary>
    public long[]? IntsOrInput(string attribute, int index, int inputSince) =>
        Opset < inputSince ? Ints(attribute) : OptionalConstant(index, attribute)?.Integers.ToArray();

    /// <summary>Passes attributes over that do not matter here.</summary>
    public void Ignore(params ReadOnlySpan<string> attributes)
    {
        foreach (string attribute in attributes) _unread.Remove(attribute);
    }

    /// <summary>Refuses the node if an output after the first is read by anybody.</summary>
    public void RequireOneOutput(string others)
    {
        for (int i = 1; i < node.Output.Count; i++)
        {
            if (node.Output[i].Length > 0 && graph.IsRead(node.Output[i]))
                throw Refuse($"its output {i} ('{node.Output[i]}') is used; only the first output is supported, not {others}");
        }
    }

    /// <summary>
    /// Refuses a BatchNormalization or Dropout in training mode, as versions before training_mode express it: by is_test = 0, or,
    /// up to version 13, by <paramref name="trainingOutputs"/> outputs. is_test = 1 says inference whatever outputs there are;
    /// if it is absent the standard's default is 0, but files for inference leave it out, too.
    /// </summary>
    /// <param name="trainingOutputs">The number of outputs that training has; any after the first counts.</param>
    public void RequireInference(int trainingOutputs)
    {
        const string hint = "export the model in evaluation mode";
        if (Opset < 7 && Has("is_test"))
        {
            if (Int("is_test", 0) == 0) throw Refuse("is_test is 0, which means training; only inference is supported", hint);
            return;
        }

        int named = node.Output.Count(output => output.Length > 0);
        if (Opset < 14 && trainingOutputs < int.MaxValue && named > 1)
        {
            throw Refuse($"it names {named} outputs, which means training before operator set 14 (training has {trainingOutputs}); "
                + "only inference, with one output, is supported", hint);
        }
    }

    /// <summary>Refuses the node if an attribute was never asked for.</summary>
    public void RequireAllRead()
    {
        if (_unread.Values.FirstOrDefault() is { } left)
            throw Refuse($"it has the attribute '{left.Name}', which is not supported for {Operator} in operator set {Opset}");
    }

    /// <summary>Adds a layer that writes the node's first output.</summary>
    public ActivationValue Emit(Layer layer, params ReadOnlySpan<ActivationValue> inputs) =>
        graph.Emit(layer, inputs, node.Output[0]);

    /// <summary>Adds a layer before the node's own, for what the engine does in two steps.</summary>
    public ActivationValue EmitBefore(Func<string, Layer> layer, string suffix, params ReadOnlySpan<ActivationValue> inputs)
    {
        string inner = graph.UniqueName($"{Name}/{suffix}");
        return graph.Emit(layer(inner), inputs, inner);
    }

    /// <summary>
    /// Adds layers one behind another, the last of which writes the node's output; those before it are called NAME/what0 and
    /// so on. None at all is the identity.
    /// </summary>
    public ActivationValue EmitChain(IReadOnlyList<Func<string, Layer>> layers, string what, ActivationValue x)
    {
        for (int k = 0; k < layers.Count - 1; k++) x = EmitBefore(layers[k], $"{what}{k}", x);
        return Emit(layers.Count == 0 ? new Engine.Layers.Identity(Name, Operator) : layers[^1](Name), x);
    }

    /// <summary>Adds a layer that writes one of several outputs; from the second on it is called NAME/number.</summary>
    public ActivationValue EmitTo(int output, Func<string, Layer> layer, params ReadOnlySpan<ActivationValue> inputs) =>
        graph.Emit(layer(output == 0 ? Name : graph.UniqueName($"{Name}/{output}")), inputs, node.Output[output]);

    /// <summary>Whether an output is named and read.</summary>
    public bool IsRead(int output) => node.Output[output].Length > 0 && graph.IsRead(node.Output[output]);

    /// <summary>Says what an output after the first stands for.</summary>
    public void Define(int output, Value value) => graph.Define(node.Output[output], value);

    /// <summary>A constant worked out from the node's inputs, all constants themselves, at both batch sizes.</summary>
    /// <param name="required">How many inputs must be given; those after may be null.</param>
    /// <param name="compute">Works the constant out.</param>
    public ConstantValue Fold(int required, Func<OnnxTensor[], OnnxTensor> compute)
    {
        for (int i = 0; i < required; i++)
        {
            if (Input(i) is null) throw Refuse($"its input {i} is missing");
        }

        ConstantValue?[] inputs = [.. Enumerable.Range(0, InputCount).Select(i => (ConstantValue?)Input(i))];
        OnnxTensor first = Computed([.. inputs.Select(input => input?.Tensor!)]);
        if (inputs.All(input => input?.AtOtherBatch is null)) return new ConstantValue(first);
        OnnxTensor second = Computed([.. inputs.Select(input => input?.AtOtherBatch ?? input?.Tensor!)]);
        return Combine(first, second);

        OnnxTensor Computed(OnnxTensor[] tensors)
        {
            OnnxTensor result = compute(tensors);
            // What only renames or reshapes costs nothing.
            if (tensors.Any(tensor => ConstantBudget.ShareNumbers(result, tensor))) return result;
            graph.Budget.Hold(result, Name);
            graph.Budget.Work(tensors.Sum(tensor => (double?)tensor?.Count ?? 0) + result.Count, Name);
            return result;
        }
    }

    /// <summary>Counts the work for a constant that is only a step on the way to the node's own.</summary>
    public void Step(OnnxTensor between) => graph.Budget.Work(between.Count, Name);

    /// <summary>A constant from its values at the two batch sizes, which may be the same.</summary>
    public static ConstantValue Combine(OnnxTensor first, OnnxTensor? second) =>
        second is null
        || (first.IsInteger && first.Dims.SequenceEqual(second.Dims) && first.Integers.Span.SequenceEqual(second.Integers.Span))
            ? new ConstantValue(first)
            : new ConstantValue(first, second);

    /// <summary>An error about this node.</summary>
    public NetVizException Refuse(string problem, string? hint = null) =>
        new($"{graph.Path}: node '{Name}' ({Operator}): {problem}", hint);

    private AttributeProto? Take(string attribute, AttributeKind kind)
    {
        if (!_unread.Remove(attribute, out AttributeProto? found)) return null;
        if (found.RefAttrName.Length > 0) throw Refuse($"its attribute '{attribute}' refers to a function's argument");
        // Files of IR version 1 leave the kind out.
        return found.Type == 0 || found.Type == (int)kind
            ? found
            : throw Refuse($"its attribute '{attribute}' is of kind {(AttributeKind)found.Type}; {kind} is supported");
    }

    // What an attribute holds, numbered as in ONNX.
    private enum AttributeKind
    {
        Float = 1,
        Int = 2,
        String = 3,
        Tensor = 4,
        Graph = 5,
        Floats = 6,
        Ints = 7,
        Strings = 8,
    }
}
