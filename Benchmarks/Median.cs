namespace NetViz.Benchmarks;

/// <summary>The middle of some times, which a disturbed run does not move.</summary>
internal static class Median
{
    /// <summary>The median; NaN of no values.</summary>
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
