namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// Spearman's rank correlation: the correlation of the ranks of two lists of numbers. 1 where both have the same order, -1 where
/// one has the other's reversed.
/// </summary>
public static class RankCorrelation
{
    /// <summary>The ranks 1 .. N; equal numbers share the mean of theirs.</summary>
    /// <param name="values">Finite numbers.</param>
    public static double[] Ranks(ReadOnlySpan<float> values)
    {
        float[] sorted = values.ToArray();
        int[] places = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, places);
        var ranks = new double[sorted.Length];
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && sorted[end] == sorted[start];) end++;
            for (int i = start; i < end; i++) ranks[places[i]] = (start + 1 + end) / 2.0;
        }

        return ranks;
    }

    /// <summary>The correlation of two lists of ranks.</summary>
    /// <param name="a">From <see cref="Ranks"/>.</param>
    /// <param name="b">As many.</param>
    /// <returns>-1 to 1; 0 where one of the lists has no order, its numbers being all equal.</returns>
    public static double OfRanks(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(b.Length, a.Length, nameof(b));
        // Ranks 1 .. N have the mean (N + 1) / 2, with ties too.
        double mean = (a.Length + 1) / 2.0, ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double da = a[i] - mean, db = b[i] - mean;
            ab += da * db;
            aa += da * da;
            bb += db * db;
        }

        return aa > 0 && bb > 0 ? ab / Math.Sqrt(aa * bb) : 0;
    }
}
