using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>
/// Functions of one element that are no rectifiers: smooth activation functions, powers, exponentials and their like.
/// </summary>
internal static class FunctionOperators
{
    // The constants of Selu, as ONNX has them.
    private const float SeluAlpha = 1.67326319217681884765625f, SeluGamma = 1.05070102214813232421875f;

    /// <summary>
    /// Sigmoid, Tanh, HardSigmoid, HardSwish, Elu, Selu, Celu, Softplus, Softsign, Exp, Log, Sqrt, Abs, Reciprocal, Erf, Gelu,
    /// Mish, Swish, ThresholdedRelu.
    /// </summary>
    public static Value Read(NodeReader node)
    {
        node.Ignore("consumed_inputs"); // version 1: a hint to reuse memory
        return Emit(node, node.Operator switch
        {
            "Sigmoid" => new ElementFunction(FunctionKind.Sigmoid),
            "Tanh" => new ElementFunction(FunctionKind.Tanh),
            "HardSigmoid" => new ElementFunction(FunctionKind.HardSigmoid, node.Float("alpha", 0.2f), node.Float("beta", 0.5f)),
            "HardSwish" => new ElementFunction(FunctionKind.HardSwish),
            "Elu" => new ElementFunction(FunctionKind.Elu, node.Float("alpha", 1f), 1f),
            "Selu" => new ElementFunction(FunctionKind.Elu, node.Float("alpha", SeluAlpha), node.Float("gamma", SeluGamma)),
            "Celu" => new ElementFunction(FunctionKind.Celu, node.Float("alpha", 1f)),
            "Softplus" => new ElementFunction(FunctionKind.Softplus),
            "Softsign" => new ElementFunction(FunctionKind.Softsign),
            "Exp" => new ElementFunction(FunctionKind.Exp),
            "Log" => new ElementFunction(FunctionKind.Log),
            "Sqrt" => new ElementFunction(FunctionKind.Sqrt),
            "Abs" => new ElementFunction(FunctionKind.Abs),
            "Erf" => new ElementFunction(FunctionKind.Erf),
            "Gelu" => new ElementFunction(node.Text("approximate", "none") switch
            {
                "none" => FunctionKind.Gelu,
                "tanh" => FunctionKind.GeluTanh,
                var other => throw node.Refuse($"approximate is '{other}'; none and tanh are supported"),
            }),
            "Mish" => new ElementFunction(FunctionKind.Mish),
            "Swish" => new ElementFunction(FunctionKind.Swish, node.Float("alpha", 1f)),
            "ThresholdedRelu" => new ElementFunction(FunctionKind.ThresholdedRelu, node.Float("alpha", 1f)),
            _ => new ElementFunction(FunctionKind.Reciprocal),
        });
    }

    /// <summary>Neg: the product with -1.</summary>
    public static Value Neg(NodeReader node)
    {
        node.Ignore("consumed_inputs");
        return node.IsConstant
            ? node.Fold(1, inputs => Folding.Map(node, inputs[0], x => -x, x => unchecked(-x)))
            : node.Emit(new Affine(node.Name, "Neg", new float[] { -1 }, new Shape(), default, new Shape()), node.Activation());
    }

    /// <summary>Pow with a constant exponent of one number. Up to version 6 shapes broadcast by attributes.</summary>
    public static Value Pow(NodeReader node)
    {
        if (node.Opset < 7) node.Ignore("broadcast", "axis");
        if (node.IsConstant) return node.Fold(2, inputs => Folding.Pow(node, inputs));
        OnnxTensor exponent = node.Constant(1, "exponent");
        if (exponent.Count != 1)
            throw node.Refuse($"its exponent has {exponent.Count} numbers; one is supported");
        return Emit(node, new ElementFunction(FunctionKind.Power,
            exponent.IsFloat ? exponent.Floats.Span[0] : exponent.Integers.Span[0]));
    }

    /// <summary>Writes a function's node.</summary>
    public static void Write(NodeWriter node, Elementwise layer)
    {
        ElementFunction f = layer.Function;
        switch (f.Kind)
        {
            case FunctionKind.HardSigmoid:
                node.Last("HardSigmoid", [node.Input], NodeWriter.Attribute("alpha", f.Alpha), NodeWriter.Attribute("beta", f.Beta));
                break;
            case FunctionKind.HardSwish:
                // Since version 14; the file is then written in a newer one.
                node.Last("HardSwish", [node.Input]);
                break;
            case FunctionKind.Elu when layer.Operator == "Selu":
                node.Last("Selu", [node.Input], NodeWriter.Attribute("alpha", f.Alpha), NodeWriter.Attribute("gamma", f.Beta));
                break;
            case FunctionKind.Elu or FunctionKind.Celu:
                node.Last(layer.Operator, [node.Input], NodeWriter.Attribute("alpha", f.Alpha));
                break;
            case FunctionKind.ThresholdedRelu:
                node.Last("ThresholdedRelu", [node.Input], NodeWriter.Attribute("alpha", f.Alpha));
                break;
            case FunctionKind.Gelu or FunctionKind.GeluTanh or FunctionKind.Mish or FunctionKind.Swish:
                WriteChain(node, f);
                break;
            case FunctionKind.Power:
                node.Last("Pow", [node.Input, node.Weights("exponent", new[] { f.Alpha })]);
                break;
            default: node.Last(layer.Operator, [node.Input]); break;
        }
    }

    // Gelu, Mish and Swish as chains of older operators, so that the file stays one of operator set 13.
    private static void WriteChain(NodeWriter node, ElementFunction f)
    {
        string x = node.Input;
        string Times(string what, string y, float factor) => node.Before("Mul", what, [y, Number(node, $"/{what}.scale", factor)]);
        switch (f.Kind)
        {
            case FunctionKind.Gelu:
                Half(node, x, node.Before("Erf", "erf", [Times("scaled", x, MathF.Sqrt(0.5f))]));
                break;
            case FunctionKind.GeluTanh:
                string square = node.Before("Mul", "square", [x, x]);
                string one = node.Before("Add", "one", [Times("cubic", square, 0.044715f), Number(node, "/one.shift", 1f)]);
                string inner = node.Before("Mul", "inner", [one, x]);
                Half(node, x, node.Before("Tanh", "tanh", [Times("argument", inner, MathF.Sqrt(2 / MathF.PI))]));
                break;
            case FunctionKind.Mish:
                node.Last("Mul", [x, node.Before("Tanh", "tanh", [node.Before("Softplus", "softplus", [x])])]);
                break;
            default:
                node.Last("Mul", [x, node.Before("Sigmoid", "sigmoid", [f.Alpha == 1 ? x : Times("alpha", x, f.Alpha)])]);
                break;
        }
    }

    // x (1 + y) / 2.
    private static void Half(NodeWriter node, string x, string y)
    {
        string sum = node.Before("Add", "sum", [y, Number(node, "/sum.shift", 1f)]);
        node.Last("Mul", [x, node.Before("Mul", "half", [sum, Number(node, "/half.scale", 0.5f)])]);
    }

    private static string Number(NodeWriter node, string what, float value) => node.Weights(what, new[] { value });

    private static Value Emit(NodeReader node, ElementFunction f) => node.IsConstant
        ? node.Fold(1, tensors => Folding.Map(node, tensors[0], f.Value,
            f.Kind == FunctionKind.Abs ? x => Math.Abs(Math.Max(x, -long.MaxValue)) : null))
        : node.Emit(new Elementwise(node.Name, node.Operator, f), node.Activation());
}
