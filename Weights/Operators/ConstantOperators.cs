using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>Operators that only ever yield constants here.</summary>
internal static class ConstantOperators
{
    /// <summary>Constant: a tensor, or since version 12 a number or a list.</summary>
    public static Value Constant(NodeReader node)
    {
        if (node.Tensor("value") is { } tensor) return new ConstantValue(tensor);
        if (node.Floats("value_floats") is { } floats)
            return new ConstantValue(OnnxTensor.OfFloats(node.Name, [floats.Length], floats));
        if (node.Ints("value_ints") is { } integers)
            return new ConstantValue(OnnxTensor.OfIntegers(node.Name, [integers.Length], integers));
        if (node.Has("value_float"))
            return new ConstantValue(OnnxTensor.OfFloats(node.Name, [], new[] { node.Float("value_float", 0) }));
        if (node.Has("value_int")) return new ConstantValue(OnnxTensor.OfIntegers(node.Name, [], node.Int("value_int", 0)));
        throw node.Refuse("it gives no value, value_float(s) or value_int(s); others are not supported");
    }

    /// <summary>ConstantOfShape: one number (0 by default) all over a shape.</summary>
    public static Value ConstantOfShape(NodeReader node)
    {
        OnnxTensor? value = node.Tensor("value");
        if (value is { Count: not 1 }) throw node.Refuse($"its value has {value.Count} numbers; one is needed");
        if (!node.IsConstant) throw node.Refuse("its shape is computed by the network, and only constants are supported");
        return node.Fold(1, inputs =>
        {
            foreach (long length in inputs[0].Integers.Span)
            {
                if (length is < 0 or > int.MaxValue)
                    throw node.Refuse($"its shape [{string.Join(", ", inputs[0].Integers.ToArray())}] is impossible");
            }

            int[] dims = Array.ConvertAll(inputs[0].Integers.ToArray(), length => (int)length);
            int count = ConstantFolding.RequireAffordable(dims, node.MostElements);
            if (value is { IsFloat: false })
            {
                var integers = new long[count];
                Array.Fill(integers, value.Integers.Span[0]);
                return new OnnxTensor(node.Name, value.Type, dims, null, new Lazy<long[]>(integers));
            }

            var floats = new float[count];
            if (value is not null) Array.Fill(floats, value.Floats.Span[0]);
            return OnnxTensor.OfFloats(node.Name, dims, floats);
        });
    }

    /// <summary>Shape: known at load but for the batch size. Since version 15 a stretch of axes can be asked for.</summary>
    public static Value Shape(NodeReader node)
    {
        long start = node.Int("start", 0), end = node.Int("end", long.MaxValue);
        if (node.IsConstant) return node.Fold(1, inputs => Lengths(inputs[0].Dims));
        ActivationValue x = node.Activation();
        return NodeReader.Combine(Lengths(x.Shape.Lengths), x.ShapeAtOtherBatch is { } other ? Lengths(other.Lengths) : null);

        OnnxTensor Lengths(ReadOnlySpan<int> lengths)
        {
            int from = Bound(start, lengths.Length), to = Math.Max(from, Bound(end, lengths.Length));
            return OnnxTensor.OfIntegers(node.Name, [to - from], [.. lengths[from..to].ToArray().Select(length => (long)length)]);
        }

        static int Bound(long axis, int rank) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
    }

    /// <summary>Gather from a constant.</summary>
    public static Value Gather(NodeReader node)
    {
        long axis = node.Int("axis", 0);
        RequireConstant(node);
        return node.Fold(2, inputs => ConstantFolding.Gather(inputs[0], inputs[1], axis, node.MostElements));
    }

    /// <summary>Slice of a constant. Starts, ends and axes are attributes up to version 9, inputs since 10.</summary>
    public static Value Slice(NodeReader node)
    {
        RequireConstant(node);
        long[]? starts = node.Ints("starts"), ends = node.Ints("ends"), axes = node.Ints("axes");
        return node.Fold(1, inputs =>
        {
            long[] from = starts ?? Input(inputs, 1) ?? throw node.Refuse("its starts are missing");
            long[] to = ends ?? Input(inputs, 2) ?? throw node.Refuse("its ends are missing");
            long[]? along = axes ?? Input(inputs, 3), steps = Input(inputs, 4);
            if (to.Length != from.Length || (along ?? from).Length != from.Length || (steps ?? from).Length != from.Length)
                throw node.Refuse("its starts, ends, axes and steps differ in number");
            return ConstantFolding.Slice(inputs[0], from, to, along, steps, node.MostElements);
        });

        static long[]? Input(OnnxTensor[] inputs, int index) =>
            index < inputs.Length && inputs[index] is { } given ? given.Integers.ToArray() : null;
    }

    private static void RequireConstant(NodeReader node)
    {
        if (!node.IsConstant || node.InputCount == 0)
            throw node.Refuse($"it reads what the network computes; {node.Operator} is supported for constants only");
    }
}
