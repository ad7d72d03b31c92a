using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y = a + b, or a - b. Both inputs get the signal.
/// </summary>
internal sealed class SumAnalysis : LayerAnalysis<Sum>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Sum layer, ReluRule rule, Unpooling unpooling) => layer.Subtracts
        ? ("R_a = R_{n+1},  R_b = -R_{n+1}", $"X_{{n+1}} = a - b; {ByExtension}")
        : ("R_a = R_{n+1},  R_b = R_{n+1}", $"X_{{n+1}} = a + b: both get the signal; {ByExtension}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Sum layer, Passage passage) => ["Linear: nothing is zeroed."];

    /// <inheritdoc/>
    protected override TracePart Forward(Sum layer, ForwardElement e) =>
        e.Part(layer.Subtracts ? "y = a - b" : "y = a + b", null,
            [e.Term("a", 1, e.Element), e.Term("b", layer.Subtracts ? -1 : 1, e.Element, input: 1)]);

    /// <inheritdoc/>
    protected override TracePart Backward(Sum layer, BackwardElement e)
    {
        bool minus = e.InputNumber == 1 && layer.Subtracts;
        return e.Part(minus ? "R_n = -R_{n+1}" : "R_n = R_{n+1}", null, [e.Term(null, minus ? -1 : 1, e.Element)]);
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Sum layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) =>
        [LiteralSignal.Moved([.. r]), LiteralSignal.Moved([.. r.Select(value => layer.Subtracts ? -value : value)])];
}
