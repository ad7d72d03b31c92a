using NetViz.Engine;
using NetViz.Engine.Model;

namespace NetViz.Analysis.Layers;

/// <summary>The analysis of each type of layer.</summary>
internal static class LayerAnalyses
{
    /// <summary>All of them, one for each type of layer.</summary>
    public static IReadOnlyList<LayerAnalysis> All { get; } =
    [
        new ConvAnalysis(), new FullyConnectedAnalysis(), new RectifierAnalysis(), new MaxPoolAnalysis(), new AveragePoolAnalysis(),
        new AffineAnalysis(), new LrnAnalysis(), new SoftmaxAnalysis(), new SumAnalysis(), new ConcatAnalysis(), new PadAnalysis(),
        new TransposeAnalysis(), new ReshapeAnalysis(), new IdentityAnalysis(), new ElementwiseAnalysis(),
        new ConvTransposeAnalysis(), new AxisMappingAnalysis(), new SliceAnalysis(), new DepthToSpaceAnalysis(),
        new NormalizationAnalysis(),
        new PairAnalysis(), new ReduceAnalysis(),
    ];

    private static readonly Dictionary<Type, LayerAnalysis> ByType = All.ToDictionary(analysis => analysis.LayerType);

    /// <summary>Returns the analysis of a layer.</summary>
    /// <exception cref="NetVizException">Its type has none.</exception>
    public static LayerAnalysis Of(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Find(layer.GetType()) ?? throw new NetVizException(
            $"node '{layer.Name}' ({layer.Operator}): layers of the type {layer.GetType().Name} have no analysis",
            "proofs, traces and receptive fields need one; forward and backward passes do not");
    }

    /// <summary>Returns the analysis of a type of layer, or of the type it derives from; null if it has none.</summary>
    public static LayerAnalysis? Find(Type type)
    {
        for (Type? at = type; at is not null; at = at.BaseType)
            if (ByType.TryGetValue(at, out LayerAnalysis? analysis)) return analysis;
        return null;
    }
}
