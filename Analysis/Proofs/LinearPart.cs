using NetViz.Analysis.Layers;
using NetViz.Engine.Model;

namespace NetViz.Analysis.Proofs;

/// <summary>
/// A network without its constants: every Conv, FullyConnected and Affine loses its bias, every Pad pads with 0. Where a layer is
/// f(x) = A x + b this leaves A, so a tangent v goes up by A v exactly as the kernels compute it; f(v) - b would lose digits
/// where b is large. Weights are shared, not copied.
/// </summary>
internal static class LinearPart
{
    /// <summary>The same graph, node by node.</summary>
    public static Network Of(Network network) =>
        network.WithLayers(layer => LayerAnalyses.Of(layer).WithoutConstantsOf(layer));
}
