using NetViz.Engine;

namespace NetViz.Visualisation.Localisation;

/// <summary>What a pixel teaches before the cut.</summary>
public enum SeedKind : byte
{
    /// <summary>Nothing: its saliency lies between the quantiles, or it lies outside what the network saw.</summary>
    Unknown,

    /// <summary>The background's colours.</summary>
    Background,

    /// <summary>The foreground's colours.</summary>
    Foreground,
}

/// <summary>
/// Colour segmentation by one minimum cut (Boykov and Jolly, ICCV 2001). The labels x minimise
/// E(x) = sum over pixels p of D_p(x_p) + sum over neighbours p, q with x_p != x_q of
/// gamma exp(-beta |c_p - c_q|^2) / |p - q|,
/// with D_p = -log of the density of colour c_p in the mixture of its label, the 8 nearest pixels as neighbours, and
/// beta = 1 / (2 mean of |c_p - c_q|^2) [secondary: OpenCV's GrabCut]. Energies are rounded to 1 / <see cref="Unit"/>. An
/// instance keeps its arrays from one picture to the next; it belongs to one thread.
/// </summary>
public sealed class GraphCut
{
    /// <summary>Steps of capacity to 1 of energy [ours].</summary>
    public const int Unit = 1 << 16;

    private const ulong ForegroundStream = 1, BackgroundStream = 2;

    // Half of the neighbours: each pair is met once. 1 / distance beside it.
    private static readonly (int X, int Y, double Nearness)[] Pairs =
        [(1, 0, 1), (0, 1, 1), (1, 1, 1 / Math.Sqrt(2)), (-1, 1, 1 / Math.Sqrt(2))];

    private readonly MaxFlow _flow = new();
    private int[] _pixels = [];
    private int[] _terminal = [];
    // [pixel, pair].
    private int[] _links = [];
    private int _width, _height;

    /// <summary>Makes room.</summary>
    /// <param name="components">Normal distributions in each mixture.</param>
    public GraphCut(int components) => (Foreground, Background) = (new(components), new(components));

    /// <summary>The foreground's colours.</summary>
    public ColourMixture Foreground { get; }

    /// <summary>The background's colours.</summary>
    public ColourMixture Background { get; }

    /// <summary>1 / (2 mean of |c_p - c_q|^2) of the last picture; 0 where it has one colour only.</summary>
    public double Beta { get; private set; }

    /// <summary>The flow of the last cut, in 1 / <see cref="Unit"/>.</summary>
    public long Flow { get; private set; }

    /// <summary>
    /// The energy that no labelling escapes: of each pixel the smaller of its two costs, of a hard seed that of its label.
    /// </summary>
    public double Offset { get; private set; }

