using System.Buffers;
using System.Runtime.Intrinsics;
using NetViz.Engine;

namespace NetViz.Training;

/// <summary>The part of a picture that becomes an image, in continuous coordinates: pixel i covers [i, i + 1).</summary>
internal readonly record struct CropWindow(double Left, double Top, double Width, double Height)
{
    private const int Tries = 10;

    /// <summary>Number i of a stream as one in [0, 1).</summary>
    public static double Uniform(CounterRandom random, long i) => (random.Bits(i) >> 11) * (1.0 / (1L << 53));

    /// <summary>
    /// A part of a random share of the area and of random proportions, at a random place; the whole picture where ten tries give
    /// none that fits.
    /// </summary>
    /// <param name="random">Numbers <paramref name="at"/> to <paramref name="at"/> + 39 of it are used.</param>
    /// <param name="at">The first number.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="padding">How far the part may reach beyond the edges.</param>
    /// <param name="area">The smallest and largest share of the picture's area.</param>
    /// <param name="maxAspect">The part is at most the given number of times as wide as high, and as high as wide.</param>
    public static CropWindow Stretched(CounterRandom random, long at, int width, int height, int padding,
        (double Least, double Most) area, double maxAspect)
    {
        double roomX = width + 2.0 * padding, roomY = height + 2.0 * padding;
        for (int t = 0; t < Tries; t++, at += 4)
        {
            double share = area.Least + (area.Most - area.Least) * Uniform(random, at);
            // Even over [1, maxAspect] and its reciprocals: near to log-uniform, and exact on every machine.
            double side = 2 * Uniform(random, at + 1) - 1, ratio = 1 + (maxAspect - 1) * Math.Abs(side);
            double aspect = side < 0 ? 1 / ratio : ratio;
            double w = Math.Sqrt(share * width * height * aspect), h = Math.Sqrt(share * width * height / aspect);
            if (w > roomX || h > roomY) continue;
            double left = (roomX - w) * Uniform(random, at + 2), top = (roomY - h) * Uniform(random, at + 3);
            return new CropWindow(left - padding, top - padding, w, h);
        }

        return new CropWindow(0, 0, width, height);
    }

    /// <summary>A part of the image's own size, shifted by whole pixels.</summary>
    public static CropWindow Shifted(CounterRandom random, long at, int width, int height, int padding, int columns, int rows)
    {
        int roomX = width + 2 * padding - columns, roomY = height + 2 * padding - rows;
        CropWindow centre = Centre(width, height, columns, rows);
        return centre with
        {
            Left = roomX < 0 ? centre.Left : (int)(Uniform(random, at) * (roomX + 1)) - padding,
            Top = roomY < 0 ? centre.Top : (int)(Uniform(random, at + 1) * (roomY + 1)) - padding,
        };
    }

    /// <summary>The centre of a picture, of the image's own size.</summary>
    public static CropWindow Centre(int width, int height, int columns, int rows) =>
        new(Math.Floor((width - columns) / 2.0), Math.Floor((height - rows) / 2.0), columns, rows);

    /// <summary>Stretches the part to an image by linear interpolation between the centres of pixels.</summary>
    /// <param name="pixels">The picture, [height, width, 3], interleaved RGB.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="flips">Whether the image is mirrored left to right.</param>
    /// <param name="border">The colour outside the picture, 0..255.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="image">Receives [3, rows, columns], 0..255.</param>
    public void Sample(ReadOnlySpan<byte> pixels, int width, int height, bool flips, (float R, float G, float B) border,
        int columns, int rows, Span<float> image)
    {
        int[] firsts = ArrayPool<int>.Shared.Rent(columns);
        float[] weights = ArrayPool<float>.Shared.Rent(columns), buffer = ArrayPool<float>.Shared.Rent(6 * columns);
        for (int x = 0; x < columns; x++)
            (firsts[x], weights[x]) = Tap(Left, Width, flips ? columns - 1 - x : x, columns, width, 3);

        // Two rows of the picture at a time, stretched along x, [3, columns] each; a row that stays is not computed again.
        Span<float> upper = buffer.AsSpan(0, 3 * columns), lower = buffer.AsSpan(3 * columns, 3 * columns);
        int upperRow = -1, lowerRow = -1;
        int step = width > 1 ? 3 : 0, plane = rows * columns;
        for (int y = 0; y < rows; y++)
        {
            (int first, float weight) = Tap(Top, Height, y, rows, height, 1);
            if (first < 0)
            {
                image.Slice(y * columns, columns).Fill(border.R);
                image.Slice(plane + y * columns, columns).Fill(border.G);
                image.Slice(2 * plane + y * columns, columns).Fill(border.B);
                continue;
            }

            int second = Math.Min(first + 1, height - 1);
            if (upperRow != first && lowerRow == first)
            {
                Span<float> swapped = upper;
                upper = lower;
                lower = swapped;
                (upperRow, lowerRow) = (lowerRow, upperRow);
            }

            if (upperRow != first)
                AlongRow(pixels.Slice(first * width * 3, width * 3), firsts, weights, step, border, columns, upper);
            if (lowerRow != second)
                AlongRow(pixels.Slice(second * width * 3, width * 3), firsts, weights, step, border, columns, lower);
            (upperRow, lowerRow) = (first, second);
            for (int c = 0; c < 3; c++)
            {
                Blend(upper.Slice(c * columns, columns), lower.Slice(c * columns, columns), weight,
                    image.Slice(c * plane + y * columns, columns));
            }
        }

        ArrayPool<int>.Shared.Return(firsts);
        ArrayPool<float>.Shared.Return(weights);
        ArrayPool<float>.Shared.Return(buffer);
    }

    // The sample at or before the centre of image pixel i, times the stride, and the weight of the one after it; -1 outside the
    // picture. Beyond the outermost centres the outermost samples go on to the edge.
    private static (int First, float Weight) Tap(double start, double extent, int i, int count, int length, int stride)
    {
        double centre = start + (i + 0.5) * extent / count;
        if (centre < 0 || centre >= length) return (-1, 0);
        double position = Math.Clamp(centre - 0.5, 0, length - 1);
        int first = Math.Min((int)position, Math.Max(0, length - 2));
        return (first * stride, (float)(position - first));
    }

    private static unsafe void AlongRow(ReadOnlySpan<byte> row, int[] firsts, float[] weights, int step,
        (float R, float G, float B) border, int columns, Span<float> stretched)
    {
        fixed (byte* samples = row)
        fixed (float* output = stretched)
        {
            unchecked
            {
                for (int x = 0; x < columns; x++)
                {
                    int first = firsts[x];
                    if (first < 0)
                    {
                        (output[x], output[columns + x], output[2 * columns + x]) = border;
                        continue;
                    }

                    byte* a = samples + first, b = a + step;
                    float weight = weights[x];
                    output[x] = a[0] + weight * (b[0] - a[0]);
                    output[columns + x] = a[1] + weight * (b[1] - a[1]);
                    output[2 * columns + x] = a[2] + weight * (b[2] - a[2]);
                }
            }
        }
    }

    private static void Blend(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight, Span<float> output)
    {
        int i = 0;
        for (; i <= output.Length - 8; i += 8)
        {
            Vector256<float> from = Vector256.Create<float>(a.Slice(i, 8)), to = Vector256.Create<float>(b.Slice(i, 8));
            (from + weight * (to - from)).CopyTo(output[i..]);
        }

        for (; i < output.Length; i++) output[i] = a[i] + weight * (b[i] - a[i]);
    }
}
