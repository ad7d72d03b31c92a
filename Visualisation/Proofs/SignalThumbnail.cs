using System.Globalization;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Proofs;

/// <summary>What of a signal a small picture shows.</summary>
public enum SignalAspect
{
    /// <summary>max over c of |R_c|, from black up.</summary>
    AllChannels,

    /// <summary>One channel with its sign: blue below 0, near white at 0, red above.</summary>
    OneChannel,

    /// <summary>The channels as colours about middle grey, as for a signal at the image.</summary>
    Colours,
}

/// <summary>
/// A signal of any layer as a picture of a few pixels, for a terminal. Small planes are enlarged by a whole number; of large
/// ones each pixel shows a block: the largest magnitude of all channels, or the mean of one channel. Neighbours in a vector have
/// nothing to do with each other: there it is the value with the largest magnitude. A signal is that of one image; its tensor
/// may have no batch axis, or have it elsewhere (<see cref="ImageShape"/>).
/// </summary>
public sealed class SignalThumbnail
{
    private readonly float[] _positions;
    private readonly int _planes;

    private SignalThumbnail(int width, int height, int planes, float[] positions, MapScale scale, SignalAspect aspect, int block)
    {
        (Width, Height, _planes, _positions) = (width, height, planes, positions);
        (Scale, Aspect, Block) = (scale, aspect, block);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The scale of the colours, of the values as drawn.</summary>
    public MapScale Scale { get; }

    /// <summary>What is shown.</summary>
    public SignalAspect Aspect { get; }

    /// <summary>The side of the block of values that a pixel shows, cut at the edges; 1 where nothing was reduced.</summary>
    public int Block { get; }

    /// <summary>How many channels a signal has that lies in planes; 0 for a vector, which is drawn row by row.</summary>
    /// <param name="shape">The signal's shape.</param>
    /// <param name="layout">Its axes.</param>
    public static int ChannelsOf(Shape shape, ImageLayout layout) => OfAxes(shape.WithImages(1), layout);

    private static int OfAxes(Shape shape, ImageLayout layout) => shape.Rank != 4 || PlaneOf(shape, layout) is (1, 1)
        ? 0
        : layout == ImageLayout.Nhwc ? shape[3] : shape.C;

    /// <summary>Draws a signal of one image.</summary>
    /// <param name="signal">Row-major.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="layout">Its axes, if it has four.</param>
    /// <param name="aspect">What to show; of a vector it is <see cref="SignalAspect.OneChannel"/> in any case.</param>
    /// <param name="channel">Which channel, if it is one.</param>
    /// <param name="maxWidth">Pixels that there are in a row.</param>
    /// <param name="maxHeight">Rows that there are.</param>
    /// <param name="scale">The scale of another picture to be compared with; null for its own.</param>
    public static SignalThumbnail Of(ReadOnlySpan<double> signal, Shape shape, ImageLayout layout, SignalAspect aspect,
        int channel, int maxWidth, int maxHeight, MapScale? scale = null)
    {
        var source = Source.Of(signal, shape, layout);
        if (source.Channels == 0) (aspect, channel) = (SignalAspect.OneChannel, 0);
        (int zoom, int block) = Fit(source.Width, source.Height, Math.Max(1, maxWidth), Math.Max(1, maxHeight));
        int width = (source.Width * zoom + block - 1) / block, height = (source.Height * zoom + block - 1) / block;
        int planes = aspect == SignalAspect.Colours ? source.Channels : 1;
        var values = new float[planes * width * height];
        for (int plane = 0; plane < planes; plane++)
        for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
        {
            int c = aspect == SignalAspect.Colours ? plane : channel;
            float value = source.Block(aspect, c, y / zoom * block, x / zoom * block, block);
            values[(plane * height + y) * width + x] = float.IsFinite(value) ? value : float.NaN;
        }

        var magnitudes = new List<float>();
        MapScale.AddMagnitudes(values, magnitudes);
        bool signed = aspect != SignalAspect.AllChannels;
        MapScale own = scale ?? new MapScale(MapScale.PercentileOf(magnitudes, MapScale.DefaultPercentile),
            MapScale.DefaultPercentile, signed);
        float[] positions = [.. values.Select(value => float.IsNaN(value) ? 0 : own.Position(value))];
        return new SignalThumbnail(width, height, planes, positions, own, aspect, block);
    }

    /// <summary>The colours, sRGB.</summary>
    /// <param name="order">Which colours the channels are, for <see cref="SignalAspect.Colours"/>.</param>
    public Photo Colour(ChannelOrder order)
    {
        var photo = new Photo(Width, Height, new byte[Width * Height * 3]);
        ColorMap map = Aspect == SignalAspect.AllChannels ? ColorMap.Heat : ColorMap.Diverging;
        for (int i = 0; i < Width * Height; i++)
        {
            Span<byte> pixel = photo.Rgb.AsSpan(3 * i, 3);
            if (Aspect != SignalAspect.Colours)
            {
                map.At(_positions[i]).CopyTo(pixel);
                continue;
            }

            for (int colour = 0; colour < 3; colour++)
            {
                int plane = _planes == 1 ? 0 : order == ChannelOrder.Bgr ? 2 - colour : colour;
                pixel[colour] = (byte)Math.Round(128 + 127 * _positions[plane * Width * Height + i]);
            }
        }

        return photo;
    }

    /// <summary>How far a pixel is from 0, as a share of the scale's end: 0 to 1; the largest of its channels.</summary>
    public float Shade(int x, int y) =>
        Enumerable.Range(0, _planes).Max(plane => Math.Abs(_positions[(plane * Height + y) * Width + x]));

    /// <summary>The scale in words, for example <c>0 to 0.00203 (99.5th percentile)</c>.</summary>
    /// <param name="signed">Whether signs are distinguished where the scale has them.</param>
    public string ScaleInWords(bool signed = true) => Scale.Limit == 0 ? "every value is 0" : string.Create(
        CultureInfo.InvariantCulture,
        $"{(Scale.IsSigned && signed ? "+-" : "0 to ")}{Scale.Limit:G3} ({Scale.Percentile}th percentile)");

    private static (int Height, int Width) PlaneOf(Shape shape, ImageLayout layout) =>
        layout == ImageLayout.Nhwc ? (shape[1], shape[2]) : (shape[2], shape[3]);

    /// <summary>The side in pixels that a value takes, or in values that a pixel takes, in whole numbers.</summary>
    private static (int Zoom, int Block) Fit(int width, int height, int maxWidth, int maxHeight)
    {
        int zoom = Math.Min(maxWidth / width, maxHeight / height);
        return zoom >= 1 ? (zoom, 1) : (1, Math.Max((width + maxWidth - 1) / maxWidth, (height + maxHeight - 1) / maxHeight));
    }

    /// <summary>A signal as planes, whatever its shape: a vector becomes one plane, row by row, near to a square.</summary>
    private readonly ref struct Source
    {
        private readonly ReadOnlySpan<double> _signal;
        private readonly int _step;
        private readonly int _channelStep;

        private Source(ReadOnlySpan<double> signal, int channels, int height, int width, int step, int channelStep)
        {
            _signal = signal;
            (Channels, Height, Width, _step, _channelStep) = (channels, height, width, step, channelStep);
        }

        /// <summary>0 for a vector.</summary>
        public int Channels { get; }

        public int Height { get; }

        public int Width { get; }

        public static Source Of(ReadOnlySpan<double> signal, Shape shape, ImageLayout layout)
        {
            shape = shape.WithImages(1);
            signal = signal[..(int)shape.CountPerImage];
            int channels = OfAxes(shape, layout);
            if (channels > 0)
            {
                (int h, int w) = PlaneOf(shape, layout);
                return layout == ImageLayout.Nhwc ? new Source(signal, channels, h, w, channels, 1)
                    : new Source(signal, channels, h, w, 1, h * w);
            }

            int side = (int)Math.Ceiling(Math.Sqrt(signal.Length));
            return new Source(signal, 0, (signal.Length + side - 1) / side, side, 1, signal.Length);
        }

        /// <summary>A block in one number: the largest magnitude of all channels, the mean of one, a vector's largest.</summary>
        public float Block(SignalAspect aspect, int channel, int top, int left, int side)
        {
            double largest = 0, sum = 0; // largest in magnitude, with its sign
            int bottom = Math.Min(top + side, Height), right = Math.Min(left + side, Width);
            (int first, int last) = aspect == SignalAspect.AllChannels ? (0, Channels) : (channel, channel + 1);
            for (int c = first; c < last; c++)
            for (int y = top; y < bottom; y++)
            for (int x = left; x < right; x++)
            {
                int at = c * _channelStep + (y * Width + x) * _step;
                if (at >= _signal.Length) continue; // the last row of a vector
                if (Math.Abs(_signal[at]) > Math.Abs(largest)) largest = _signal[at];
                sum += _signal[at];
            }

            if (aspect == SignalAspect.AllChannels) return (float)Math.Abs(largest);
            return (float)(Channels == 0 ? largest : sum / ((bottom - top) * (right - left)));
        }
    }
}
