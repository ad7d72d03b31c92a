using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>Weights of a 3x3 convolution at the 36 tile positions: G g G^T, one packed matrix [rows, terms] a position.</summary>
internal sealed unsafe class WinogradWeights : IDisposable
{
    private readonly AlignedMemory _memory;
    private readonly long _positionFloats;
    private readonly ReadOnlyMemory<float> _weight;
    private readonly bool _down;
    private readonly CpuKernels _kernels;

    /// <summary>Transforms the filters.</summary>
    /// <param name="outputs">O, the convolution's output channels.</param>
    /// <param name="inputs">C, its input channels.</param>
    /// <param name="weight">[O, C, 3, 3].</param>
    /// <param name="down">Whether for the way down: rows are input channels, terms output channels, filters flipped.</param>
    /// <param name="kernels">Threads to use.</param>
    public WinogradWeights(int outputs, int inputs, ReadOnlyMemory<float> weight, bool down, CpuKernels kernels)
    {
        (Rows, Terms) = down ? (inputs, outputs) : (outputs, inputs);
        (_weight, _down, _kernels) = (weight, down, kernels);
        int panelRows = MicroKernel.Rows;
        Panels = (Rows + panelRows - 1) / panelRows;
        _positionFloats = Winograd.OddLines((long)Panels * panelRows * Terms);
        _memory = new AlignedMemory(WinogradTransforms.Positions * _positionFloats * sizeof(float));
        Refresh();
    }

    /// <summary>Transforms the filters as they are now.</summary>
    public void Refresh() => _kernels.For(Panels, panel => TransformPanel(panel, _weight.Span, _down));

    [SkipLocalsInit]
    private void TransformPanel(int panel, ReadOnlySpan<float> weight, bool down)
    {
        const int Positions = WinogradTransforms.Positions;
        int panelRows = MicroKernel.Rows;
        const int Lanes = WinogradTransforms.Lanes;
        float* filters = stackalloc float[9 * Lanes], lines = stackalloc float[Positions * Lanes];
        new Span<float>(filters, 9 * Lanes).Clear();
        for (int term = 0; term < Terms; term++)
        {
            for (int r = 0; r < panelRows && panel * panelRows + r < Rows; r++)
            {
                int row = panel * panelRows + r;
                ReadOnlySpan<float> g = weight.Slice((down ? term * Rows + row : row * Terms + term) * 9, 9);
                for (int k = 0; k < 9; k++) filters[k * Lanes + r] = g[down ? 8 - k : k];
            }

            WinogradTransforms.Filter(filters, lines);
            for (int p = 0; p < Positions; p++)
            {
                new ReadOnlySpan<float>(lines + p * Lanes, panelRows)
                    .CopyTo(new Span<float>(Panel(p, panel) + (long)term * panelRows, panelRows));
            }
        }
    }

    public int Rows { get; }

    public int Terms { get; }

    public int Panels { get; }

    public long Bytes => _memory.Bytes;

    /// <summary>[terms][MicroKernel.Rows] of a position and panel.</summary>
    public float* Panel(int position, int panel) =>
        (float*)_memory.Pointer + position * _positionFloats + (long)panel * MicroKernel.Rows * Terms;

    public void Dispose() => _memory.Dispose();
}

/// <summary>
/// A 3x3 convolution of stride 1 by F(4x4, 3x3), in blocks of tiles and three phases each: transform the tiles, multiply
/// position by position, transform back. The jobs of a phase write to places of their own, so the result does not depend on
/// who does them.
/// </summary>
internal sealed unsafe class Winograd
{
    /// <summary>Terms multiplied at once: 256 x 16 floats of tiles fill half of a 32 KB L1 cache.</summary>
    private const int BlockTerms = 256;

    /// <summary>Transformed tiles and products of one block stay below this, so that they are read back from the cache.</summary>
    private const long BlockBytes = 12 << 20;

    /// <summary>Channels that one job transforms.</summary>
    private const int JobChannels = 8;

    /// <summary>Floats of a row of a tile that is copied out.</summary>
    public const int Line = 8;

    private const int Lanes = WinogradTransforms.Lanes;
    private const int Side = WinogradTransforms.Side;
    private const int Step = WinogradTransforms.Step;
    private const int Positions = WinogradTransforms.Positions;

