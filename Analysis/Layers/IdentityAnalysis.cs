using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y = x.
/// </summary>
internal sealed class IdentityAnalysis : LayerAnalysis<Identity>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Identity layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1}", $"nothing happens here; {Same}");

    /// <inheritdoc/>
    protected override TracePart Forward(Identity layer, ForwardElement e) => e.Part("y = x", null, [e.Term(null, 1, e.Element)]);

    /// <inheritdoc/>
    protected override TracePart Backward(Identity layer, BackwardElement e) =>
        e.Part("R_n = R_{n+1}", null, [e.Term(null, 1, e.Element)]);

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Identity layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [LiteralSignal.Moved([.. r])];
}
