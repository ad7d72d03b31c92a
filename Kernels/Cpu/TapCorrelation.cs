using System.Runtime.CompilerServices;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// A convolution's derivative to its weights, dw(m, k) = sum over points p of R(m, p) x(place of p + tap of k): the tap
/// product of the way up with points and terms exchanged. Some points at a time, both sides are gathered and turned so that
/// the micro-kernel runs over points.
/// </summary>
internal sealed unsafe class TapCorrelation
{
    private const int Width = MicroKernel.Columns;

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

    /// <summary>The convolution on its way up.</summary>
    public required TapProduct Product { get; init; }

    /// <summary>Computes the derivative.</summary>
    /// <param name="kernels">Threads and working memory.</param>
    /// <param name="n">Images.</param>
    /// <param name="input">[n, groups, From].</param>
    /// <param name="above">R, [n, groups, To].</param>
    /// <param name="result">[groups, To.Channels, From.Channels * taps].</param>
    public void Run(CpuKernels kernels, int n, float* input, float* above, float* result)
    {
        int rows = Product.To.Channels, terms = Product.From.Channels * Product.Taps.Length, groups = Product.Groups;
        int rowPanels = Panels(rows), termPanels = Panels(terms), panelsPerJob = JobTerms / Width;
        int blocks = (termPanels + panelsPerJob - 1) / panelsPerJob;
        long square = (long)MicroKernel.SquareRows * Width, partFloats = square * rowPanels * termPanels * groups;

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
                Image(input + at * Product.From.Channels * Product.From.Area, above + at * rows * Product.To.Area,
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
        int rows = Product.To.Channels, rowPanels = Panels(rows), points = Product.Grid.Count;
        float* gathered = stackalloc float[Width * Width];

        // [panel][points][16], with room for the two numbers that RunSquare may read past the end.
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
                    Product.Gather(Product.Grid, input, Product.From.Height, Product.From.Width, at, k0, k, gathered);
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
                        if (row < rows) new ReadOnlySpan<float>(above + (long)row * Product.To.Area + at, valid).CopyTo(line);
                    }

                    Turn(gathered, turnedRows + panel * panelFloats + (long)s * Width * Width);
                }
            }

            for (int panel = 0; panel < panels; panel++)
            for (int row = 0; row < rowPanels; row++)
            {
                MicroKernel.RunSquare(turnedRows + row * panelFloats, turned + panel * panelFloats, strips * Width,
                    sums + ((long)panel * rowPanels + row) * MicroKernel.SquareRows * Width, add: true);
            }
        }
    }

    /// <summary>A 16 x 16 matrix's transpose.</summary>
    private static void Turn(float* from, float* to)
    {
        for (int i = 0; i < Width; i += 4)
        for (int j = 0; j < Width; j += 4)
        {
            float* four = from + i * Width + j;
            WinogradTransforms.Transpose(four, four + Width, four + 2 * Width, four + 3 * Width, to + j * Width + i, Width);
        }
    }

    private static int Panels(int count) => (count + Width - 1) / Width;
}
