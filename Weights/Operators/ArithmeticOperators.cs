using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>Sums, and arithmetic with constants.</summary>
internal static class ArithmeticOperators
{
    /// <summary>
    /// Add, Sub, Mul, Div: of an activation and a constant, an affine map; of two activations, a sum or a <see cref="Pair"/>.
    /// Up to version 6 shapes broadcast only where the attribute broadcast says so, from the axis given by the attribute axis.
    /// </summary>
    public static Value Binary(NodeReader node)
    {
        node.Ignore("consumed_inputs"); // version 1: a hint to reuse memory
        long? axis = node.Opset < 7 && node.Flag("broadcast") && node.Int("axis", -1) is >= 0 and var given ? given : null;
        if (node.Opset < 7) node.Ignore("broadcast", "axis");
        if (node.IsConstant)
        {
            return node.Fold(2, inputs =>
                ConstantFolding.Combine(node.Operator, inputs[0], Aligned(node, inputs[1], inputs[0].Dims.Length, axis),
                    node.MostElements));
        }

        if (node.Input(0) is ActivationValue a && node.Input(1) is ActivationValue b)
        {
            // Old broadcasting: the second input's axes begin at the given axis of the first.
            if (axis is { } first && a.Shape.Rank - first - b.Shape.Rank is > 0 and var after)
            {
                int[] added = [.. Enumerable.Range(b.Shape.Rank, (int)after)];
                b = node.EmitBefore(name => Reshape.Unsqueeze(name, added), "aligned", b);
            }

            return PairOperators.Emit(node, a, b);
        }

        if (node.Operator == "Div" && node.Input(0) is ConstantValue && node.Input(1) is ActivationValue divisor)
        {
            OnnxTensor dividend = node.Constant(0, "first input");
            ActivationValue reciprocal = node.EmitBefore(
                name => new Elementwise(name, "Reciprocal", new ElementFunction(FunctionKind.Reciprocal)), "reciprocal", divisor);
            node.RequireFinite(dividend.Floats.Span, "constant");
            return node.Emit(new Affine(node.Name, "Mul", dividend.Floats, new Shape(dividend.Dims), default, new Shape()), reciprocal);
        }

        return node.Input(0) is ActivationValue x
            ? node.Emit(WithConstant(node, Aligned(node, node.Constant(1, "second input"), x.Shape.Rank, axis), false), x)
            : node.Emit(WithConstant(node, node.Constant(0, "first input"), true), node.Activation(1));
    }

    /// <summary>Sum of any number of inputs of one shape. Unchanged in what matters here since version 1.</summary>
    public static Value Sum(NodeReader node)
    {
        node.Ignore("consumed_inputs");
        if (node.InputCount == 0) throw node.Refuse("it has no input");
        if (node.IsConstant)
            return node.Fold(node.InputCount, inputs => SumOf(node, inputs));
        ActivationValue[] activations = [.. Enumerable.Range(0, node.InputCount).Select(node.Input).OfType<ActivationValue>()];
        OnnxTensor[] constants =
        [
            .. from i in Enumerable.Range(0, node.InputCount)
               where node.Input(i) is ConstantValue
               select node.Constant(i, $"input {i}"),
        ];
        if (activations.Length + constants.Length < node.InputCount) throw node.Refuse("one of its inputs is missing");
        int steps = activations.Length - 1 + constants.Length;
        ActivationValue sum = activations[0];
        if (steps == 0) return node.Emit(new Identity(node.Name, "Sum"), sum);
        for (int i = 1; i < activations.Length; i++)
        {
            (ActivationValue a, ActivationValue b) = (sum, activations[i]);
            sum = Step(i, name => PairOperators.LayerOf(name, "Sum", a, b), a, b);
        }

        for (int i = 0; i < constants.Length; i++)
        {
            OnnxTensor constant = constants[i];
            Affine Add(string name) => new(name, "Sum", default, new Shape(), constant.Floats, new Shape(constant.Dims));
            sum = Step(activations.Length + i, Add, sum);
        }

        return sum;

        // The last step is the node itself, those before it come between.
        ActivationValue Step(int number, Func<string, Layer> layer, params ActivationValue[] inputs) =>
            number == steps ? node.Emit(layer(node.Name), inputs) : node.EmitBefore(layer, $"sum{number}", inputs);
    }

