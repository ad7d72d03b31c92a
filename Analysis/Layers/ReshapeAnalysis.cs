using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// Another shape. Elements keep their values and their row-major order.
/// </summary>
internal sealed class ReshapeAnalysis : LayerAnalysis<Reshape>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Reshape layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1}, in the input's shape", $"elements keep their values and order; {Same}");

    /// <inheritdoc/>
    protected override TracePart Forward(Reshape layer, ForwardElement e) => e.Part("y = x", null, [e.Term(null, 1, e.Element)]);

    /// <inheritdoc/>
    protected override TracePart Backward(Reshape layer, BackwardElement e) =>
        e.Part("R_n = R_{n+1}", null, [e.Term(null, 1, e.Element)]);

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Reshape layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [LiteralSignal.Moved([.. r])];
}
