using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.Proofs;

/// <summary>
/// A network without its constants: every Conv, FullyConnected and Affine loses its bias, every Pad pads with 0. Where a layer is
/// f(x) = A x + b this leaves A, so a tangent v goes up by A v exactly as the kernels compute it; f(v) - b would lose digits
/// where b is large. Weights are shared, not copied.
/// </summary>
internal static class LinearPart
{
    /// <summary>The same graph, node by node.</summary>
    public static Network Of(Network network) => network.WithLayers(Of);

    private static Layer Of(Layer layer) => layer switch
    {
        Conv c => new Conv(c.Name, c.Weight, c.WeightShape, default, c.Window, c.Groups),
        FullyConnected f => new FullyConnected(f.Name, f.Operator, f.Weight, f.Inputs, f.Outputs, f.WeightIsInByOut, default,
            f.Alpha),
        Affine a => new Affine(a.Name, a.Operator, a.Scale, a.ScaleShape, default, new Shape()),
        Pad p => new Pad(p.Name, p.Before, p.After, 0),
        _ => layer,
    };
}
