using System.Runtime.Intrinsics;
using NetViz.Engine;

namespace NetViz.Training;

/// <summary>
/// How a training picture varies from one epoch to the next, and what its numbers are when they enter the network:
/// (v / 255 - mean) / deviation. A picture is cut out (a part of it stretched to the whole, or shifted under a border), mirrored,
/// changed in colour, normalised, and partly erased, in this order. All of it follows from the random numbers given, so nothing
/// has to be remembered between pictures; any number of threads may use one record.
/// </summary>
public sealed record Augmentation
{
    // Which counter of the random numbers decides what: a step that is switched off leaves the others as they were.
    private const long CropAt = 0, EraseAt = 100, ShiftAt = 200, FlipAt = 210, BrightnessAt = 220, ContrastAt = 221,
        SaturationAt = 222, WhetherToEraseAt = 230;

    // Zhong et al., Random Erasing (arXiv 1708.04896): rectangles of at least 2 % of the area and of sides as 10 : 3.
    private const double MinEraseArea = 0.02, MaxEraseAspect = 10.0 / 3;

    /// <summary>The mean of each channel, red, green, blue, in units where 255 is 1. It is the colour of borders and of what
    /// is erased.</summary>
    public required IReadOnlyList<float> Mean
    {
        get;
        init => field = value is { Count: 3 } && value.All(float.IsFinite)
            ? value
            : throw new NetVizException("the mean of the channels must be three numbers: red, green, blue");
    }

    /// <summary>What each channel is divided by, in units where 255 is 1.</summary>
    public required IReadOnlyList<float> Deviation
    {
        get;
        init => field = value is { Count: 3 } && value.All(d => float.IsFinite(d) && d > 0)
            ? value
            : throw new NetVizException("the deviations of the channels must be three positive numbers: red, green, blue");
    }

    /// <summary>
    /// Columns of the result; 0 for as many as the picture has. Without stretching, a part of this size is cut out.
    /// </summary>
    public int Width { get; init => field = (int)Within(value, 0, 1 << 14, "width"); }

    /// <summary>Rows of the result; 0 for as many as the picture has.</summary>
    public int Height { get; init => field = (int)Within(value, 0, 1 << 14, "height"); }

    /// <summary>
    /// The smallest part of the picture's area that is cut out and stretched to the whole (Szegedy et al., arXiv 1409.4842); 1
    /// for no stretching.
    /// </summary>
    public double MinCropArea { get; init => field = Within(value, 0.01, 1, "least crop area"); } = 1;

    /// <summary>The largest part that is cut out where <see cref="MinCropArea"/> is below 1.</summary>
    public double MaxCropArea { get; init => field = Within(value, 0.01, 1, "greatest crop area"); } = 1;

    /// <summary>A part that is stretched is at most this many times as wide as high, and as high as wide.</summary>
    public double MaxCropAspect { get; init => field = Within(value, 1, 10, "crop aspect"); } = 4.0 / 3;

    /// <summary>The part cut out may reach this many pixels beyond each edge.</summary>
    public int Padding { get; init => field = (int)Within(value, 0, 1024, "padding"); }

    /// <summary>How often a picture is mirrored left to right, 0 to 1.</summary>
    public double Flip { get; init => field = Within(value, 0, 1, "flip"); }

    /// <summary>Samples are multiplied by a number between 1 - this and 1 + this.</summary>
    public double Brightness { get; init => field = Within(value, 0, 1, "brightness"); }

    /// <summary>Differences from the picture's mean luma are multiplied by a number between 1 - this and 1 + this.</summary>
    public double Contrast { get; init => field = Within(value, 0, 1, "contrast"); }

    /// <summary>Differences from the pixel's own luma are multiplied by a number between 1 - this and 1 + this.</summary>
    public double Saturation { get; init => field = Within(value, 0, 1, "saturation"); }

    /// <summary>How often a rectangle is erased, 0 to 1.</summary>
    public double Erase { get; init => field = Within(value, 0, 1, "erase"); }

    /// <summary>The largest part of the area that is erased.</summary>
    public double MaxEraseArea { get; init => field = Within(value, MinEraseArea, 1, "greatest erased area"); } = 0.33;

    /// <summary>Varies a picture.</summary>
    /// <param name="pixels">[height, width, 3], interleaved RGB, 0..255.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="random">Decides everything; a stream of its own for each picture of each epoch.</param>
    /// <param name="image">Receives [3, H, W]: H and W of the picture unless <see cref="Height"/> and <see cref="Width"/> say
    /// otherwise.</param>
    public void Apply(ReadOnlySpan<byte> pixels, int width, int height, CounterRandom random, Span<float> image)
    {
        (int columns, int rows) = Check(pixels, width, height, image);
        CropWindow window = MinCropArea < 1
            ? CropWindow.Stretched(random, CropAt, width, height, Padding,
                (MinCropArea, Math.Max(MinCropArea, MaxCropArea)), MaxCropAspect)
            : CropWindow.Shifted(random, ShiftAt, width, height, Padding, columns, rows);
        bool flips = CropWindow.Uniform(random, FlipAt) < Flip;
        window.Sample(pixels, width, height, flips, Border(), columns, rows, image);
        ChangeColours(random, image);
        Normalise(image);
        if (CropWindow.Uniform(random, WhetherToEraseAt) < Erase) EraseSome(random, image, columns, rows);
    }

