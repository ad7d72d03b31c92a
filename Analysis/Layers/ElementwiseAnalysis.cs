using System.Globalization;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y = f(x) of functions that are no rectifiers. Every rule differentiates them. Values and derivatives are written anew, in
/// double.
/// </summary>
internal sealed class ElementwiseAnalysis : LayerAnalysis<Elementwise>
{
    /// <inheritdoc/>
    public override bool IsCurved => true;

    // exp, log and the few operations around them, in units of the last place of float32.
    private const int Roundings = 24;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Elementwise layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = f'(X_n) R_{n+1}", $"f = {layer.Operator}: differentiated at the layer's input under all rules");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Elementwise layer, Passage passage) =>
        ["Each value is multiplied by f'(x); it is zeroed only where f is flat."];

    /// <inheritdoc/>
    protected override TracePart Forward(Elementwise layer, ForwardElement e)
    {
        double x = e.Activation()[e.Element];
        return e.Part($"y = {layer.Operator}(x)", string.Create(CultureInfo.InvariantCulture, $"x = {NumberText.Fixed(x, "g6")}"),
            [e.Term(null, null, e.Element, Value(layer.Function, x))]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Elementwise layer, BackwardElement e)
    {
        double slope = Slope(layer.Function, e.Kept.Input[e.Element]);
        return e.Part("R_n = f'(x) R_{n+1}", null, [e.Term("f'(x)", slope, e.Element)]);
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Elementwise layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => null;

    /// <summary>f'(x) v. Diagonal, so its own transpose.</summary>
    protected override LiteralSignal? Derivative(Elementwise layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed)
    {
        double[] values = [.. v.Select((value, i) => value * Slope(layer.Function, kept.Input[i]))];
        return new LiteralSignal(values, [.. values.Select(Math.Abs)], [.. values.Select(_ => Roundings)]);
    }

    private static double Value(ElementFunction f, double x) => f.Kind switch
    {
        FunctionKind.Sigmoid => 1 / (1 + Math.Exp(-x)),
        FunctionKind.Tanh => Math.Tanh(x),
        FunctionKind.HardSigmoid => Math.Clamp(f.Alpha * x + f.Beta, 0, 1),
        FunctionKind.HardSwish => x * Math.Clamp(x / 6 + 0.5, 0, 1),
        FunctionKind.Elu => x > 0 ? f.Beta * x : f.Beta * f.Alpha * (Math.Exp(x) - 1),
        FunctionKind.Celu => x > 0 ? x : f.Alpha * (Math.Exp(x / f.Alpha) - 1),
        FunctionKind.Softplus => x > 30 ? x : Math.Log(1 + Math.Exp(x)),
        FunctionKind.Softsign => x / (1 + Math.Abs(x)),
        FunctionKind.Exp => Math.Exp(x),
        FunctionKind.Log => Math.Log(x),
        FunctionKind.Sqrt => Math.Sqrt(x),
        FunctionKind.Abs => Math.Abs(x),
        FunctionKind.Reciprocal => 1 / x,
        _ => Math.Pow(x, f.Alpha),
    };

    private static double Slope(ElementFunction f, double x)
    {
        double y = f.Kind is FunctionKind.Sigmoid or FunctionKind.Softplus ? 1 / (1 + Math.Exp(-x)) : 0;
        return f.Kind switch
        {
            FunctionKind.Sigmoid => x > 0 ? y / (1 + Math.Exp(x)) : y * (1 - y),
            FunctionKind.Softplus => y,
            FunctionKind.Tanh => 1 / Math.Pow(Math.Cosh(x), 2),
            FunctionKind.HardSigmoid => f.Alpha * x + f.Beta is > 0 and < 1 ? f.Alpha : 0,
            FunctionKind.HardSwish => x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6,
            FunctionKind.Elu => f.Beta * (x > 0 ? 1 : f.Alpha * Math.Exp(x)),
            FunctionKind.Celu => x > 0 ? 1 : Math.Exp(x / f.Alpha),
            FunctionKind.Softsign => Math.Pow(1 + Math.Abs(x), -2),
            FunctionKind.Exp => Math.Exp(x),
            FunctionKind.Log => 1 / x,
            FunctionKind.Sqrt => 1 / (2 * Math.Sqrt(x)),
            FunctionKind.Abs => Math.Sign(x),
            FunctionKind.Reciprocal => -1 / (x * x),
            _ => f.Alpha * Math.Pow(x, f.Alpha - 1),
        };
    }
}
