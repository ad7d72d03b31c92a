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
    /// Sigmoid, Tanh, HardSigmoid, HardSwish, Elu, Selu, Celu, Softplus, Softsign, Exp, Log, Sqrt, Abs, Reciprocal.
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
            _ => new ElementFunction(FunctionKind.Reciprocal),
        });
    }

    /// <summary>Neg: the product with -1.</summary>
    public static Value Neg(NodeReader node)
    {
        node.Ignore("consumed_inputs");
        return node.IsConstant
            ? node.Fold(1, inputs => Map(node, inputs[0], x => -x))
            : node.Emit(new Affine(node.Name, "Neg", new float[] { -1 }, new Shape(), default, new Shape()), node.Activation());
    }

    /// <summary>Pow with a constant exponent of one number. Up to version 6 shapes broadcast by attributes.</summary>
    public static Value Pow(NodeReader node)
    {
        if (node.Opset < 7) node.Ignore("broadcast", "axis");
        OnnxTensor exponent = node.Constant(1, "exponent");
        if (exponent.Count != 1)
            throw node.Refuse($"its exponent has {exponent.Count} numbers; one is supported");
        return Emit(node, new ElementFunction(FunctionKind.Power, exponent.Floats.Span[0]), inputs: 2);
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
            case FunctionKind.Power:
                node.Last("Pow", [node.Input, node.Weights("exponent", new[] { f.Alpha })]);
                break;
            default: node.Last(layer.Operator, [node.Input]); break;
        }
    }

    private static Value Emit(NodeReader node, ElementFunction f, int inputs = 1) => node.IsConstant
        ? node.Fold(inputs, tensors => Map(node, tensors[0], f.Value))
        : node.Emit(new Elementwise(node.Name, node.Operator, f), node.Activation());

    private static OnnxTensor Map(NodeReader node, OnnxTensor tensor, Func<float, float> f)
    {
        float[] values = [.. tensor.Floats.ToArray().Select(f)];
        node.RequireFinite(values, "result");
        return OnnxTensor.OfFloats(node.Name, tensor.Dims, values);
    }
}