    /// <summary>Cuts a picture.</summary>
    /// <param name="rgb">[height, width, 3], 0..255.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="seeds">[height, width]; of both kinds at least one.</param>
    /// <param name="options">Gamma, hard seeds and the random seed.</param>
    /// <param name="mask">[height, width], true where the foreground is.</param>
    public void Segment(ReadOnlySpan<byte> rgb, int width, int height, ReadOnlySpan<SeedKind> seeds, LocalisationOptions options,
        Span<bool> mask)
    {
        ArgumentNullException.ThrowIfNull(options);
        int count = width * height;
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, 3 * count, nameof(rgb));
        ArgumentOutOfRangeException.ThrowIfNotEqual(seeds.Length, count, nameof(seeds));
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, count, nameof(mask));
        (_width, _height) = (width, height);
        if (_terminal.Length < count)
            (_pixels, _terminal, _links) = (new int[count], new int[count], new int[Pairs.Length * count]);
        var seed = (ulong)options.RandomSeed;
        Foreground.Fit(rgb, PixelsOf(seeds, SeedKind.Foreground), new CounterRandom(seed, ForegroundStream));
        Background.Fit(rgb, PixelsOf(seeds, SeedKind.Background), new CounterRandom(seed, BackgroundStream));

        _flow.Reset(width, height);
        Join(rgb, seeds, options.HardSeeds);
        Link(rgb, options.Gamma);
        Flow = _flow.Solve();
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++) mask[y * width + x] = _flow.IsSource(x, y);
        }
    }

    /// <summary>
    /// The capacity of a cut of the last graph, edge by edge from the labels alone. That of the labels which the last cut gave
    /// equals <see cref="Flow"/>: no cut is smaller than any flow, so the cut is a minimum.
    /// </summary>
    /// <param name="mask">[height, width], true on the source's side.</param>
    /// <returns>The sum over edges from the source's side to the sink's, in 1 / <see cref="Unit"/>.</returns>
    public long CutOf(ReadOnlySpan<bool> mask)
    {
        long cut = 0;
        for (int y = 0, i = 0; y < _height; y++)
        {
            for (int x = 0; x < _width; x++, i++)
            {
                if (mask[i] != _terminal[i] > 0) cut += Math.Abs((long)_terminal[i]);
                for (int k = 0; k < Pairs.Length; k++)
                {
                    if (OtherOf(x, y, k) is int other and >= 0 && mask[i] != mask[other]) cut += _links[Pairs.Length * i + k];
                }
            }
        }

        return cut;
    }

    /// <summary>
    /// The energy E of labels, from the mixtures and colours again, in full precision: what colours cost, and borders.
    /// </summary>
    /// <param name="rgb">The picture of the last cut.</param>
    /// <param name="mask">[height, width], true where the foreground is.</param>
    /// <param name="gamma">The gamma of the last cut.</param>
    public (double Colours, double Borders) EnergyOf(ReadOnlySpan<byte> rgb, ReadOnlySpan<bool> mask, double gamma)
    {
        double colours = 0, borders = 0;
        for (int y = 0, i = 0; y < _height; y++)
        {
            for (int x = 0; x < _width; x++, i++)
            {
                colours -= (mask[i] ? Foreground : Background).LogDensity(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);
                for (int k = 0; k < Pairs.Length; k++)
                {
                    int other = OtherOf(x, y, k);
                    if (other >= 0 && mask[i] != mask[other])
                        borders += gamma * Math.Exp(-Beta * Difference(rgb, i, other)) * Pairs[k].Nearness;
                }
            }
        }

        return (colours, borders);
    }

    private ReadOnlySpan<int> PixelsOf(ReadOnlySpan<SeedKind> seeds, SeedKind kind)
    {
        int count = 0;
        for (int i = 0; i < seeds.Length; i++)
        {
            if (seeds[i] == kind) _pixels[count++] = i;
        }

        return _pixels.AsSpan(0, count);
    }

    /// <summary>
    /// Joins each pixel to the terminal of its cheaper label: cutting this edge costs the difference. The source is the
    /// foreground.
    /// </summary>
    private void Join(ReadOnlySpan<byte> rgb, ReadOnlySpan<SeedKind> seeds, HardSeeds hard)
    {
        Offset = 0;
        for (int i = 0; i < seeds.Length; i++)
        {
            byte r = rgb[3 * i], g = rgb[3 * i + 1], b = rgb[3 * i + 2];
            double foreground = -Foreground.LogDensity(r, g, b), background = -Background.LogDensity(r, g, b);
            // Half of what a hard seed has, for the colours that are thousands of deviations from one mixture.
            const double Most = MaxFlow.MaxTerminal / 2;
            int capacity = (int)Math.Clamp(Math.Round((background - foreground) * Unit), -Most, Most);
            bool isForeground = seeds[i] == SeedKind.Foreground && hard != HardSeeds.None;
            bool isBackground = seeds[i] == SeedKind.Background && hard == HardSeeds.Both;
            if (isForeground) capacity = MaxFlow.MaxTerminal;
            if (isBackground) capacity = -MaxFlow.MaxTerminal;
            Offset += isForeground ? foreground : isBackground ? background : Math.Min(foreground, background);
            _terminal[i] = capacity;
            _flow.SetTerminal(i % _width, i / _width, capacity);
        }
    }

    private void Link(ReadOnlySpan<byte> rgb, double gamma)
    {
        long sum = 0, pairs = 0;
        for (int y = 0, i = 0; y < _height; y++)
        {
            for (int x = 0; x < _width; x++, i++)
            {
                for (int k = 0; k < Pairs.Length; k++)
                {
                    int other = OtherOf(x, y, k);
                    if (other < 0) continue;
                    sum += Difference(rgb, i, other);
                    pairs++;
                }
            }
        }

        Beta = sum > 0 ? pairs / (2.0 * sum) : 0;
        for (int y = 0, i = 0; y < _height; y++)
        {
            for (int x = 0; x < _width; x++, i++)
            {
                for (int k = 0; k < Pairs.Length; k++)
                {
                    int other = OtherOf(x, y, k);
                    if (other < 0) continue;
                    double cost = gamma * Math.Exp(-Beta * Difference(rgb, i, other)) * Pairs[k].Nearness;
                    int capacity = _links[Pairs.Length * i + k] = (int)Math.Round(cost * Unit);
                    _flow.SetEdge(x, y, Pairs[k].X, Pairs[k].Y, capacity, capacity);
                }
            }
        }
    }

    /// <summary>The second pixel of a pair; -1 where it lies outside.</summary>
    private int OtherOf(int x, int y, int pair)
    {
        (x, y) = (x + Pairs[pair].X, y + Pairs[pair].Y);
        return (uint)x < (uint)_width && y < _height ? y * _width + x : -1;
    }

    private static int Difference(ReadOnlySpan<byte> rgb, int i, int other)
    {
        int r = rgb[3 * i] - rgb[3 * other], g = rgb[3 * i + 1] - rgb[3 * other + 1], b = rgb[3 * i + 2] - rgb[3 * other + 2];
        return r * r + g * g + b * b;
    }
}
