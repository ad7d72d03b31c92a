using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>Operations on two tensors that the network computes.</summary>
internal static class PairOperators
{
    /// <summary>Add, Sub, Mul, Div, Sum of two activations.</summary>
    public static ActivationValue Emit(NodeReader node, ActivationValue a, ActivationValue b) =>
        node.Emit(LayerOf(node.Name, node.Operator, a, b), a, b);

    /// <summary>
    /// The layer for two activations: a sum or difference of equal shapes, which keeps nothing, or a pair that broadcasts.
    /// </summary>
    public static Layer LayerOf(string name, string operation, ActivationValue a, ActivationValue b)
    {
        bool isSum = operation is "Add" or "Sub" or "Sum";
        if (isSum && a.Shape == b.Shape && a.ShapeAtOtherBatch == b.ShapeAtOtherBatch)
            return new Sum(name, operation, subtract: operation == "Sub");
        return new Pair(name, operation, operation switch
        {
            "Add" or "Sum" => PairKind.Sum,
            "Sub" => PairKind.Difference,
            "Mul" => PairKind.Product,
            "Div" => PairKind.Quotient,
            "Min" => PairKind.Minimum,
            _ => PairKind.Maximum,
        });
    }

    /// <summary>
    /// Min and Max of any number of inputs: with a constant of one number a Clip, with another constant c the same of x - c,
    /// and c added again; of two activations a layer that takes the one or the other. Inputs broadcast since version 8.
    /// </summary>
    public static Value Extremum(NodeReader node)
    {
        node.Ignore("consumed_inputs");
        if (node.InputCount == 0) throw node.Refuse("it has no input");
        if (node.IsConstant) return node.Fold(node.InputCount, inputs => Folding.Chain(node, inputs));
        ActivationValue[] activations = [.. Enumerable.Range(0, node.InputCount).Select(node.Input).OfType<ActivationValue>()];
        OnnxTensor[] constants =
        [
            .. from i in Enumerable.Range(0, node.InputCount)
               where node.Input(i) is ConstantValue
               select node.Constant(i, $"input {i}"),
        ];
        if (activations.Length + constants.Length < node.InputCount) throw node.Refuse("one of its inputs is missing");
        OnnxTensor? constant = constants.Length == 0 ? null : constants.Length == 1 ? constants[0] : Folding.Chain(node, constants);
        int steps = activations.Length - 1 + (constant is null ? 0 : 1);
        ActivationValue value = activations[0];
        if (steps == 0) return node.Emit(new Identity(node.Name, node.Operator), value);
        for (int i = 1; i < activations.Length; i++)
        {
            (ActivationValue a, ActivationValue b) = (value, activations[i]);
            value = i == steps
                ? node.Emit(LayerOf(node.Name, node.Operator, a, b), a, b)
                : node.EmitBefore(name => LayerOf(name, node.Operator, a, b), $"{i}", a, b);
        }

        return constant is null ? value : WithConstant(node, value, constant);
    }

    /// <summary>
    /// PRelu: the slope is a constant that broadcasts to the input; one number makes it a LeakyRelu. Up to version 6 a slope [C]
    /// is by channel; since version 7 it is aligned with the last axes.
    /// </summary>
    public static Value PRelu(NodeReader node)
    {
        node.Ignore("consumed_inputs");
        ActivationValue x = node.Activation();
        OnnxTensor slope = node.Constant(1, "slope");
        node.RequireFinite(slope.Floats.Span, "slope");
        if (slope.Count == 0) throw node.Refuse($"its slope {slope.DimsText} is empty");
        if (slope.Count == 1) return node.Emit(new LeakyRelu(node.Name, slope.Floats.Span[0], "PRelu"), x);
        int[] dims = slope.Dims.ToArray();
        if (node.Opset < 7 && dims.Length == 1 && x.Shape.Rank > 1)
            dims = [dims[0], .. Enumerable.Repeat(1, x.Shape.Rank - 2)];
        var shape = new Shape(dims);
        if (!Broadcasting.Covers(x.Shape, shape))
        {
            throw node.Refuse($"its slope has the shape {shape} and its input {x.Shape}; a slope that broadcasts to the input is "
                + "supported", "slopes by channel of images have the shape [C, 1, 1]");
        }

        return node.Emit(new PRelu(node.Name, slope.Floats, shape), x);
    }

    /// <summary>Writes a pair's node.</summary>
    public static void Write(NodeWriter node, Pair pair) => node.Last(pair.Kind switch
    {
        PairKind.Sum => pair.Operator == "Sum" ? "Sum" : "Add",
        PairKind.Difference => "Sub",
        PairKind.Product => "Mul",
        PairKind.Quotient => "Div",
        PairKind.Minimum => "Min",
        _ => "Max",
    }, [node.Input, node.Tensor(1)]);

    /// <summary>Writes a rectifier with slopes of its own by channel.</summary>
    public static void Write(NodeWriter node, PRelu layer) =>
        node.Last("PRelu", [node.Input, node.Weights("slope", layer.Slopes, layer.SlopesShape.Lengths)]);

    private static ActivationValue WithConstant(NodeReader node, ActivationValue x, OnnxTensor constant)
    {
        ReadOnlyMemory<float> numbers = constant.Floats;
        node.RequireFinite(numbers.Span, "constant");
        if (constant.Count == 1 && constant.Dims.Length <= x.Shape.Rank) return node.Emit(Clip(node.Name, numbers.Span[0]), x);

        // min(x, c) = min(x - c, 0) + c.
        var shape = new Shape(constant.Dims);
        ConstantFolding.RequireAffordable(constant.Dims, node.MostElements);
        float[] negative = [.. numbers.ToArray().Select(number => -number)];
        Affine Add(string name, ReadOnlyMemory<float> shift) => new(name, "Add", default, new Shape(), shift, shape);
        ActivationValue difference = node.EmitBefore(name => Add(name, negative), "difference", x);
        ActivationValue clipped = node.EmitBefore(name => Clip(name, 0f), "clipped", difference);
        return node.Emit(Add(node.Name, numbers), clipped);

        Clip Clip(string name, float bound) => node.Operator == "Min"
            ? new Clip(name, float.NegativeInfinity, bound, "Min")
            : new Clip(name, bound, float.PositiveInfinity, "Max");
    }
}