    /// <summary>Source planes, [From.Channels, From.Height, From.Width] an image.</summary>
    public required Planes From { get; init; }

    /// <summary>Planes to be written.</summary>
    public required Planes To { get; init; }

    /// <summary>Rows of padding above the source.</summary>
    public required int PadTop { get; init; }

    /// <summary>Columns of padding to the left of the source.</summary>
    public required int PadLeft { get; init; }

    private int TilesX => (To.Width + Step - 1) / Step;

    private int TilesPerImage => TilesX * ((To.Height + Step - 1) / Step);

    /// <summary>Computes n images.</summary>
    /// <param name="kernels">Threads and working memory.</param>
    /// <param name="n">Images.</param>
    /// <param name="from">[n, From].</param>
    /// <param name="weights">At the 36 positions.</param>
    /// <param name="bias">[To.Channels], or empty.</param>
    /// <param name="to">[n, To].</param>
    public void Run(CpuKernels kernels, int n, float* from, WinogradWeights weights, ReadOnlyMemory<float> bias, float* to)
    {
        int tiles = n * TilesPerImage, strips = (tiles + Lanes - 1) / Lanes;
        long stripBytes = (long)Positions * Lanes * sizeof(float) * (weights.Terms + weights.Panels * MicroKernel.Rows);
        int stripsPerBlock = (int)Math.Clamp(BlockBytes / stripBytes, 1, strips);

        // An odd number of cache lines from position to position spreads the 36 streams over the cache's sets; a power of
        // two, which the plain product often is, would put them all into one.
        long tileStride = OddLines((long)stripsPerBlock * weights.Terms * Lanes);
        long productStride = OddLines((long)stripsPerBlock * weights.Panels * MicroKernel.Rows * Lanes);
        float* transformed = kernels.WorkingMemory(Positions * (tileStride + productStride)),
            products = transformed + Positions * tileStride;

        for (int first = 0; first < strips; first += stripsPerBlock)
        {
            int start = first, count = Math.Min(stripsPerBlock, strips - first);
            int channelJobs = (weights.Terms + JobChannels - 1) / JobChannels;
            kernels.For(count * channelJobs, job =>
            {
                (int s, int part) = Math.DivRem(job, channelJobs);
                TransformTiles(from, start + s, tiles, part * JobChannels, Math.Min(weights.Terms, (part + 1) * JobChannels),
                    transformed + (long)s * weights.Terms * Lanes, tileStride);
            });

            int stripParts = Math.Clamp(count / 8, 1, 8);
            kernels.For(Positions * stripParts, job =>
            {
                (int p, int part) = Math.DivRem(job, stripParts);
                Multiply(weights, p, count * part / stripParts, count * (part + 1) / stripParts, count,
                    transformed + p * tileStride, products + p * productStride);
            });

            kernels.For(weights.Panels * count, job =>
            {
                (int panel, int s) = Math.DivRem(job, count);
                int row = panel * MicroKernel.Rows;
                TransformBack(products + ((long)panel * count + s) * MicroKernel.Rows * Lanes, productStride, bias.Span,
                    start + s, tiles, row, Math.Min(weights.Rows, row + MicroKernel.Rows), to);
            });
        }
    }

    /// <summary>Rounds up to an odd number of cache lines.</summary>
    public static long OddLines(long floats) => ((floats + 15) / 16 | 1) * 16;

    /// <summary>products[panel][strip][row][16] = weights of a position times its transformed tiles.</summary>
    private static void Multiply(WinogradWeights weights, int position, int firstStrip, int endStrip, int strips, float* tiles,
        float* products)
    {
        for (int s = firstStrip; s < endStrip; s++)
        for (int k0 = 0; k0 < weights.Terms; k0 += BlockTerms)
        {
            int terms = Math.Min(BlockTerms, weights.Terms - k0);
            float* b = tiles + ((long)s * weights.Terms + k0) * Lanes;
            for (int panel = 0; panel < weights.Panels; panel++)
            {
                MicroKernel.Run(weights.Panel(position, panel) + (long)k0 * MicroKernel.Rows, b, terms,
                    products + ((long)panel * strips + s) * MicroKernel.Rows * Lanes, add: k0 > 0);
            }
        }
    }

