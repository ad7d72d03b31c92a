using System.Globalization;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>Whether a map says next to nothing of where an object is.</summary>
internal static class NearlyEmpty
{
    // A signal that reaches so few pixels has quantiles of zeros: which pixels teach the colours is chance [ours].
    private const double FewPixels = 0.05;

    /// <summary>Why a box from this map means little; null where it does not.</summary>
    public static string? NoteOf(SaliencyMap map)
    {
        ReadOnlySpan<float> values = map.Values;
        int known = 0, other = 0;
        foreach (float value in values)
        {
            if (float.IsNaN(value)) continue;
            known++;
            if (value != 0) other++;
        }

        return known == 0 || other >= FewPixels * known ? null : other == 0
            ? "the signal is 0 everywhere: a box of it means nothing"
            : string.Create(CultureInfo.InvariantCulture,
                $"the signal is nearly empty, only {100.0 * other / known:0.0} % of its pixels are not 0: a box of it means little");
    }
}
