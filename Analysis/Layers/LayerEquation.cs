using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// What a layer does to the signal, in one line of plain text. R_{n+1} is the signal above it, R_n the one below, X_n its input;
/// at rectifiers r and x for short.
/// </summary>
public static class LayerEquation
{
    /// <summary>Returns the equation and a remark on it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rule">The rule at it.</param>
    /// <param name="unpooling">Where it sends its signal, if it is a max-pooling.</param>
    public static (string Equation, string Remark) Of(Layer layer, ReluRule rule, Unpooling unpooling) =>
        LayerAnalyses.Of(layer).EquationOf(layer, rule, unpooling);
}
