using NetViz.Engine;
using NetViz.Visualisation.Datasets;

namespace NetViz.Visualisation.Localisation;

/// <summary>
/// Finds the box of what a saliency map points at, picture after picture, without memory of its own for each (arXiv 1312.6034,
/// section 3.2). It belongs to one thread.
/// </summary>
public sealed class Localiser
{
    /// <summary>Grey levels by which samples of a picture of nearly one colour differ at most, in each channel [ours].</summary>
    public const int OneColour = 8;

    // What rounding may part of equal numbers, and what is left of a signal that died out, in float32 [ours].
    private const float Rounding = 1e-5f, Vanished = 1e-30f;

    private readonly SaliencyThreshold _threshold = new();
    private float[] _saliency = [];
    private float[] _sorted = [];
    private SeedKind[] _seeds = [];
    private bool[] _mask = [];
    private bool[] _labels = [];

    /// <summary>Makes it.</summary>
    /// <param name="options">The constants.</param>
    /// <exception cref="NetVizException">One is out of its range.</exception>
    public Localiser(LocalisationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        (Options, Cut) = (options, new GraphCut(options.Components));
    }

    /// <summary>The constants.</summary>
    public LocalisationOptions Options { get; }

    /// <summary>Why the last picture has no box; null where it has one.</summary>
    public string? Nothing { get; private set; }

    /// <summary>Whether the last picture was cut.</summary>
    public bool WasCut { get; private set; }

    /// <summary>
    /// Whether the last cut is proved to be a minimum: its capacity, recomputed from the labels, equals the flow. False where
    /// nothing was cut.
    /// </summary>
    public bool IsProved => WasCut && Cut.CutOf(_labels) == Cut.Flow;

    /// <summary>The cut, as the last picture that was cut left it.</summary>
    public GraphCut Cut { get; }

    internal SaliencyThreshold Threshold => _threshold;

    internal Components Components { get; } = new();

    /// <summary>What the foreground's and the background's quantile of the last map are.</summary>
    internal (float Foreground, float Background) Quantiles { get; private set; }

    internal ReadOnlySpan<SeedKind> Seeds => _seeds;

    /// <summary>The last picture's labels, before all components but one are left out; true where the object is.</summary>
    public ReadOnlySpan<bool> Labels => _labels;

    internal ReadOnlySpan<bool> Mask => _mask;

    /// <summary>The box around the largest component of the mask.</summary>
    /// <param name="rgb">The picture, [height, width, 3].</param>
    /// <param name="saliency">Its map, [height, width]; signs do not matter; NaN where there is no data.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <returns>The box; null where the map is the same everywhere, or empty, and so points at nothing, or where the picture has
    /// one colour, and so holds no object: <see cref="Nothing"/>.</returns>
    public PixelBox? BoxOf(ReadOnlySpan<byte> rgb, ReadOnlySpan<float> saliency, int width, int height)
    {
        int count = width * height;
        ArgumentOutOfRangeException.ThrowIfNotEqual(saliency.Length, count, nameof(saliency));
        if (_mask.Length != count)
        {
            (_saliency, _sorted) = (new float[count], new float[count]);
            (_seeds, _mask, _labels) = (new SeedKind[count], new bool[count], new bool[count]);
        }

        for (int i = 0; i < count; i++) _saliency[i] = MathF.Abs(saliency[i]);
        Nothing = IsOneColour(rgb) ? "the picture has one colour, and no object to be parted from a background" : null;
        bool found = Nothing is null & Sow();
        WasCut = found && Options.Method == LocalisationMethod.GraphCut;
        if (Options.Method == LocalisationMethod.Threshold)
        {
            _threshold.Segment(_saliency, width, height, Options.Smoothing * Math.Max(width, height), Options.Threshold, _mask);
        }
        else if (WasCut)
        {
            Cut.Segment(rgb, width, height, _seeds, Options, _mask);
        }

        if (!found) Array.Clear(_mask);
        _mask.CopyTo(_labels, 0);
        Components.KeepLargest(_mask, width, height);
        if (PixelBox.Around(_mask, width) is { } box) return box;
        Nothing ??= "no pixel belongs to the object";
        return null;
    }

    private static bool IsOneColour(ReadOnlySpan<byte> rgb)
    {
        for (int colour = 0; colour < 3; colour++)
        {
            (byte least, byte most) = (255, 0);
            for (int i = colour; i < rgb.Length; i += 3) (least, most) = (Math.Min(least, rgb[i]), Math.Max(most, rgb[i]));
            if (most - least > OneColour) return false;
        }

        return true;
    }

    /// <summary>
    /// Finds the quantiles and the seeds. Quantile q of n values is number ceil(q n) in ascending order. The background is up to
    /// its quantile, the foreground from its quantile upwards and above the background's: of many equal values, all count.
    /// </summary>
    /// <returns>Whether there are seeds of both kinds.</returns>
    private bool Sow()
    {
        int known = 0;
        foreach (float value in _saliency)
        {
            if (!float.IsNaN(value)) _sorted[known++] = value;
        }

        Array.Clear(_seeds);
        Quantiles = (0, 0);
        if (known == 0)
        {
            Nothing ??= "the map has no value on the picture";
            return false;
        }

        Array.Sort(_sorted, 0, known);
        (float least, float most) = (_sorted[0], _sorted[known - 1]);
        string? empty = most < Vanished ? "the signal is empty, or nearly so: 0 up to rounding everywhere"
            : most - least <= Rounding * most ? "the map is the same everywhere, up to rounding"
            : null;
        float foreground = _sorted[(int)Math.Ceiling(Options.ForegroundQuantile * known) - 1];
        float background = _sorted[(int)Math.Ceiling(Options.BackgroundQuantile * known) - 1];
        Quantiles = (foreground, background);
        bool found = false;
        for (int i = 0; i < _saliency.Length; i++)
        {
            float value = _saliency[i];
            _seeds[i] = value <= background ? SeedKind.Background
                : value >= foreground ? SeedKind.Foreground
                : SeedKind.Unknown;
            found |= _seeds[i] == SeedKind.Foreground;
        }

        if (!found) empty ??= "the map's smallest values reach to its largest";
        Nothing ??= empty;
        return empty is null;
    }
}
