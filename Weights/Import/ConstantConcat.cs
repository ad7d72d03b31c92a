using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Onnx;
using NetViz.Weights.Operators;

namespace NetViz.Weights.Import;

/// <summary>
/// Concat of activations and constants (coordinates beside an image, a class token): the activations are padded with zeros
/// where constants lie beside them and joined; then one tensor is added that holds the constants and is 0 elsewhere.
/// </summary>
internal static class ConstantConcat
{
    /// <summary>Adds the layers.</summary>
    public static Value Emit(NodeReader node, int axis)
    {
        ActivationValue first = Enumerable.Range(0, node.InputCount).Select(node.Input).OfType<ActivationValue>().First();
        int along = ConstantFolding.Axis(axis, first.Shape.Rank);
        if (along == 0) throw node.Refuse("it joins the image with a constant along axis 0, which is the batch");

        // Each activation with the lengths of the constants before it; what comes after the last is padded behind it.
        var parts = new List<(ActivationValue Value, int Before)>();
        var constants = new List<(OnnxTensor Tensor, int Start)>();
        int start = 0, open = 0;
        for (int i = 0; i < node.InputCount; i++)
        {
            if (node.Input(i) is ConstantValue)
            {
                OnnxTensor constant = node.Constant(i, $"input {i}");
                Require(node, first.Shape, constant, along);
                constants.Add((constant, start));
                (start, open) = checked((start + constant.Dims[along], open + constant.Dims[along]));
                continue;
            }

            ActivationValue x = node.Activation(i);
            if (x.Shape.Rank != first.Shape.Rank)
                throw node.Refuse($"its inputs {first.Shape} and {x.Shape} have different axes");
            parts.Add((x, open));
            (start, open) = (checked(start + x.Shape[along]), 0);
        }

        var padded = new ActivationValue[parts.Count];
        for (int k = 0; k < padded.Length; k++)
            padded[k] = Pad(node, parts[k].Value, along, parts[k].Before, k == padded.Length - 1 ? open : 0);
        ActivationValue joined = padded.Length == 1
            ? padded[0]
            : node.EmitBefore(name => new Concat(name, along, padded.Length), "joined", padded);
        (float[] values, Shape shape) = Embed(constants, along, start, node.MostElements);
        return node.Emit(new Affine(node.Name, "Concat", default, new Shape(), values, shape), joined);
    }

    private static ActivationValue Pad(NodeReader node, ActivationValue x, int along, int before, int after)
    {
        if (before + after == 0) return x;
        int[] begin = new int[x.Shape.Rank], end = new int[x.Shape.Rank];
        (begin[along], end[along]) = (before, after);
        return node.EmitBefore(name => new Pad(name, begin, end, 0), "room", x);
    }

    // The constants at their places along an axis of the given length, 0 elsewhere.
    private static (float[] Values, Shape Shape) Embed(List<(OnnxTensor Tensor, int Start)> constants, int along, int length,
        long most)
    {
        int[] dims = constants[0].Tensor.Dims.ToArray();
        dims[along] = length;
        var shape = new Shape(dims);
        ConstantFolding.RequireAffordable(dims, most);
        var values = new float[shape.Count];
        int inner = (int)shape.Product(along + 1, shape.Rank), outer = (int)shape.Product(0, along);
        foreach ((OnnxTensor tensor, int start) in constants)
        {
            int row = tensor.Dims[along] * inner;
            for (int o = 0; o < outer; o++)
                tensor.Floats.Span.Slice(o * row, row).CopyTo(values.AsSpan((o * length + start) * inner));
        }

        return (values, shape);
    }

    private static void Require(NodeReader node, Shape image, OnnxTensor constant, int along)
    {
        bool fits = constant.Dims.Length == image.Rank;
        for (int axis = 0; fits && axis < image.Rank; axis++) fits = axis == along || constant.Dims[axis] == image[axis];
        if (!fits)
            throw node.Refuse($"its inputs {image} and the constant {constant.DimsText} differ in more than axis {along}");
    }
}