    /// <summary>The picture as it is, normalised: for validation. Where the result is smaller, its centre.</summary>
    /// <param name="pixels">[height, width, 3], interleaved RGB, 0..255.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="image">Receives [3, H, W], as in <see cref="Apply"/>.</param>
    public void Plain(ReadOnlySpan<byte> pixels, int width, int height, Span<float> image)
    {
        (int columns, int rows) = Check(pixels, width, height, image);
        CropWindow.Centre(width, height, columns, rows).Sample(pixels, width, height, false, Border(), columns, rows, image);
        Normalise(image);
    }

    private (float, float, float) Border() => (255 * Mean[0], 255 * Mean[1], 255 * Mean[2]);

    private (int Columns, int Rows) Check(ReadOnlySpan<byte> pixels, int width, int height, Span<float> image)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, 3 * width * height, nameof(pixels));
        int columns = Width > 0 ? Width : width, rows = Height > 0 ? Height : height;
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, 3 * columns * rows, nameof(image));
        return (columns, rows);
    }

    // With luma g = 0.299 R + 0.587 G + 0.114 B, its mean m, and factors b, k, s for brightness, contrast and saturation, one
    // after another: x <- b x; x <- k x + (1 - k) m; x <- s x + (1 - s) g. All are linear, so they are done at once:
    // x <- s k b x + (1 - s) k b g + (1 - k) b m, cut off at 0 and 255.
    private void ChangeColours(CounterRandom random, Span<float> image)
    {
        if (Brightness == 0 && Contrast == 0 && Saturation == 0) return;
        float b = Factor(random, BrightnessAt, Brightness), k = Factor(random, ContrastAt, Contrast),
            s = Factor(random, SaturationAt, Saturation);
        float own = s * k * b, luma = (1 - s) * k * b, constant = Contrast == 0 ? 0 : (1 - k) * b * MeanLuma(image);
        int plane = image.Length / 3;
        Span<float> red = image[..plane], green = image.Slice(plane, plane), blue = image[(2 * plane)..];
        int i = 0;
        unchecked
        {
            for (; i <= plane - 8; i += 8)
            {
                Vector256<float> r = Vector256.Create<float>(red.Slice(i, 8)), g = Vector256.Create<float>(green.Slice(i, 8)),
                    l = Vector256.Create<float>(blue.Slice(i, 8));
                Vector256<float> shared = luma * (0.299f * r + 0.587f * g + 0.114f * l) + Vector256.Create(constant);
                Limited(own * r + shared).CopyTo(red[i..]);
                Limited(own * g + shared).CopyTo(green[i..]);
                Limited(own * l + shared).CopyTo(blue[i..]);
            }

            for (; i < plane; i++)
            {
                float shared = luma * (0.299f * red[i] + 0.587f * green[i] + 0.114f * blue[i]) + constant;
                red[i] = Math.Clamp(own * red[i] + shared, 0, 255);
                green[i] = Math.Clamp(own * green[i] + shared, 0, 255);
                blue[i] = Math.Clamp(own * blue[i] + shared, 0, 255);
            }
        }
    }

    private static Vector256<float> Limited(Vector256<float> values) =>
        Vector256.Min(Vector256.Max(values, Vector256<float>.Zero), Vector256.Create(255f));

    private static float Factor(CounterRandom random, long at, double reach) =>
        (float)(1 + reach * (2 * CropWindow.Uniform(random, at) - 1));

    private static float MeanLuma(ReadOnlySpan<float> image)
    {
        int plane = image.Length / 3;
        return (0.299f * Sum(image[..plane]) + 0.587f * Sum(image.Slice(plane, plane)) + 0.114f * Sum(image[(2 * plane)..]))
            / plane;
    }

    // Eight sums whatever the machine's vectors are, so that the bits are the same everywhere.
    private static float Sum(ReadOnlySpan<float> values)
    {
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i <= values.Length - 8; i += 8) sums += Vector256.Create<float>(values.Slice(i, 8));
        float sum = Vector256.Sum(sums);
        for (; i < values.Length; i++) sum += values[i];
        return sum;
    }

    // The arithmetic of preprocessing at inference, to the last bit.
    private void Normalise(Span<float> image)
    {
        int plane = image.Length / 3;
        for (int c = 0; c < 3; c++)
        {
            float mean = Mean[c], deviation = Deviation[c];
            Span<float> values = image.Slice(c * plane, plane);
            Vector256<float> full = Vector256.Create(255f), m = Vector256.Create(mean), d = Vector256.Create(deviation);
            int i = 0;
            for (; i <= plane - 8; i += 8) ((Vector256.Create<float>(values.Slice(i, 8)) / full - m) / d).CopyTo(values[i..]);
            for (; i < plane; i++) values[i] = (values[i] / 255 - mean) / deviation;
        }
    }

    private void EraseSome(CounterRandom random, Span<float> image, int columns, int rows)
    {
        CropWindow area =
            CropWindow.Stretched(random, EraseAt, columns, rows, 0, (MinEraseArea, MaxEraseArea), MaxEraseAspect);
        int left = (int)area.Left, right = (int)Math.Ceiling(area.Left + area.Width), top = (int)area.Top,
            bottom = (int)Math.Ceiling(area.Top + area.Height);
        for (int c = 0; c < 3; c++)
        {
            for (int y = top; y < Math.Min(bottom, rows); y++)
                image.Slice((c * rows + y) * columns + left, Math.Min(right, columns) - left).Clear();
        }
    }

    private static double Within(double value, double least, double most, string what) => value >= least && value <= most
        ? value
        : throw new NetVizException($"augmentation: {what} {value}; {least} to {most} is supported");
}
