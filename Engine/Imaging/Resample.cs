namespace NetViz.Engine.Imaging;

/// <summary>
/// Resizes 8-bit images with a triangle filter that is widened when shrinking (bilinear with antialiasing), first along
/// rows, then along columns, rounding to 8 bits after each. This is the arithmetic of Pillow's BILINEAR, with which the
/// published accuracies of torchvision's networks were measured, to the last bit; weights are integers with 22
/// fractional bits, so every machine computes the same pixels.
/// </summary>
public static class Resample
{
    private const int FractionBits = 22;

    /// <summary>Resizes an image.</summary>
    /// <param name="pixels">[height, width, channels], interleaved.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="channels">Samples of a pixel.</param>
    /// <param name="newWidth">Columns wanted.</param>
    /// <param name="newHeight">Rows wanted.</param>
    /// <returns>[newHeight, newWidth, channels]; the given array itself where the size stays.</returns>
    public static byte[] Resize(byte[] pixels, int width, int height, int channels, int newWidth, int newHeight)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfLessThan(newWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(newHeight, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.LongLength, (long)width * height * channels, nameof(pixels));
        byte[] rows = newWidth == width ? pixels : AlongRows(pixels, width, height, channels, newWidth);
        return newHeight == height ? rows : AlongColumns(rows, newWidth * channels, height, newHeight);
    }

    // [height, width, channels] -> [height, newWidth, channels]
    private static byte[] AlongRows(byte[] pixels, int width, int height, int channels, int newWidth)
    {
        Tap[] taps = Taps(width, newWidth);
        var output = new byte[checked(height * newWidth * channels)];
        Parallel.For(0, height, y =>
        {
            ReadOnlySpan<byte> source = pixels.AsSpan(y * width * channels, width * channels);
            Span<byte> destination = output.AsSpan(y * newWidth * channels, newWidth * channels);
            for (int x = 0; x < newWidth; x++)
            {
                Tap tap = taps[x];
                for (int c = 0; c < channels; c++)
                {
                    int sum = 1 << (FractionBits - 1);
                    for (int k = 0; k < tap.Weights.Length; k++) sum += source[(tap.First + k) * channels + c] * tap.Weights[k];
                    destination[x * channels + c] = Round(sum);
                }
            }
        });
        return output;
    }

    // [height, samples] -> [newHeight, samples]
    private static byte[] AlongColumns(byte[] rows, int samples, int height, int newHeight)
    {
        Tap[] taps = Taps(height, newHeight);
        var output = new byte[checked(newHeight * samples)];
        Parallel.For(0, newHeight, () => new int[samples], (y, _, sums) =>
        {
            Tap tap = taps[y];
            Array.Fill(sums, 1 << (FractionBits - 1));
            for (int k = 0; k < tap.Weights.Length; k++)
            {
                int weight = tap.Weights[k];
                ReadOnlySpan<byte> source = rows.AsSpan((tap.First + k) * samples, samples);
                for (int i = 0; i < source.Length; i++) sums[i] += source[i] * weight;
            }

            Span<byte> destination = output.AsSpan(y * samples, samples);
            for (int i = 0; i < destination.Length; i++) destination[i] = Round(sums[i]);
            return sums;
        }, _ => { });
        return output;
    }

    private static byte Round(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    // The weights of each output sample: the triangle max(0, 1 - |d|), d the distance of centres in units of the coarser
    // grid, normalised to a sum of one.
    private static Tap[] Taps(int length, int newLength)
    {
        double scale = (double)length / newLength, reach = Math.Max(scale, 1.0);
        var taps = new Tap[newLength];
        for (int i = 0; i < newLength; i++)
        {
            double centre = (i + 0.5) * scale;
            int first = Math.Max(0, (int)(centre - reach + 0.5)), end = Math.Min(length, (int)(centre + reach + 0.5));
            var weights = new double[end - first];
            double total = 0;
            for (int k = 0; k < weights.Length; k++)
                total += weights[k] = Math.Max(0, 1 - Math.Abs((first + k - centre + 0.5) * (1.0 / reach)));
            taps[i] = new Tap(first, Array.ConvertAll(weights, w => (int)(w / total * (1 << FractionBits) + 0.5)));
        }

        return taps;
    }

    private readonly record struct Tap(int First, int[] Weights);
}
