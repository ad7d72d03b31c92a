namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// How few of a map's pixels hold how much of it: 0 where all are equal, 1 - 1/N where one holds everything.
/// </summary>
public static class GiniIndex
{
    /// <summary>
    /// Hurley and Rickard, "Comparing Measures of Sparsity" (2009): with |v| in ascending order, N numbers,
    /// G = 1 - 2 sum over k = 1 .. N of |v|_(k) / (sum of |v|) * (N - k + 1/2) / N.
    /// </summary>
    /// <param name="values">At least one number.</param>
    /// <returns>0 to 1; 0 where all are 0.</returns>
    public static double Of(ReadOnlySpan<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Length, nameof(values));
        float[] sorted = values.ToArray();
        for (int i = 0; i < sorted.Length; i++) sorted[i] = Math.Abs(sorted[i]);
        Array.Sort(sorted);
        double sum = 0, weighted = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            sum += sorted[i];
            weighted += sorted[i] * (sorted.Length - i - 0.5);
        }

        return sum > 0 ? 1 - 2 * weighted / (sum * sorted.Length) : 0;
    }
}
