using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// Deletion and insertion (Petsiuk, Das, Saenko, "RISE", 2018): pixels are replaced one after another in the order of a map, the
/// highest first, and the class's probability is watched. Deletion replaces the picture's pixels by its mean colour [ours],
/// insertion those of the blurred picture by the picture's own. An image is [C, H, W], or [H, W, C].
/// </summary>
/// <param name="Layout">The order of the image's axes.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
public sealed record PixelCurve(ImageLayout Layout, int Channels, int Height, int Width)
{
    /// <summary>Pixels of an image.</summary>
    public int Pixels => Height * Width;

    private int ChannelStride => Layout == ImageLayout.Nchw ? Pixels : 1;

    private int PixelStride => Layout == ImageLayout.Nchw ? 1 : Channels;

    /// <summary>The pixels from the highest value to the lowest, those of equal value in row-major order.</summary>
    public static int[] Order(ReadOnlySpan<float> map)
    {
        float[] values = map.ToArray();
        return [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])]; // a stable sort
    }

    /// <summary>All pixels in an order by chance.</summary>
    /// <param name="pixels">How many.</param>
    /// <param name="random">Where it comes from.</param>
    public static int[] RandomOrder(int pixels, CounterRandom random)
    {
        int[] order = [.. Enumerable.Range(0, pixels)];
        Array.Sort([.. order.Select(i => random.Bits(i))], order);
        return order;
    }

    /// <summary>How many pixels are replaced at each of the points of a curve, from none to all: round(k N / steps).</summary>
    public static int[] Counts(int pixels, int steps) =>
        [.. Enumerable.Range(0, steps + 1).Select(k => (int)(((long)k * pixels * 2 + steps) / (2L * steps)))];

    /// <summary>The area under a curve by the trapezium rule: its mean height, where x goes from 0 to 1.</summary>
    /// <param name="x">Ascending.</param>
    /// <param name="y">As many.</param>
    public static double Area(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Length, x.Length, nameof(y));
        double area = 0;
        for (int i = 1; i < x.Length; i++) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
        return area;
    }

    /// <summary>Replaces pixels of an image by another's.</summary>
    /// <param name="image">Changed.</param>
    /// <param name="other">Of the same shape.</param>
    /// <param name="pixels">Which, numbered in row-major order.</param>
    public void Replace(Span<float> image, ReadOnlySpan<float> other, ReadOnlySpan<int> pixels)
    {
        foreach (int pixel in pixels)
        {
            for (int c = 0; c < Channels; c++)
            {
                int i = c * ChannelStride + pixel * PixelStride;
                image[i] = other[i];
            }
        }
    }

    /// <summary>An image of one colour: the mean of another's pixels, channel by channel.</summary>
    public float[] MeanColour(ReadOnlySpan<float> image)
    {
        var mean = new float[image.Length];
        for (int c = 0; c < Channels; c++)
        {
            double sum = 0;
            for (int p = 0; p < Pixels; p++) sum += image[c * ChannelStride + p * PixelStride];
            for (int p = 0; p < Pixels; p++) mean[c * ChannelStride + p * PixelStride] = (float)(sum / Pixels);
        }

        return mean;
    }

    /// <summary>
    /// The image blurred by a Gaussian, sampled at whole pixels up to 3 deviations away; beyond the edge its pixels go on.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="sigma">The deviation in pixels; more than 0.</param>
    public float[] Blur(ReadOnlySpan<float> image, double sigma)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma);
        int reach = Math.Max(1, (int)Math.Ceiling(3 * sigma));
        double[] weights = [.. Enumerable.Range(-reach, 2 * reach + 1).Select(d => Math.Exp(-d * d / (2 * sigma * sigma)))];
        double sum = weights.Sum();
        for (int i = 0; i < weights.Length; i++) weights[i] /= sum;
        var blurred = new float[image.Length];
        var rows = new double[Pixels];
        for (int c = 0; c < Channels; c++)
        {
            for (int p = 0; p < Pixels; p++)
            {
                double value = 0;
                for (int d = -reach; d <= reach; d++)
                {
                    int q = p - p % Width + Math.Clamp(p % Width + d, 0, Width - 1);
                    value += weights[d + reach] * image[c * ChannelStride + q * PixelStride];
                }

                rows[p] = value;
            }

            for (int p = 0; p < Pixels; p++)
            {
                double value = 0;
                for (int d = -reach; d <= reach; d++)
                    value += weights[d + reach] * rows[Math.Clamp(p / Width + d, 0, Height - 1) * Width + p % Width];
                blurred[c * ChannelStride + p * PixelStride] = (float)value;
            }
        }

        return blurred;
    }
}
