using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>Channels of one group and the size of a channel's plane.</summary>
internal readonly record struct Planes(int Channels, int Height, int Width)
{
    public int Area => Height * Width;
}

/// <summary>
/// A convolution's derivative to its weights, dw(m, k) = sum over points p of R(m, p) x(place of p + tap of k): the tap
/// product of the way up with points and terms exchanged. Some points at a time, both sides are gathered and turned so that
/// the micro-kernel runs over points.
/// </summary>
internal sealed unsafe class TapCorrelation
{
    private const int Width = SquareKernel.Side;

    /// <summary>Points gathered at once: 256 x 16 floats of one side fill half of a 32 KB L1 cache.</summary>
    private const int BlockPoints = 256;

    /// <summary>Terms of one job at most; a job gathers its own.</summary>
    private const int JobTerms = 256;

    /// <summary>Images are shared out among at most this many partial sums, added in order at the end.</summary>
    private const int MostParts = 16;

    /// <summary>All partial sums together stay below this.</summary>
    private const long PartBytes = 32 << 20;

    [ThreadStatic]
    private static AlignedMemory? s_scratch;

    public required int Groups { get; init; }

    /// <summary>One group of the input, row-major.</summary>
    public required Planes From { get; init; }

    /// <summary>One group of the signal above, row-major.</summary>
    public required Planes To { get; init; }

    public required Grid Grid { get; init; }

    public required Tap[] Taps { get; init; }

    /// <summary>Computes the derivative.</summary>
    /// <param name="kernels">Threads and working memory.</param>
    /// <param name="n">Images.</param>
    /// <param name="input">[n, groups, From].</param>
    /// <param name="above">R, [n, groups, To].</param>
    /// <param name="result">[groups, To.Channels, From.Channels * taps].</param>
    public void Run(CpuKernels kernels, int n, float* input, float* above, float* result)
    {
        int rows = To.Channels, terms = From.Channels * Taps.Length, groups = Groups;
        int rowPanels = Panels(rows), termPanels = Panels(terms), panelsPerJob = JobTerms / Width;
        int blocks = (termPanels + panelsPerJob - 1) / panelsPerJob;
        long square = (long)SquareKernel.Rows * Width, partFloats = square * rowPanels * termPanels * groups;

        // The number of parts depends on shapes alone, never on threads, and so does the order of summation.
        var parts = (int)Math.Clamp(PartBytes / (partFloats * sizeof(float)), 1, Math.Min(n, MostParts));
        float* sums = kernels.WorkingMemory(parts * partFloats);
        kernels.For(parts * groups * blocks, job =>
        {
            (int part, int rest) = Math.DivRem(job, groups * blocks);
            (int group, int block) = Math.DivRem(rest, blocks);
            int firstPanel = block * panelsPerJob, panels = Math.Min(panelsPerJob, termPanels - firstPanel);
            float* own = sums + part * partFloats + square * rowPanels * ((long)group * termPanels + firstPanel);
            new Span<float>(own, checked((int)(square * rowPanels * panels))).Clear();
            for (int image = n * part / parts; image < n * (part + 1) / parts; image++)
            {
                long at = (long)image * groups + group;
                Image(input + at * From.Channels * From.Area, above + at * rows * To.Area,
                    firstPanel, panels, terms, own);
            }
        });

        kernels.For(groups * termPanels, job =>
        {
            (int group, int panel) = Math.DivRem(job, termPanels);
            for (int row = 0; row < rows; row++)
            for (int j = 0; j < Math.Min(Width, terms - panel * Width); j++)
            {
                float* sum = sums + square * ((long)job * rowPanels + row / Width) + row % Width * Width + j;
                double total = 0;
                for (int part = 0; part < parts; part++) total += sum[part * partFloats];
                result[((long)group * rows + row) * terms + panel * Width + j] = (float)total;
            }
        });
    }

