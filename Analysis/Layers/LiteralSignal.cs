namespace NetViz.Analysis.Layers;

/// <summary>
/// What the literal DeconvNet finds below a layer, in double, with all that bounds how far a float32 computation of the same
/// sums may lie from it.
/// </summary>
/// <param name="Values">R_n, row-major.</param>
/// <param name="Magnitudes">For each element the sum of |w| |r| over its terms; empty where elements only move.</param>
/// <param name="Roundings">
/// For each element how often a term is rounded at most: K for a sum of K products w r, of which those with r = 0 do not count,
/// since they add an exact 0; K - 1 for a plain sum. Empty where elements only move.
/// </param>
public sealed record LiteralSignal(double[] Values, double[] Magnitudes, int[] Roundings)
{
    /// <summary>2^-23, twice the largest relative error of one rounding to float32.</summary>
    public const double Unit = 1.0 / (1 << 23);

    /// <summary>2^-149, the smallest float32: what a product may lose that is too small for the format.</summary>
    public const double Smallest = 1.0 / (1L << 62) / (1L << 62) / (1 << 25);

    /// <summary>A signal whose elements moved and were not computed with: every back-end must have the same.</summary>
    public static LiteralSignal Moved(double[] values) => new(values, [], []);

    /// <summary>
    /// How far element j of a float32 sum of the same terms may lie from this one, in whatever order it is summed:
    /// K roundings by a relative 2^-24 each give at most K 2^-24 / (1 - K 2^-24) sum |w| |r| (Higham, Accuracy and Stability of
    /// Numerical Algorithms, section 3.1), which K 2^-23 sum |w| |r| exceeds up to K = 2^23; underflow adds K 2^-149.
    /// </summary>
    public double Bound(int j) => Roundings.Length == 0 ? 0 : Roundings[j] * (Unit * Magnitudes[j] + Smallest);
}
