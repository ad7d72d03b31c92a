using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>How a resized axis finds its numbers.</summary>
public enum ResizeMode
{
    /// <summary>One element of the source each.</summary>
    Nearest,

    /// <summary>A line between the two neighbours.</summary>
    Linear,

    /// <summary>A cubic through four neighbours (Keys 1981).</summary>
    Cubic,
}

/// <summary>Where element x of the result lies in the source, s being the scale, result over source.</summary>
public enum ResizeCoordinates
{
    /// <summary>(x + 1/2) / s - 1/2.</summary>
    HalfPixel,

    /// <summary>The same, but 0 where the result has one element.</summary>
    PytorchHalfPixel,

    /// <summary>x (source - 1) / (result - 1): first and last elements coincide.</summary>
    AlignCorners,

    /// <summary>x / s.</summary>
    Asymmetric,

    /// <summary>Half pixels about the middle, where the result's length is not exactly the source's times s.</summary>
    HalfPixelSymmetric,

    /// <summary>(x + 1/2) / s, for nearest neighbours.</summary>
    TfHalfPixelForNearest,
}

/// <summary>Which of two neighbours is the nearest.</summary>
public enum NearestRounding
{
    /// <summary>Half goes down.</summary>
    PreferFloor,

    /// <summary>Half goes up.</summary>
    PreferCeil,

    /// <summary>Always down.</summary>
    Floor,

    /// <summary>Always up.</summary>
    Ceil,
}

/// <summary>
/// Interpolation along one axis, as ONNX's Resize defines it. Neighbours outside the source are its first or last element.
/// </summary>
public sealed class ResizeSampling : AxisSampling
{
    /// <summary>How numbers are found.</summary>
    public ResizeMode Mode { get; init; }

    /// <summary>Where elements lie in the source.</summary>
    public ResizeCoordinates Coordinates { get; init; }

    /// <summary>Which neighbour is the nearest.</summary>
    public NearestRounding Rounding { get; init; }

    /// <summary>Result over source; 0 where <see cref="Size"/> is given.</summary>
    public float Scale { get; init; }

    /// <summary>The result's length; 0 where <see cref="Scale"/> is given.</summary>
    public int Size { get; init; }

    /// <summary>The cubic's constant a.</summary>
    public float CubicA { get; init; } = -0.75f;

    /// <summary>Whether neighbours outside the source do not count; the weights of the others then make 1.</summary>
    public bool ExcludesOutside { get; init; }

    /// <summary>Whether a smaller result is averaged over as many elements as fall into one of it.</summary>
    public bool Antialias { get; init; }

    /// <inheritdoc/>
    public override int LengthOf(int source) =>
        Size > 0 ? Size : (int)Math.Min(MathF.Floor(source * Scale), int.MaxValue - 128f);

    /// <inheritdoc/>
    protected override IEnumerable<(int Source, double Weight)> TapsOf(int i, int source, int length)
    {
        (double scale, bool isExact) = ScaleOf(source, length);
        return Mode == ResizeMode.Nearest
            ? [(Math.Clamp(Nearest(i, source, length, scale, isExact), 0, source - 1), 1)]
            : Weighted(Coordinate(i, source, length, scale), Antialias ? Math.Min(1, scale) : 1, source);
    }

    /// <summary>A scale that says length over source, but for its rounding to float32, counts as that quotient.</summary>
    private (double Scale, bool IsExact) ScaleOf(int source, int length)
    {
        double quotient = (double)length / source;
        bool isExact = Size > 0 || Math.Abs(Scale - quotient) <= quotient / (1 << 22);
        return (isExact ? quotient : Scale, isExact);
    }

    private double Coordinate(int i, int source, int length, double scale) => Coordinates switch
    {
        ResizeCoordinates.AlignCorners => length == 1 ? 0 : (double)i * (source - 1) / (length - 1),
        ResizeCoordinates.Asymmetric => i / scale,
        ResizeCoordinates.TfHalfPixelForNearest => (i + 0.5) / scale,
        ResizeCoordinates.PytorchHalfPixel when length == 1 => 0,
        ResizeCoordinates.HalfPixelSymmetric =>
            source / 2.0 * (1 - length / (scale * source)) + (i + 0.5) / scale - 0.5,
        _ => (i + 0.5) / scale - 0.5,
    };

    private int Nearest(int i, int source, int length, double scale, bool isExact)
    {
        // A scale that is no exact quotient divides as float32 does in other engines: 3 / 0.6 is 5 there, and 4.9999999 in
        // double.
        double x = isExact || Coordinates is ResizeCoordinates.AlignCorners or ResizeCoordinates.HalfPixelSymmetric
            ? Coordinate(i, source, length, scale)
            : Coordinates switch
            {
                ResizeCoordinates.Asymmetric => i / Scale,
                ResizeCoordinates.TfHalfPixelForNearest => (i + 0.5f) / Scale,
                ResizeCoordinates.PytorchHalfPixel when length == 1 => 0,
                _ => (i + 0.5f) / Scale - 0.5f,
            };

        // Exact quotients may still be rounded in their last place.
        double rounded = Math.Round(x * (1 << 20)) / (1 << 20);
        if (Math.Abs(x - rounded) < 1e-9) x = rounded;
        return (int)(Rounding switch
        {
            NearestRounding.Floor => Math.Floor(x),
            NearestRounding.Ceil => Math.Ceiling(x),
            NearestRounding.PreferCeil => Math.Floor(x + 0.5),
            _ => Math.Ceiling(x - 0.5),
        });
    }

    private List<(int, double)> Weighted(double x, double shrink, int source)
    {
        double reach = (Mode == ResizeMode.Linear ? 1 : 2) / shrink, sum = 0;
        var taps = new List<(int, double)>();
        for (int p = (int)Math.Floor(x - reach) + 1; p < x + reach; p++)
        {
            if (ExcludesOutside && (p < 0 || p >= source)) continue;
            double weight = Kernel(Math.Abs(p - x) * shrink);
            taps.Add((Math.Clamp(p, 0, source - 1), weight));
            sum += weight;
        }

        if (ExcludesOutside || shrink < 1)
            for (int k = 0; k < taps.Count; k++) taps[k] = (taps[k].Item1, taps[k].Item2 / sum);
        return taps;
    }

    private double Kernel(double t)
    {
        if (Mode == ResizeMode.Linear) return Math.Max(0, 1 - t);
        double a = CubicA;
        return t <= 1 ? ((a + 2) * t - (a + 3)) * t * t + 1 : t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
    }
}
