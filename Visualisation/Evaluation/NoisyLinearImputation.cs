using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// Noisy linear imputation (Rong, Leemann, Borisov, Kasneci, Kasneci, "A Consistent and Efficient Evaluation Strategy for
/// Attribution Methods", ROAD, 2022): each removed pixel is the weighted mean of its eight neighbours, 1/6 for those beside it and
/// 1/12 for those across, all removed pixels together, and a little noise, so that no shape of what was removed can be seen. Beyond
/// the edge there are no neighbours, and the weights of the others are scaled to 1.
/// </summary>
/// <param name="layout">The order of the image's axes.</param>
/// <param name="channels">C.</param>
/// <param name="height">H.</param>
/// <param name="width">W.</param>
public sealed class NoisyLinearImputation(ImageLayout layout, int channels, int height, int width)
{
    /// <summary>The deviation of the noise, in units of the network's input [secondary: the paper's program].</summary>
    public const double Noise = 0.01;

    /// <summary>Sweeps of successive over-relaxation [ours]: they leave less than the noise.</summary>
    public const int Sweeps = 40;

    private const double Relaxation = 1.8;
    private const double Direct = 1 / 6.0, Diagonal = 1 / 12.0;

    private static readonly (int Y, int X, double Weight)[] Neighbours =
    [
        (-1, 0, Direct), (1, 0, Direct), (0, -1, Direct), (0, 1, Direct),
        (-1, -1, Diagonal), (-1, 1, Diagonal), (1, -1, Diagonal), (1, 1, Diagonal),
    ];

    /// <summary>The image with some of its pixels imputed.</summary>
    /// <param name="image">The image.</param>
    /// <param name="isRemoved">Which pixels are removed, row by row.</param>
    /// <param name="random">Where the noise comes from.</param>
    public float[] Impute(ReadOnlySpan<float> image, ReadOnlySpan<bool> isRemoved, CounterRandom random)
    {
        int pixels = height * width;
        int[] removed = [.. Removed(isRemoved)];
        float[] imputed = image.ToArray();
        if (removed.Length == 0) return imputed;
        int channelStride = layout == ImageLayout.Nchw ? pixels : 1, pixelStride = layout == ImageLayout.Nchw ? 1 : channels;
        var plane = new double[pixels];
        var noise = new float[removed.Length * channels];
        random.Fill(0, Noise, noise);
        for (int c = 0; c < channels; c++)
        {
            double sum = 0;
            for (int p = 0; p < pixels; p++)
            {
                plane[p] = image[c * channelStride + p * pixelStride];
                if (!isRemoved[p]) sum += plane[p];
            }

            Begin(plane, isRemoved, pixels > removed.Length ? sum / (pixels - removed.Length) : 0);
            if (removed.Length < pixels) for (int sweep = 0; sweep < Sweeps; sweep++) Relax(plane, removed);
            for (int k = 0; k < removed.Length; k++)
                imputed[c * channelStride + removed[k] * pixelStride] = (float)plane[removed[k]] + noise[c * removed.Length + k];
        }

        return imputed;
    }

    private static List<int> Removed(ReadOnlySpan<bool> isRemoved)
    {
        var removed = new List<int>();
        for (int p = 0; p < isRemoved.Length; p++) if (isRemoved[p]) removed.Add(p);
        return removed;
    }

    /// <summary>
    /// First values: the mean of what is known in the smallest of ever larger squares that knows something, so that few sweeps
    /// do.
    /// </summary>
    private void Begin(double[] plane, ReadOnlySpan<bool> isRemoved, double mean)
    {
        bool[] known = new bool[plane.Length];
        for (int p = 0; p < known.Length; p++) known[p] = !isRemoved[p];
        for (int side = 2; side < 2 * Math.Max(height, width); side *= 2)
        {
            bool isWhole = true;
            var filled = new List<(int Pixel, double Value)>();
            for (int top = 0; top < height; top += side)
            {
                for (int left = 0; left < width; left += side)
                {
                    double sum = 0;
                    int count = 0;
                    int bottom = Math.Min(top + side, height), right = Math.Min(left + side, width);
                    for (int y = top; y < bottom; y++)
                        for (int x = left; x < right; x++)
                            if (known[y * width + x]) (sum, count) = (sum + plane[y * width + x], count + 1);
                    isWhole &= count == (bottom - top) * (right - left);
                    if (count == 0) continue;
                    for (int y = top; y < bottom; y++)
                        for (int x = left; x < right; x++)
                            if (!known[y * width + x]) filled.Add((y * width + x, sum / count));
                }
            }

            foreach ((int pixel, double value) in filled) (plane[pixel], known[pixel]) = (value, true);
            if (isWhole) return;
        }

        for (int p = 0; p < plane.Length; p++) if (!known[p]) plane[p] = mean;
    }

    private void Relax(double[] plane, int[] removed)
    {
        foreach (int p in removed)
        {
            (int y, int x) = (p / width, p % width);
            double sum = 0, weights = 0;
            if (y > 0 && y < height - 1 && x > 0 && x < width - 1)
            {
                sum = Direct * (plane[p - width] + plane[p + width] + plane[p - 1] + plane[p + 1])
                    + Diagonal * (plane[p - width - 1] + plane[p - width + 1] + plane[p + width - 1] + plane[p + width + 1]);
                weights = 1;
            }
            else
            {
                foreach ((int dy, int dx, double weight) in Neighbours)
                {
                    if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
                    sum += weight * plane[p + dy * width + dx];
                    weights += weight;
                }
            }

            plane[p] += Relaxation * (sum / weights - plane[p]);
        }
    }
}
