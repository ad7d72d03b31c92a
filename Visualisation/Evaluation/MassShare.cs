namespace NetViz.Visualisation.Evaluation;

/// <summary>How much of a map lies where it should: shares of its positive mass, and of its highest pixels.</summary>
public static class MassShare
{
    /// <summary>
    /// The share of a map's positive mass inside of a mask: the energy pointing game with a box (Wang et al., "Score-CAM", 2020),
    /// relevance mass accuracy with an object's pixels (Arras, Osman, Samek, "CLEVR-XAI", 2022).
    /// </summary>
    /// <param name="map">The map; numbers below zero count as 0.</param>
    /// <param name="mask">Whether a pixel is inside.</param>
    /// <returns>0 to 1; NaN of a map without positive numbers.</returns>
    public static double Of(ReadOnlySpan<float> map, ReadOnlySpan<bool> mask)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, map.Length, nameof(mask));
        double inside = 0, all = 0;
        for (int i = 0; i < map.Length; i++)
        {
            double mass = Math.Max(map[i], 0);
            all += mass;
            if (mask[i]) inside += mass;
        }

        return all > 0 ? inside / all : double.NaN;
    }

    /// <summary>
    /// Relevance rank accuracy (Arras, Osman, Samek 2022): of the K highest pixels, K those of the object, the share inside of it.
    /// Of equal numbers the first in row-major order counts as higher.
    /// </summary>
    /// <param name="map">The map.</param>
    /// <param name="mask">Whether a pixel is inside.</param>
    /// <returns>0 to 1; NaN of an empty mask, or of a map that is the same all over.</returns>
    public static double RankOf(ReadOnlySpan<float> map, ReadOnlySpan<bool> mask)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, map.Length, nameof(mask));
        int size = mask.Count(true), hits = 0;
        if (size == 0 || !map.ContainsAnyExcept(map[0])) return double.NaN;
        int[] order = PixelCurve.Order(map);
        for (int k = 0; k < size; k++) if (mask[order[k]]) hits++;
        return (double)hits / size;
    }
}
