using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>y = x.</summary>
internal sealed class IdentityAnalysis : SameOrderAnalysis<Identity>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Identity layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1}", $"nothing happens here; {Same}");
}
