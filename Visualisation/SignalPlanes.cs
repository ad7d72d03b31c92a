using System.Buffers;
using System.Numerics.Tensors;
using NetViz.Engine;

namespace NetViz.Visualisation;

/// <summary>A copy of one image's signal, [C,H,W], checked to be finite.</summary>
internal sealed class SignalPlanes
{
    private readonly float[] _values;

    private SignalPlanes(int channels, int height, int width, float[] values) =>
        (Channels, Height, Width, _values) = (channels, height, width, values);

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>All values, [C,H,W].</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The plane of channel c, [H,W].</summary>
    public Span<float> this[int c] => _values.AsSpan(c * Height * Width, Height * Width);

    /// <summary>Row y of channel c, [W].</summary>
    public Span<float> Row(int c, int y) => _values.AsSpan((c * Height + y) * Width, Width);

    /// <summary>Copies image n out of a signal [N,C,H,W].</summary>
    /// <exception cref="ArgumentException">The signal is not of rank 4, or has no such image.</exception>
    /// <exception cref="NetVizException">The signal holds NaN or infinity.</exception>
    public static SignalPlanes Of(in ReadOnlyTensorSpan<float> signal, int n)
    {
        if (signal.Rank != 4)
            throw new ArgumentException($"A signal has the shape [N,C,H,W], not {signal.Rank} dimensions.", nameof(signal));
        var shape = signal.Lengths;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)shape[0], nameof(n));
        var (channels, height, width) = (checked((int)shape[1]), checked((int)shape[2]), checked((int)shape[3]));
        if (channels == 0 || height == 0 || width == 0)
            throw new ArgumentException($"The signal [{shape[0]},{channels},{height},{width}] is empty.", nameof(signal));

        var values = GC.AllocateUninitializedArray<float>(checked(channels * height * width));
        signal.Slice([new NRange(n, n + 1), NRange.All, NRange.All, NRange.All]).FlattenTo(values);
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                var (c, y, x) = (i / (height * width), i / width % height, i % width);
                throw new NetVizException($"The signal of image {n} holds {values[i]} at channel {c}, row {y}, column {x}",
                    "a weight or an input that is not a finite number, or an overflow, spreads like this");
            }
        }
        return new SignalPlanes(channels, height, width, values);
    }
}
