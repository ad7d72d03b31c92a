using NetViz.Analysis.Stepping;

namespace NetViz.Analysis.Layers;

/// <summary>What a layer zeroed of the signal and why, in sentences with counts.</summary>
public static class PassageReasons
{
    /// <summary>Returns the sentences.</summary>
    public static IReadOnlyList<string> Of(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        return LayerAnalyses.Of(passage.Node.Layer).ReasonsOf(passage.Node.Layer, passage);
    }
}
