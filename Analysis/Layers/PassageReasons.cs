using NetViz.Analysis.Stepping;
using NetViz.Engine;

namespace NetViz.Analysis.Layers;

/// <summary>What a layer zeroed of the signal and why, in sentences with counts.</summary>
public static class PassageReasons
{
    /// <summary>Returns the sentences.</summary>
    public static IReadOnlyList<string> Of(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (passage.Relevance is not null)
        {
            double above = passage.Above.Sum(), below = passage.Below.Sum(signal => signal?.Sum() ?? 0);
            return
            [
                $"Relevance above {NumberText.Fixed(above, "g5")}, below {NumberText.Fixed(below, "g5")}; the difference "
                    + $"{NumberText.Fixed(above - below, "g3")} is what biases and the stabiliser took, and what other inputs got.",
            ];
        }

        return LayerAnalyses.Of(passage.Node.Layer).ReasonsOf(passage.Node.Layer, passage);
    }
}
