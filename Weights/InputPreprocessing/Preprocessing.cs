using System.Collections.Immutable;
using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Weights.InputPreprocessing;

/// <summary>How a photograph of any shape becomes one of the network's shape.</summary>
public enum ResizeMode
{
    /// <summary>Keeps the proportions: scaled until it just covers the resize size, then cropped at the centre.</summary>
    Crop,

    /// <summary>Stretched to the resize size whatever its proportions, then cropped at the centre.</summary>
    Warp,
}

/// <summary>
/// From a photograph to a network's input: resize, centre crop, channel order, and (p / Divisor - mean) / deviation for
/// each sample p = 0 .. 255. It belongs to a model like its weights: the same network with another preprocessing is
/// another network.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>The preset's name, or "custom".</summary>
    public required string Name { get; init; }

    /// <summary>Where it was taken from: "option", "side-car", "metadata" or "known file".</summary>
    public required string Source { get; init; }

    /// <summary>Columns of the network's input.</summary>
    public required int Width { get; init; }

    /// <summary>Rows of the network's input.</summary>
    public required int Height { get; init; }

    /// <summary>The order of the axes of the network's input.</summary>
    public ImageLayout Layout { get; init; }

    /// <summary>What the channels are.</summary>
    public required ChannelOrder Order { get; init; }

    /// <summary>255 for samples from 0 to 1, 1 for samples from 0 to 255.</summary>
    public required float Divisor { get; init; }

    /// <summary>Subtracted after the division, one number for each channel in the network's order.</summary>
    public required ImmutableArray<float> Mean { get; init; }

    /// <summary>Divided by last, one number for each channel in the network's order.</summary>
    public required ImmutableArray<float> Deviation { get; init; }

    /// <summary>How the photograph is resized.</summary>
    public required ResizeMode Mode { get; init; }

    /// <summary>Columns to resize to before the crop; at least <see cref="Width"/>.</summary>
    public required int ResizeWidth { get; init; }

    /// <summary>Rows to resize to before the crop; at least <see cref="Height"/>.</summary>
    public required int ResizeHeight { get; init; }

    /// <summary>Channels of the network's input: 3 or 1.</summary>
    public int Channels => Order == ChannelOrder.Grey ? 1 : 3;

    /// <summary>The lowest and the highest number that a sample 0 .. 255 can become in any channel.</summary>
    public (float Low, float High) Range
    {
        get
        {
            float[] black = [.. Enumerable.Range(0, Channels).Select(c => -Mean[c] / Deviation[c])];
            float[] white = [.. Enumerable.Range(0, Channels).Select(c => (255 / Divisor - Mean[c]) / Deviation[c])];
            return (black.Min(), white.Max());
        }
    }

    /// <summary>The shape of the network's input for one photograph.</summary>
    public ImmutableArray<int> InputShape => [1, .. Layout.Lengths(Channels, Height, Width)];

    /// <summary>Makes the network's input of one photograph.</summary>
    /// <param name="photo">Any size.</param>
    /// <returns>
    /// The input [1, Channels, Height, Width], or [1, Height, Width, Channels] where <see cref="Layout"/> says so (see
    /// <see cref="InputShape"/>), and where it lies on the photograph.
    /// </returns>
    public (float[] Input, InputPlacement Placement) Apply(Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        (int width, int height) = Resized(photo.Width, photo.Height);
        // torchvision rounds half a pixel of crop to even.
        int left = (int)Math.Round((width - Width) / 2.0), top = (int)Math.Round((height - Height) / 2.0);
        byte[] samples = Order == ChannelOrder.Grey ? Luma(photo.Rgb) : photo.Rgb;
        byte[] resized = Resample.Resize(samples, photo.Width, photo.Height, Channels, width, height);

        var input = new float[Channels * Height * Width];
        (int channelStride, int pixelStride) = Layout == ImageLayout.Nchw ? (Height * Width, 1) : (1, Channels);
        for (int c = 0; c < Channels; c++)
        {
            float[] values = Values(c);
            int sample = Order == ChannelOrder.Bgr ? 2 - c : c;
            for (int y = 0; y < Height; y++)
            {
                int from = ((top + y) * width + left) * Channels + sample, to = c * channelStride + y * Width * pixelStride;
                for (int x = 0; x < Width; x++) input[to + x * pixelStride] = values[resized[from + x * Channels]];
            }
        }

        double scaleX = (double)photo.Width / width, scaleY = (double)photo.Height / height;
        return (input, new InputPlacement(Width, Height, left * scaleX, top * scaleY, Width * scaleX, Height * scaleY));
    }

    /// <summary>Whether all settings are the same.</summary>
    public bool Equals(Preprocessing? other) => other is not null && Describe() == other.Describe() && Source == other.Source;

    /// <inheritdoc/>
    public override int GetHashCode() => Describe().GetHashCode(StringComparison.Ordinal);

    /// <summary>All settings in a line, for people: <c>torchvision: 224x224 RGB / 255, mean (0.485, ...), ...</c></summary>
    public string Describe() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Name}: {Width}x{Height} {(Order == ChannelOrder.Grey ? "grey" : Order == ChannelOrder.Bgr ? "BGR" : "RGB")}"
        + $" {(Divisor == 1 ? "0..255" : FormattableString.Invariant($"/ {Divisor}"))}, mean ({NumberText.List(Mean)}),"
        + $" deviation ({NumberText.List(Deviation)}),"
        + $" {(Mode == ResizeMode.Crop ? "short side" : "warp")} to {ResizeWidth}x{ResizeHeight}, centre crop"
        + $"{(Layout == ImageLayout.Nchw ? "" : ", channels last")}");

    // The size after resizing.
    private (int Width, int Height) Resized(int width, int height)
    {
        CoveringSize size = Mode == ResizeMode.Crop
            ? CoveringSize.Of(width, height, ResizeWidth, ResizeHeight)
            : new CoveringSize(ResizeWidth, ResizeHeight);
        return size.IsReachableFrom(height)
            ? ((int)size.Width, (int)size.Height)
            : throw new NetVizException($"a photograph of {width}x{height} pixels is too narrow to make {Width}x{Height} of",
                $"resized it would have {size.Width}x{size.Height} pixels; cut a part out of it first");
    }

    // The 256 values that a channel's samples can become, in float32 as the networks' authors computed them.
    private float[] Values(int channel)
    {
        var values = new float[256];
        for (int p = 0; p < values.Length; p++) values[p] = (p / Divisor - Mean[channel]) / Deviation[channel];
        return values;
    }

    // Rec. 601 in 16 fractional bits, the weights adding up to 65536: the same as Pillow's.
    private static byte[] Luma(byte[] rgb)
    {
        var grey = new byte[rgb.Length / 3];
        for (int i = 0; i < grey.Length; i++)
            grey[i] = (byte)((19595 * rgb[3 * i] + 38470 * rgb[3 * i + 1] + 7471 * rgb[3 * i + 2] + 0x8000) >> 16);
        return grey;
    }
}
