using System.Numerics.Tensors;

namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// The structural similarity of two maps (Wang, Bovik, Sheikh, Simoncelli 2004), in windows of 7 x 7 pixels that all weigh the
/// same: the mean over all windows that lie whole on the map of
/// (2 ma mb + C1) (2 sab + C2) / ((ma^2 + mb^2 + C1) (sa^2 + sb^2 + C2)), with the means m, variances s^2 and covariance sab of a
/// window (n - 1 below the sums), C1 = (0.01 L)^2, C2 = (0.03 L)^2 and L the range of values [secondary].
/// </summary>
public static class StructuralSimilarity
{
    /// <summary>Rows and columns of a window; fewer, but an odd number, on a smaller map.</summary>
    public const int Window = 7;

    private const double K1 = 0.01, K2 = 0.03;

    /// <summary>
    /// A map divided by its greatest magnitude [ours]: |w| then has the range 0 .. 1 and L = 1, signed w -1 .. 1 and L = 2. A map
    /// of zeros stays so.
    /// </summary>
    public static float[] Normalise(SaliencyMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        float[] values = map.Values.ToArray();
        if (map.Peak > 0) TensorPrimitives.Divide(values, map.Peak, values);
        return values;
    }

    /// <summary>The similarity of two maps of one size.</summary>
    /// <param name="a">[height, width].</param>
    /// <param name="b">[height, width].</param>
    /// <param name="width">Columns.</param>
    /// <param name="range">L: how far the lowest and highest possible values are apart.</param>
    /// <returns>-1 to 1; 1 where both are equal.</returns>
    public static double Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int width, double range)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(b.Length, a.Length, nameof(b));
        ArgumentOutOfRangeException.ThrowIfZero(a.Length, nameof(a));
        ArgumentOutOfRangeException.ThrowIfNotEqual(a.Length % width, 0, nameof(width));
        int height = a.Length / width, side = Math.Min(Window, Math.Min(width, height));
        if (side % 2 == 0) side--;
        double c1 = K1 * range * (K1 * range), c2 = K2 * range * (K2 * range), n = side * side, sum = 0;
        int windows = 0;
        for (int top = 0; top + side <= height; top++)
        {
            for (int left = 0; left + side <= width; left++, windows++)
            {
                double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
                for (int y = top; y < top + side; y++)
                {
                    ReadOnlySpan<float> rowA = a.Slice(y * width + left, side), rowB = b.Slice(y * width + left, side);
                    for (int x = 0; x < side; x++)
                    {
                        double va = rowA[x], vb = rowB[x];
                        sa += va;
                        sb += vb;
                        saa += va * va;
                        sbb += vb * vb;
                        sab += va * vb;
                    }
                }

                // Of a single pixel there is no variance.
                double freedom = Math.Max(1, n - 1), ma = sa / n, mb = sb / n;
                double varianceA = Math.Max(0, saa - sa * ma) / freedom, varianceB = Math.Max(0, sbb - sb * mb) / freedom,
                    covariance = (sab - sa * mb) / freedom;
                sum += (2 * ma * mb + c1) * (2 * covariance + c2)
                    / ((ma * ma + mb * mb + c1) * (varianceA + varianceB + c2));
            }
        }

        return sum / windows;
    }
}
