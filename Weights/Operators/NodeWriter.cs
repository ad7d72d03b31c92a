using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Export;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Operators;

/// <summary>
/// Writes one layer as its ONNX node, the counterpart of <see cref="NodeReader"/>. Where the layer takes more than one node, the
/// last
/// has the layer's name and writes its tensor; those before it are called NAME/what.
/// </summary>
internal sealed class NodeWriter(WrittenGraph graph, Network network, TensorShapes shapes, Node node)
{
    /// <summary>The layer.</summary>
    public Layer Layer => node.Layer;

    /// <summary>The name of the tensor that the layer reads first.</summary>
    public string Input => Tensor(0);

    /// <summary>The names of all tensors that the layer reads.</summary>
    public IEnumerable<string> AllInputs => node.Inputs.Select((_, i) => Tensor(i));

    /// <summary>The shape of the first.</summary>
    public Shape InputShape => shapes[node.Inputs[0]];

    /// <summary>The shape of the layer's output.</summary>
    public Shape OutputShape => shapes[node.Output];

    /// <summary>Returns an attribute.</summary>
    public static AttributeProto Attribute(string name, object value) => WrittenGraph.Attribute(name, value);

    /// <summary>Returns whether an axis of the first input has length 1 for every input of the network.</summary>
    public bool IsOne(int axis) => shapes.IsOne(node.Inputs[0], axis);

    /// <summary>Returns whether the length of an axis of the first input depends on the network's input.</summary>
    public bool IsOpen(int axis) => shapes.IsOpen(node.Inputs[0], axis);

    /// <summary>Returns the name of a tensor that the layer reads.</summary>
    public string Tensor(int input) =>
        node.Inputs[input] == 0 ? network.Input.Name : network.Nodes[node.Inputs[input] - 1].OutputName;

    /// <summary>
    /// Adds a constant of floats. Constants are called NAME.what, those of a node before the last NAME/node.what: as if that node
    /// were
    /// a layer of its own, which it is when the file has been loaded, so that an export of an export has the same bytes.
    /// </summary>
    public string Weights(string what, ReadOnlyMemory<float> values, params ReadOnlySpan<int> dims) =>
        graph.Weights(NameOf(what), values, dims);

    /// <summary>Adds a matrix [rows, columns] as its transpose.</summary>
    public string TransposedWeights(string what, ReadOnlyMemory<float> values, int rows, int columns) =>
        graph.TransposedWeights(NameOf(what), values, rows, columns);

    /// <summary>Adds a constant of integers.</summary>
    public string Integers(string what, params ReadOnlySpan<int> values) => graph.Integers(NameOf(what), values);

    /// <summary>Adds the node that is the layer.</summary>
    public void Last(string operation, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) =>
        graph.Add(operation, node.Name, inputs, node.OutputName, attributes);

    /// <summary>Adds a node before it and returns its output, which is called like it.</summary>
    public string Before(string operation, string what, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes)
    {
        string name = graph.Unique($"{node.Name}/{what}");
        graph.Add(operation, name, inputs, name, attributes);
        return name;
    }

    private string NameOf(string what) => what[0] == '/' ? node.Name + what : $"{node.Name}.{what}";
}