    // The first sum is an array of its own, to which all others of its shape are added in place.
    private static OnnxTensor SumOf(NodeReader node, OnnxTensor[] inputs)
    {
        OnnxTensor sum = inputs[0];
        for (int i = 1; i < inputs.Length; i++)
        {
            if (i < 2 || !ConstantFolding.TryAddTo(sum, inputs[i]))
                sum = ConstantFolding.Combine("Add", sum, inputs[i], node.MostElements / 2);
            node.Step(sum);
        }

        return sum;
    }

    private static Affine WithConstant(NodeReader node, OnnxTensor constant, bool isFirst)
    {
        ReadOnlyMemory<float> numbers = constant.Floats;
        // A copy of a constant that was worked out counts as much as the constant.
        if (node.Operator is "Sub" or "Div") ConstantFolding.RequireAffordable(constant.Dims, node.MostElements);
        Shape shape = new(constant.Dims), none = new();
        node.RequireFinite(numbers.Span, "constant");
        return (node.Operator, isFirst) switch
        {
            ("Add", _) => new Affine(node.Name, "Add", default, none, numbers, shape),
            ("Sub", false) => new Affine(node.Name, "Sub", default, none, Map(numbers, TensorPrimitives.Negate), shape),
            ("Sub", true) => new Affine(node.Name, "Sub", new float[] { -1 }, none, numbers, shape),
            ("Mul", _) => new Affine(node.Name, "Mul", numbers, shape, default, none),
            ("Div", false) => new Affine(node.Name, "Div", Reciprocal(node, numbers), shape, default, none),
            _ => throw new System.Diagnostics.UnreachableException(node.Operator),
        };
    }

    private static float[] Reciprocal(NodeReader node, ReadOnlyMemory<float> numbers)
    {
        float[] reciprocal = Map(numbers, TensorPrimitives.Reciprocal);
        node.RequireFinite(reciprocal, "reciprocal of the constant");
        return reciprocal;
    }

    private delegate void Transform(ReadOnlySpan<float> x, Span<float> y);

    private static float[] Map(ReadOnlyMemory<float> numbers, Transform transform)
    {
        var mapped = new float[numbers.Length];
        transform(numbers.Span, mapped);
        return mapped;
    }

    // Old broadcasting: the second input's axes begin at the given axis of the first; axes of 1 after it bring them there.
    private static OnnxTensor Aligned(NodeReader node, OnnxTensor second, int rank, long? axis)
    {
        if (axis is not { } first) return second;
        long after = rank - first - second.Dims.Length;
        return after >= 0
            ? second.WithDims([.. second.Dims, .. Enumerable.Repeat(1, (int)after)])
            : throw node.Refuse(
                $"its second input {second.DimsText} does not fit from axis {first} on into a tensor of "
                    + $"{Counted.Of(rank, "axis")}");
    }

    /// <summary>
    /// Writes scale x + shift. By channel with both: a BatchNormalization of mean 0 and variance 1 with
    /// epsilon 0, whose scale and bias are these very numbers, since gamma / sqrt(1 + 0) is gamma and beta - 0 gamma is beta.
    /// Otherwise Mul and Add; a difference from a constant keeps its form, and a quotient becomes a product with the reciprocal
    /// that the layer holds.
    /// </summary>
    public static void Write(NodeWriter node, Affine affine)
    {
        if (affine.Scale.IsEmpty && affine.Shift.IsEmpty) node.Last("Identity", [node.Input]);
        else if (affine.Shift.IsEmpty) node.Last("Mul", [node.Input, node.Weights("scale", affine.Scale, affine.ScaleShape.Lengths)]);
        else if (affine.Scale.IsEmpty) node.Last("Add", [node.Input, node.Weights("shift", affine.Shift, affine.ShiftShape.Lengths)]);
        else if (affine.Operator == "Sub" && affine.Scale.Length == 1 && affine.Scale.Span[0] == -1)
            node.Last("Sub", [node.Weights("shift", affine.Shift, affine.ShiftShape.Lengths), node.Input]);
        else if (NormalizationOperators.IsByChannel(node, affine.ScaleShape) && affine.ShiftShape == affine.ScaleShape) NormalizationOperators.Write(node, affine);
        else
        {
            string scaled = node.Before("Mul", "scaled", [node.Input, node.Weights("/scaled.scale", affine.Scale, affine.ScaleShape.Lengths)]);
            node.Last("Add", [scaled, node.Weights("shift", affine.Shift, affine.ShiftShape.Lengths)]);
        }
    }

    /// <summary>Writes Add, Sub or Sum of two tensors.</summary>
    public static void Write(NodeWriter node, Sum sum) =>
        node.Last(sum.Subtracts ? "Sub" : sum.Operator == "Sum" ? "Sum" : "Add", [node.Input, node.Tensor(1)]);
}
