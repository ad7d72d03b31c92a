using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>Where one kernel position looks, relative to a grid point's place in the source plane.</summary>
internal readonly record struct Tap(int Row, int Column);

/// <summary>Channels of one group and the size of a channel's plane.</summary>
internal readonly record struct Planes(int Channels, int Height, int Width)
{
    public int Area => Height * Width;
}

/// <summary>
/// The points that are computed: point (i, j) looks at the source around (i FromStepH, j FromStepW) and is written to
/// (i ToStepH + ToFirstH, j ToStepW + ToFirstW).
/// </summary>
internal readonly record struct Grid(int Height, int Width, int FromStepH, int FromStepW, int ToStepH, int ToStepW,
    int ToFirstH, int ToFirstW)
{
    public int Count => Height * Width;
}

/// <summary>
/// Weights of a tap product in panels: for each group and each <see cref="MicroKernel.Rows"/> rows, [K][Rows],
/// rows past the last 0.
/// </summary>
internal sealed unsafe class PackedWeights : IDisposable
{
    private readonly AlignedMemory _memory;
    private readonly CpuKernels _kernels;
    private readonly int _groups;
    private readonly WriteRow _write;

    /// <summary>Writes the K weights of one row of a group.</summary>
    public delegate void WriteRow(int group, int row, Span<float> terms);

    public PackedWeights(int groups, int rows, int terms, CpuKernels kernels, WriteRow write)
    {
        (Rows, Terms, Panels) = (rows, terms, (rows + MicroKernel.Rows - 1) / MicroKernel.Rows);
        (_groups, _kernels, _write) = (groups, kernels, write);
        _memory = new AlignedMemory((long)groups * Panels * MicroKernel.Rows * terms * sizeof(float));
        Refresh();
    }

    /// <summary>Packs the weights as they are now.</summary>
    public void Refresh() => _kernels.For(_groups * Panels, job =>
    {
        (int group, int panel) = Math.DivRem(job, Panels);
        float* to = (float*)_memory.Pointer + (long)job * MicroKernel.Rows * Terms;
        var line = new float[Terms];
        for (int r = 0; r < MicroKernel.Rows; r++)
        {
            int row = panel * MicroKernel.Rows + r;
            if (row < Rows) _write(group, row, line);
            else Array.Clear(line);
            for (int k = 0; k < Terms; k++) to[(long)k * MicroKernel.Rows + r] = line[k];
        }
    });

    /// <summary>Output channels of one group.</summary>
    public int Rows { get; }

    /// <summary>Terms of each sum, K: source channels times taps, the tap running fastest.</summary>
    public int Terms { get; }

    public int Panels { get; }

    public long Bytes => _memory.Bytes;

    public float* Panel(int group, int panel) =>
        (float*)_memory.Pointer + ((long)group * Panels + panel) * MicroKernel.Rows * Terms;

    public void Dispose() => _memory.Dispose();
}

/// <summary>
/// to(m, p) = bias(m) + sum over source channels c and taps t of from(c, place of p + t) weight(m, c, t): a matrix product
/// whose right-hand side, [K, points], is never stored whole. A job takes some points, gathers their column of K terms a
/// block at a time into its own memory and multiplies it with all rows of the weights.
/// </summary>
internal sealed unsafe class TapProduct
{
    /// <summary>Terms gathered at once: a block of a strip, 256 x 16 floats, fills half of a 32 KB L1 cache.</summary>
    private const int BlockTerms = 256;

    /// <summary>Points of one job at most; their sums and their gathered block stay in L2.</summary>
    private const int JobPoints = 128;

    [ThreadStatic]
    private static AlignedMemory? s_scratch;

    public required int Groups { get; init; }

    public required Planes From { get; init; }

    public required Planes To { get; init; }

    public required Grid Grid { get; init; }

    public required Tap[] Taps { get; init; }

    public void Run(CpuKernels kernels, int n, float* from, PackedWeights weights, ReadOnlyMemory<float> bias, float* to)
    {
        const int Width = MicroKernel.Columns;
        Grid grid = Flattened();

        // Jobs of whole strips, as many as a multiple of the threads so that all end together.
        int strips = (grid.Count + Width - 1) / Width, images = n * Groups;
        int jobs = Math.Max(1, (strips * Width + JobPoints - 1) / JobPoints);
        if (images % kernels.Threads != 0) jobs = (jobs + kernels.Threads - 1) / kernels.Threads * kernels.Threads;
        int stripsPerJob = (strips + jobs - 1) / jobs;
        jobs = (strips + stripsPerJob - 1) / stripsPerJob;

        kernels.For(images * jobs, index =>
        {
            (int image, int job) = Math.DivRem(index, jobs);
            int group = image % Groups;
            float* source = from + (long)image * From.Channels * From.Area;
            float* target = to + (long)image * To.Channels * To.Area;
            ReadOnlySpan<float> shift = bias.IsEmpty ? default : bias.Span.Slice(group * To.Channels, To.Channels);
            int first = job * stripsPerJob * Width;
            Job(grid, source, weights, group, shift, target, first, Math.Min(stripsPerJob, strips - job * stripsPerJob));
        });
    }

    /// <summary>
    /// A product of one tap at (0, 0), all steps 1 (a 1x1 convolution), runs over its plane as over one long row.
    /// </summary>
    private Grid Flattened() =>
        Taps is [{ Row: 0, Column: 0 }] && Grid is { FromStepH: 1, FromStepW: 1, ToStepH: 1, ToStepW: 1 }
            && From.Width == Grid.Width && To.Width == Grid.Width && From.Height == Grid.Height
            ? Grid with { Height = 1, Width = Grid.Count }
            : Grid;

