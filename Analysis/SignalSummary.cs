namespace NetViz.Analysis;

/// <summary>A signal in a few numbers, each sum in double.</summary>
/// <param name="Count">How many values it has.</param>
/// <param name="L1">sum |R|.</param>
/// <param name="L2">The square root of sum R^2.</param>
/// <param name="Min">The smallest value.</param>
/// <param name="Max">The largest value.</param>
/// <param name="Zeros">How many values are exactly 0.</param>
/// <param name="NotFinite">How many are NaN or infinite; the other figures leave them out.</param>
public sealed record SignalSummary(long Count, double L1, double L2, double Min, double Max, long Zeros, long NotFinite)
{
    /// <summary>Sums a signal up.</summary>
    public static SignalSummary Of(ReadOnlySpan<double> signal)
    {
        double l1 = 0, squares = 0, min = double.PositiveInfinity, max = double.NegativeInfinity;
        long zeros = 0, notFinite = 0;
        foreach (double r in signal)
        {
            if (!double.IsFinite(r))
            {
                notFinite++;
                continue;
            }

            if (r == 0) zeros++;
            l1 += Math.Abs(r);
            squares += r * r;
            min = Math.Min(min, r);
            max = Math.Max(max, r);
        }

        bool none = notFinite == signal.Length;
        return new SignalSummary(signal.Length, l1, Math.Sqrt(squares), none ? 0 : min, none ? 0 : max, zeros, notFinite);
    }
}