    /// <summary>sums[term panel][row panel][16 rows][16 terms] += one image's products.</summary>
    [SkipLocalsInit]
    private void Image(float* input, float* above, int firstPanel, int panels, int terms, float* sums)
    {
        int rows = To.Channels, rowPanels = Panels(rows), points = Grid.Count;
        float* gathered = stackalloc float[Width * Width];

        // [panel][points][16], with room for the two numbers that the product may read past the end.
        long panelFloats = BlockPoints * Width + Width;
        float* turned = AlignedMemory.AtLeast((panels + rowPanels) * panelFloats, ref s_scratch),
            turnedRows = turned + panels * panelFloats;
        for (int first = 0; first < points; first += BlockPoints)
        {
            int count = Math.Min(BlockPoints, points - first), strips = (count + Width - 1) / Width;
            for (int s = 0; s < strips; s++)
            {
                int at = first + s * Width, valid = Math.Min(Width, points - at);
                for (int panel = 0; panel < panels; panel++)
                {
                    int k0 = (firstPanel + panel) * Width, k = Math.Min(Width, terms - k0);
                    Gather(Grid, input, From.Height, From.Width, at, k0, k, gathered);
                    new Span<float>(gathered + k * Width, (Width - k) * Width).Clear();
                    Turn(gathered, turned + panel * panelFloats + (long)s * Width * Width);
                }

                for (int panel = 0; panel < rowPanels; panel++)
                {
                    for (int r = 0; r < Width; r++)
                    {
                        var line = new Span<float>(gathered + r * Width, Width);
                        int row = panel * Width + r;
                        if (row >= rows || valid < Width) line.Clear();
                        if (row < rows) new ReadOnlySpan<float>(above + (long)row * To.Area + at, valid).CopyTo(line);
                    }

                    Turn(gathered, turnedRows + panel * panelFloats + (long)s * Width * Width);
                }
            }

            for (int panel = 0; panel < panels; panel++)
            for (int row = 0; row < rowPanels; row++)
            {
                SquareKernel.Run(turnedRows + row * panelFloats, turned + panel * panelFloats, strips * Width,
                    sums + ((long)panel * rowPanels + row) * SquareKernel.Rows * Width, add: true);
            }
        }
    }

    /// <summary>
    /// Gathers terms k0 .. k0 + terms - 1 of 16 points from point <paramref name="first"/> on: [terms][16], 0 outside the plane.
    /// </summary>
    private void Gather(in Grid grid, float* source, int fromHeight, int fromWidth, int first, int k0, int terms, float* block)
    {
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

    /// <summary>A 16 x 16 matrix's transpose.</summary>
    private static void Turn(float* from, float* to)
    {
        for (int i = 0; i < Width; i += 4)
        for (int j = 0; j < Width; j += 4)
        {
            float* four = from + i * Width + j;
            Transpose(four, four + Width, four + 2 * Width, four + 3 * Width, to + j * Width + i, Width);
        }
    }

    private static int Panels(int count) => (count + Width - 1) / Width;

    /// <summary>Four numbers from each of four places become four vectors of one number from each place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(float* r0, float* r1, float* r2, float* r3, float* to, int stride)
    {
        if (!Sse.IsSupported)
        {
            for (int k = 0; k < 4; k++)
                (to[k * stride], to[k * stride + 1], to[k * stride + 2], to[k * stride + 3]) = (r0[k], r1[k], r2[k], r3[k]);
            return;
        }

        Vector128<float> a = Vector128.Load(r0), b = Vector128.Load(r1), c = Vector128.Load(r2), d = Vector128.Load(r3);
        Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b),
            cdHigh = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(ab, cd).Store(to);
        Sse.MoveHighToLow(cd, ab).Store(to + stride);
        Sse.MoveLowToHigh(abHigh, cdHigh).Store(to + 2 * stride);
        Sse.MoveHighToLow(cdHigh, abHigh).Store(to + 3 * stride);
    }
}
