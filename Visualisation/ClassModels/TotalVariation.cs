namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// TV(I) = sum over c, y, x of sqrt(dx^2 + dy^2 + e^2) - e, with dx, dy the differences to the pixels on the right and below,
/// 0 at the edges (Mahendran and Vedaldi 2015, beta = 1). e makes it differentiable where the image is flat.
/// </summary>
public static class TotalVariation
{
    /// <summary>TV(I); adds -weight dTV/dI to a signal.</summary>
    /// <param name="image">[C, H, W].</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="smoothing">e, in units of the image.</param>
    /// <param name="weight">Of the penalty.</param>
    /// <param name="signal">[C, H, W].</param>
    public static double Subtract(ReadOnlySpan<float> image, int height, int width, double smoothing, double weight,
        Span<float> signal)
    {
        double sum = 0;
        for (int i = 0; i < image.Length; i++)
        {
            int x = i % width, y = i / width % height;
            double dx = x + 1 < width ? image[i + 1] - image[i] : 0, dy = y + 1 < height ? image[i + width] - image[i] : 0;
            double length = Math.Sqrt(dx * dx + dy * dy + smoothing * smoothing);
            sum += length - smoothing;
            // d length / d I(y, x) = -(dx + dy) / length, and dx / length, dy / length at the neighbours.
            signal[i] += (float)(weight * (dx + dy) / length);
            if (x + 1 < width) signal[i + 1] -= (float)(weight * dx / length);
            if (y + 1 < height) signal[i + width] -= (float)(weight * dy / length);
        }

        return sum;
    }
}
