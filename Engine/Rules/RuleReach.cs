using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Rules;

/// <summary>Where the rules part in a network and where they do not, in words.</summary>
public static class RuleReach
{
    private const int Listed = 6;

    /// <summary>Returns at how many rectifiers gradient, DeconvNet and guided part, and by which operators.</summary>
    /// <param name="network">The network.</param>
    public static string AtRectifiers(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        string[] rectifiers = [.. network.Nodes.Where(node => node.Layer is RectifierLayer).Select(node => node.Layer.Operator)];
        return rectifiers.Length == 0
            ? "gradient, DeconvNet and guided are the same: no piecewise linear rectifier"
            : $"gradient, DeconvNet and guided part at {Counted.Of(rectifiers.Length, "rectifier")} ({Operators(rectifiers)})";
    }

    /// <summary>
    /// Returns that all rules take the derivative at the network's smooth functions and at operations of two tensors; null if
    /// it has none on the way to its scores.
    /// </summary>
    /// <param name="network">The network.</param>
    public static string? AtSmoothLayers(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        string[] smooth = [.. network.Nodes.Where(node => node.Index < network.ScoreTensor && IsSmooth(node.Layer))
            .Select(node => node.Layer.Operator)];
        if (smooth.Length == 0) return null;
        int gates = Gates.Of(network).Count;
        return $"all rules take the derivative at {Operators(smooth)}"
            + (gates == 0 ? "" : $"; type:Mul=gate holds {Counted.Of(gates, "gate")} fixed");
    }

    private static bool IsSmooth(Layer layer) => layer is Elementwise
        or Pair { Kind: not (PairKind.Sum or PairKind.Difference) } or Reduce { Kind: not (ReduceKind.Sum or ReduceKind.Mean) };

    private static string Operators(string[] operators)
    {
        string[] distinct = [.. operators.Distinct().Order(StringComparer.Ordinal)];
        return string.Join(", ", distinct.Take(Listed)) + (distinct.Length > Listed ? ", ..." : "");
    }
}
