using NetViz.Engine.Model;

namespace NetViz.Analysis.Layers;

/// <summary>A layer in a few words.</summary>
public static class LayerDescription
{
    /// <summary>Returns the words, for example <c>Conv 3x3 / 2</c>; the operator for a layer that has no analysis.</summary>
    /// <param name="layer">The layer.</param>
    public static string Of(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return LayerAnalyses.Find(layer.GetType())?.DescriptionOf(layer) ?? layer.Operator;
    }
}
