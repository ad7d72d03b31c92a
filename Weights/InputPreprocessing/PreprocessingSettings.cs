using System.Collections.Immutable;
using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Weights.InputPreprocessing;

/// <summary>
/// What is known of a model's preprocessing before its input's size and channels are: a preset, or numbers of one's own.
/// </summary>
public sealed record PreprocessingSettings
{
    /// <summary>The preset's name, or "custom".</summary>
    public string Name { get; init; } = "custom";

    /// <summary>What the channels are; null for RGB or, with one channel, grey.</summary>
    public ChannelOrder? Order { get; init; }

    /// <summary>255 for samples from 0 to 1, 1 for samples from 0 to 255.</summary>
    public float Divisor { get; init; } = 255;

    /// <summary>Subtracted after the division: one number for all channels, or one for each in the network's order.</summary>
    public ImmutableArray<float> Mean { get; init; } = [0];

    /// <summary>Divided by last: one number for all channels, or one for each in the network's order.</summary>
    public ImmutableArray<float> Deviation { get; init; } = [1];

    /// <summary>How the photograph is resized.</summary>
    public ResizeMode Mode { get; init; } = ResizeMode.Crop;

    /// <summary>
    /// Columns and rows to resize to before the crop; null for the convention of <see cref="ConventionalResize"/>.
    /// </summary>
    public (int Width, int Height)? ResizeTo { get; init; }

    /// <summary>Columns and rows of the input where the model leaves them open; null for 224 x 224.</summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>
    /// The size to which a photograph is resized before the centre crop: 256 for inputs of 224 (and in proportion for
    /// others, 342 for 299), 256 for Caffe's 227, and the input's own size up to 64, where a border would cost too much.
    /// </summary>
    public static int ConventionalResize(int size) =>
        size <= 64 ? size : size == 227 ? 256 : (int)Math.Round(size * 256.0 / 224.0);

    private const long MostPixels = 50_000_000;

    /// <summary>Fits the settings to a network's input.</summary>
    /// <param name="channels">Its channels: 1 or 3.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="source">Where the settings come from, see <see cref="Preprocessing.Source"/>.</param>
    /// <param name="layout">The order of its axes.</param>
    /// <exception cref="NetVizException">The settings do not fit such an input.</exception>
    public Preprocessing ForInput(int channels, int height, int width, string source, ImageLayout layout = ImageLayout.Nchw)
    {
        ChannelOrder order = Order ?? (channels == 1 ? ChannelOrder.Grey : ChannelOrder.Rgb);
        if (channels != (order == ChannelOrder.Grey ? 1 : 3))
        {
            string made = order == ChannelOrder.Grey ? "one channel" : "three channels";
            throw new NetVizException($"preprocessing '{Name}' ({source}) makes {made}, and the model's input has {channels}",
                $"for one channel use {string.Join(" or ", PreprocessingPresets.NamesForOneChannel)}, or numbers of your own");
        }

        (int Width, int Height) resize = ResizeTo ?? (ConventionalResize(width), ConventionalResize(height));
        if ((long)resize.Width * resize.Height > MostPixels)
            throw new NetVizException($"preprocessing '{Name}' ({source}) resizes to {resize.Width}x{resize.Height}; "
                + $"{MostPixels} pixels are supported");
        if (resize.Width < width || resize.Height < height)
        {
            string to = $"{resize.Width}x{resize.Height}";
            throw new NetVizException($"preprocessing '{Name}' ({source}) resizes to {to}; the input is {width}x{height}");
        }

        return new Preprocessing
        {
            Name = Name, Source = source, Width = width, Height = height, Layout = layout, Order = order, Divisor = Divisor,
            Mean = PerChannel(Mean, channels, "mean"), Deviation = PerChannel(Deviation, channels, "deviation"),
            Mode = Mode, ResizeWidth = resize.Width, ResizeHeight = resize.Height,
        };
    }

    private ImmutableArray<float> PerChannel(ImmutableArray<float> numbers, int channels, string what) =>
        numbers.Length == channels ? numbers
        : numbers.Length == 1 ? [.. Enumerable.Repeat(numbers[0], channels)]
        : throw new NetVizException(
            $"preprocessing '{Name}' gives {Counted.Of(numbers.Length, "number")} as {what}; the model's input has "
                + $"{Counted.Of(channels, "channel")}");
}
