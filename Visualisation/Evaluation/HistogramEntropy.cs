using System.Numerics.Tensors;

namespace NetViz.Visualisation.Evaluation;

/// <summary>How much there is in a map: the entropy of the histogram of its numbers.</summary>
public static class HistogramEntropy
{
    /// <summary>-sum over bins of p log p, in nats, the bins of equal width between the least and the largest number.</summary>
    /// <param name="values">Finite numbers.</param>
    /// <param name="bins">How many bins.</param>
    /// <returns>0 where all numbers are equal; log(bins) at most.</returns>
    public static double Of(ReadOnlySpan<float> values, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (values.IsEmpty) return 0;
        double least = TensorPrimitives.Min(values), span = TensorPrimitives.Max(values) - least;
        if (!(span > 0)) return 0;
        var counts = new int[bins];
        foreach (float value in values) counts[Math.Min(bins - 1, (int)((value - least) / span * bins))]++;
        double entropy = 0;
        foreach (int count in counts)
        {
            if (count == 0) continue;
            double share = (double)count / values.Length;
            entropy -= share * Math.Log(share);
        }

        return entropy;
    }
}
