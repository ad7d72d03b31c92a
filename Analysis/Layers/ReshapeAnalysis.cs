using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>Another shape. Elements keep their values and their row-major order.</summary>
internal sealed class ReshapeAnalysis : SameOrderAnalysis<Reshape>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Reshape layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1}, in the input's shape", $"elements keep their values and order; {Same}");
}
