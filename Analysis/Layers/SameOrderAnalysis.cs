using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>y = x: elements keep their values and their row-major order, perhaps in another shape.</summary>
internal abstract class SameOrderAnalysis<T> : LayerAnalysis<T>
    where T : Layer
{
    /// <inheritdoc/>
    protected override TracePart Forward(T layer, ForwardElement e) => e.Part("y = x", null, [e.Term(null, 1, e.Element)]);

    /// <inheritdoc/>
    protected override TracePart Backward(T layer, BackwardElement e) =>
        e.Part("R_n = R_{n+1}", null, [e.Term(null, 1, e.Element)]);

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(T layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [LiteralSignal.Moved([.. r])];
}
