using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Export;

/// <summary>
/// Writes one layer as its ONNX node. Where it takes more than one node, the last has the layer's name and writes its tensor;
/// those before it are called NAME/what.
/// </summary>
internal sealed partial class LayerWriter(WrittenGraph graph, Network network, TensorShapes shapes, Node node)
{
    private string Input => Tensor(0);

    private Shape InputShape => shapes[node.Inputs[0]];

    /// <summary>Adds the layer's nodes to the graph.</summary>
    public void Write()
    {
        switch (node.Layer)
        {
            case Conv conv: Write(conv); break;
            case FullyConnected fullyConnected: Write(fullyConnected); break;
            case Affine affine: Write(affine); break;
            case RectifierLayer rectifier: Write(rectifier.Rectifier); break;
            case MaxPool { Window: Window window }: Last("MaxPool", [Input], Pool(window)); break;
            case MaxPool: Last("GlobalMaxPool", [Input]); break;
            case AveragePool { Window: Window window } pool: Write(pool, window); break;
            case AveragePool: Last("GlobalAveragePool", [Input]); break;
            case Lrn { Parameters: var p }:
                Last("LRN", [Input], Attribute("size", p.Size), Attribute("alpha", p.Alpha), Attribute("beta", p.Beta),
                    Attribute("bias", p.Bias));
                break;
            case Softmax softmax: WriteSoftmax(softmax.Axis, softmax.ThroughLast); break;
            case LogSoftmax softmax: WriteSoftmax(softmax.Axis, softmax.ThroughLast); break;
            case Concat concat: Last("Concat", node.Inputs.Select((_, i) => Tensor(i)), Attribute("axis", concat.Axis)); break;
            case Sum { Subtracts: var subtracts }:
                Last(subtracts ? "Sub" : node.Layer.Operator == "Sum" ? "Sum" : "Add", [Input, Tensor(1)]);
                break;
            case Reshape reshape: Write(reshape); break;
            case Transpose { Permutation: var permutation }:
                Last("Transpose", [Input], permutation.IsEmpty ? [] : [Attribute("perm", permutation.ToArray())]);
                break;
            case Pad pad: Write(pad); break;
            case Identity: Last(node.Layer.Operator == "Dropout" ? "Dropout" : "Identity", [Input]); break;
            default:
                throw new NetVizException($"layer '{node.Name}' is a {node.Layer.GetType().Name}, which has no form in ONNX",
                    "layers of NetViz.Engine.Layers have one");
        }
    }

    private static AttributeProto Attribute(string name, object value) => WrittenGraph.Attribute(name, value);

    private string Tensor(int input) =>
        node.Inputs[input] == 0 ? network.Input.Name : network.Nodes[node.Inputs[input] - 1].OutputName;

    // Constants are called NAME.what, those of a node before it NAME/node.what: as if that node were a layer of its own, which
    // it is when the file has been loaded, so that an export of an export has the same bytes.
    private string Weights(string what, ReadOnlyMemory<float> values, params ReadOnlySpan<int> dims) =>
        graph.Weights(NameOf(what), values, dims);

    private string Integers(string what, params ReadOnlySpan<int> values) => graph.Integers(NameOf(what), values);

    private string NameOf(string what) => what[0] == '/' ? node.Name + what : $"{node.Name}.{what}";

    // The node that is the layer.
    private void Last(string operation, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) =>
        graph.Add(operation, node.Name, inputs, node.OutputName, attributes);

    // A node before it; its output is called like it.
    private string Before(string operation, string what, IEnumerable<string> inputs,
        params IEnumerable<AttributeProto> attributes)
    {
        string name = graph.Unique($"{node.Name}/{what}");
        graph.Add(operation, name, inputs, name, attributes);
        return name;
    }

    // Clip's limits are inputs; an infinite one is left out.
    private void Write(Rectifier rectifier)
    {
        switch (rectifier.Kind)
        {
            case RectifierKind.Relu: Last("Relu", [Input]); break;
            case RectifierKind.LeakyRelu: Last("LeakyRelu", [Input], Attribute("alpha", rectifier.Slope)); break;
            default: Last("Clip", [Input, Limit("min", rectifier.Low), Limit("max", rectifier.High)]); break;
        }

        string Limit(string what, float limit) => float.IsInfinity(limit) ? "" : Weights(what, new[] { limit });
    }

    // Version 13 takes one axis. One that is followed by axes of length 1 alone is the same through the last; any other is made
    // one axis with those after it first, and taken apart again.
    private void WriteSoftmax(int axis, bool throughLast)
    {
        int rank = InputShape.Rank, from = axis < 0 ? axis + rank : axis;
        if (!throughLast || Enumerable.Range(from + 1, rank - from - 1).All(later => shapes.IsOne(node.Inputs[0], later)))
        {
            Last(node.Layer.Operator, [Input], Attribute("axis", axis));
            return;
        }

        int[] before = new int[from]; // 0: as in the input
        string row = Before("Reshape", "row", [Input, Integers("/row.shape", [.. before, -1])]);
        string softened = Before(node.Layer.Operator, "softmax", [row], Attribute("axis", from));
        IEnumerable<int> after =
            Enumerable.Range(from, rank - from).Select(later => shapes.IsOpen(node.Inputs[0], later) ? -1 : InputShape[later]);
        int[] lengths = [.. before, .. after];
        bool canBeSaid = lengths.Count(length => length == -1) <= 1;
        Last("Reshape", [softened, canBeSaid ? Integers("shape", lengths) : Before("Shape", "shape", [Input])]);
    }

    private void Write(Reshape reshape)
    {
        int[] numbers = [.. reshape.Numbers];
        switch (reshape.Kind)
        {
            case ReshapeKind.To:
                // allowzero came with version 14; it matters only for tensors without elements, which no network takes.
                Last("Reshape", [Input, Integers("shape", numbers)]);
                break;
            case ReshapeKind.Flatten: Last("Flatten", [Input], Attribute("axis", numbers[0])); break;
            case ReshapeKind.Squeeze:
                // ONNX without axes would squeeze a batch of one image too.
                if (numbers.Length == 0)
                    numbers = [.. Enumerable.Range(1, InputShape.Rank - 1).Where(axis => InputShape[axis] == 1)];
                if (numbers.Length == 0) Last("Identity", [Input]);
                else Last("Squeeze", [Input, Integers("axes", numbers)]);
                break;
            default: Last("Unsqueeze", [Input, Integers("axes", numbers)]); break;
        }
    }

    private void Write(Pad pad)
    {
        string pads = Integers("pads", [.. pad.Before, .. pad.After]);
        Last("Pad", pad.Value == 0 ? [Input, pads] : [Input, pads, Weights("value", new[] { pad.Value })]);
    }
}