    /// <summary>Transforms sixteen tiles in some channels; tiles at the border are copied out with zeros around.</summary>
    [SkipLocalsInit]
    private void TransformTiles(float* from, int strip, int tiles, int firstChannel, int endChannel, float* result,
        long positionStride)
    {
        float* copies = stackalloc float[Lanes * Side * Line];
        float** places = stackalloc float*[Lanes];
        int* strides = stackalloc int[Lanes];
        Tile* at = stackalloc Tile[Lanes];
        FindTiles(strip, tiles, at);
        for (int c = firstChannel; c < endChannel; c++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                float* plane = from + ((long)at[lane].Image * From.Channels + c) * From.Area;
                (int top, int left) = (at[lane].Top - PadTop, at[lane].Left - PadLeft);
                if (top >= 0 && left >= 0 && top + Side <= From.Height && left + Line <= From.Width)
                {
                    places[lane] = plane + (long)top * From.Width + left;
                    strides[lane] = From.Width;
                    continue;
                }

                float* copy = copies + lane * Side * Line;
                places[lane] = copy;
                strides[lane] = Line;
                CopyOut(plane, From, top, left, Side, copy);
            }

            WinogradTransforms.Input(places, strides, result + (long)c * Lanes, positionStride);
        }
    }

    /// <summary>Transforms sixteen tiles of one panel of channels back and writes what lies inside the planes.</summary>
    [SkipLocalsInit]
    private void TransformBack(float* products, long positionStride, ReadOnlySpan<float> bias, int strip, int tiles,
        int firstChannel, int endChannel, float* to)
    {
        float* y = stackalloc float[Lanes * Step * Step];
        Tile* at = stackalloc Tile[Lanes];
        FindTiles(strip, tiles, at);
        int lanes = Math.Min(Lanes, tiles - strip * Lanes);
        for (int channel = firstChannel; channel < endChannel; channel++, products += Lanes)
        {
            WinogradTransforms.Output(products, positionStride, bias.IsEmpty ? 0f : bias[channel], y);
            for (int lane = 0; lane < lanes; lane++)
            {
                (int image, int top, int left) = at[lane];
                float* plane = to + ((long)image * To.Channels + channel) * To.Area + (long)top * To.Width + left,
                    tile = y + lane * Step * Step;
                int rows = Math.Min(Step, To.Height - top), columns = Math.Min(Step, To.Width - left);
                for (int r = 0; r < rows; r++, plane += To.Width, tile += Step)
                {
                    if (columns == Step) Vector128.Load(tile).Store(plane);
                    else for (int x = 0; x < columns; x++) plane[x] = tile[x];
                }
            }
        }
    }

    /// <summary>Copies a tile at the border out: what lies inside the plane, zeros around it.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="planes">Its size.</param>
    /// <param name="top">The tile's first row, which may lie outside.</param>
    /// <param name="left">The tile's first column, which may lie outside.</param>
    /// <param name="side">Rows and columns of the tile.</param>
    /// <param name="copy">[side][<see cref="Line"/>].</param>
    public static void CopyOut(float* plane, Planes planes, int top, int left, int side, float* copy)
    {
        int x0 = Math.Max(0, -left), x1 = Math.Clamp(planes.Width - left, x0, side);
        for (int y = 0; y < side; y++, copy += Line)
        {
            Vector256<float>.Zero.Store(copy);
            if ((uint)(top + y) >= (uint)planes.Height) continue;
            float* row = plane + (long)(top + y) * planes.Width + left;
            for (int x = x0; x < x1; x++) copy[x] = row[x];
        }
    }

    /// <summary>Where the sixteen tiles of a strip lie in the output; past the last tile stands the last.</summary>
    private void FindTiles(int strip, int tiles, Tile* at)
    {
        int tile = Math.Min(strip * Lanes, tiles - 1);
        (int image, int inside) = Math.DivRem(tile, TilesPerImage);
        (int y, int x) = Math.DivRem(inside, TilesX);
        for (int lane = 0; lane < Lanes; lane++)
        {
            at[lane] = new Tile(image, y * Step, x * Step);
            if (++tile >= tiles) continue;
            if (++x < TilesX) continue;
            (x, y) = (0, y + 1);
            if (y * Step >= To.Height) (y, image) = (0, image + 1);
        }
    }

    /// <summary>An output tile: its image, first row and first column.</summary>
    private readonly record struct Tile(int Image, int Top, int Left);
}