    private void Job(in Grid grid, float* source, PackedWeights weights, int group, ReadOnlySpan<float> bias, float* target,
        int first, int strips)
    {
        const int Width = MicroKernel.Columns;
        int panelRows = MicroKernel.Rows;
        bool flat = grid.Width != Grid.Width;
        int fromWidth = flat ? From.Area : From.Width, fromHeight = flat ? 1 : From.Height;

        // Scratch: gathered block [strip][BlockTerms][16], then sums [panel][strip][rows][16].
        long blockFloats = (long)strips * BlockTerms * Width, sumFloats = (long)weights.Panels * strips * panelRows * Width;
        float* block = AlignedMemory.AtLeast(blockFloats + sumFloats, ref s_scratch), sums = block + blockFloats;
        if (weights.Terms == 0) new Span<float>(sums, checked((int)sumFloats)).Clear();

        for (int k0 = 0; k0 < weights.Terms; k0 += BlockTerms)
        {
            int terms = Math.Min(BlockTerms, weights.Terms - k0);
            for (int s = 0; s < strips; s++)
            {
                Gather(grid, source, fromHeight, fromWidth, first + s * Width, k0, terms, block + (long)s * BlockTerms * Width);
                for (int panel = 0; panel < weights.Panels; panel++)
                {
                    MicroKernel.Run(weights.Panel(group, panel) + (long)k0 * panelRows, block + (long)s * BlockTerms * Width,
                        terms, sums + ((long)panel * strips + s) * panelRows * Width, add: k0 > 0);
                }
            }
        }

        for (int row = 0; row < weights.Rows; row++)
        {
            (int panel, int r) = Math.DivRem(row, panelRows);
            float shift = bias.IsEmpty ? 0f : bias[row];
            float* plane = target + (long)row * To.Area;
            for (int s = 0; s < strips; s++)
                Scatter(grid, first + s * Width, sums + (((long)panel * strips + s) * panelRows + r) * Width, shift, plane);
        }
    }

    /// <summary>
    /// Gathers terms k0 .. k0 + terms - 1 of 16 points from point <paramref name="first"/> on: [terms][16], 0 outside the plane.
    /// </summary>
    public void Gather(in Grid grid, float* source, int fromHeight, int fromWidth, int first, int k0, int terms, float* block)
    {
        const int Width = MicroKernel.Columns;
        int* rows = stackalloc int[Width], columns = stackalloc int[Width];
        int points = Math.Min(Width, grid.Count - first);
        (int i, int j) = Math.DivRem(first, grid.Width);
        bool oneRow = j + points <= grid.Width && points == Width;
        for (int p = 0; p < points; p++)
        {
            (rows[p], columns[p]) = (i * grid.FromStepH, j * grid.FromStepW);
            if (++j == grid.Width) (i, j) = (i + 1, 0);
        }

        for (int k = k0; k < k0 + terms; k++, block += Width)
        {
            (int channel, int t) = Math.DivRem(k, Taps.Length);
            Tap tap = Taps[t];
            float* plane = source + (long)channel * From.Area;
            if (oneRow)
            {
                int row = rows[0] + tap.Row, left = columns[0] + tap.Column;
                if ((uint)row >= (uint)fromHeight)
                {
                    new Span<float>(block, Width).Clear();
                    continue;
                }

                if (grid.FromStepW == 1 && left >= 0 && left + Width <= fromWidth)
                {
                    float* from = plane + (long)row * fromWidth + left;
                    Vector256.Load(from).Store(block);
                    Vector256.Load(from + 8).Store(block + 8);
                    continue;
                }

                float* line = plane + (long)row * fromWidth;
                for (int p = 0; p < Width; p++)
                {
                    int column = left + p * grid.FromStepW;
                    block[p] = (uint)column < (uint)fromWidth ? line[column] : 0f;
                }

                continue;
            }

            for (int p = 0; p < points; p++)
            {
                int row = rows[p] + tap.Row, column = columns[p] + tap.Column;
                block[p] = (uint)row < (uint)fromHeight && (uint)column < (uint)fromWidth
                    ? plane[(long)row * fromWidth + column]
                    : 0f;
            }

            for (int p = points; p < Width; p++) block[p] = 0f;
        }
    }

    /// <summary>Writes the sums of 16 points of one row of the product, with its bias, to their places.</summary>
    private void Scatter(in Grid grid, int first, float* sums, float bias, float* plane)
    {
        const int Width = MicroKernel.Columns;
        int points = Math.Min(Width, grid.Count - first);
        int toWidth = grid.Width != Grid.Width ? To.Area : To.Width;
        (int i, int j) = Math.DivRem(first, grid.Width);
        if (grid.ToStepW == 1 && points == Width && j + Width <= grid.Width)
        {
            float* to = plane + (long)(i * grid.ToStepH + grid.ToFirstH) * toWidth + j + grid.ToFirstW;
            var shift = Vector256.Create(bias);
            (Vector256.Load(sums) + shift).Store(to);
            (Vector256.Load(sums + 8) + shift).Store(to + 8);
            return;
        }

        for (int p = 0; p < points; p++)
        {
            plane[(long)(i * grid.ToStepH + grid.ToFirstH) * toWidth + j * grid.ToStepW + grid.ToFirstW] = sums[p] + bias;
            if (++j == grid.Width) (i, j) = (i + 1, 0);
        }
    }
}
