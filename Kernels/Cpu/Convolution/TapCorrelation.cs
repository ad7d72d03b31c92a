using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// A convolution's derivative to its weights, dw(m, k) = sum over points p of R(m, p) x(place of p + tap of k), where a term k is
/// a tap and a channel. Some points at a time, both sides are gathered as sixteen numbers a point, which channel blocks are
/// already, so that the product runs over points.
/// </summary>
internal readonly unsafe struct TapCorrelation
{
    private const int Width = SquareKernel.Side;

    /// <summary>Points gathered at once: 256 x 16 floats of one side fill half of a 32 KB L1 cache.</summary>
    private const int BlockPoints = 256;

    /// <summary>A panel of one block of points, with room for the two numbers that the product may read past the end.</summary>
    private const int PanelFloats = BlockPoints * Width + Width;

    /// <summary>Panels of terms of one job at most; a job gathers its own.</summary>
    private const int JobPanels = 16;

    /// <summary>Images are shared out among at most this many partial sums, added in order at the end.</summary>
    private const int MostParts = 16;

    /// <summary>All partial sums together stay below this.</summary>
    private const long PartBytes = 32 << 20;

    private readonly ConvGeometry _geometry;
    private readonly Side _input;
    private readonly Side _above;

    /// <summary>A convolution's derivative.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="input">Its input.</param>
    /// <param name="above">R, the signal at its output.</param>
    public TapCorrelation(in ConvGeometry geometry, CpuTensor input, CpuTensor above)
    {
        _geometry = geometry;
        _input = new Side(input.Layout, input.Pointer, geometry.CG, geometry.OW, geometry.Window);
        _above = new Side(above.Layout, above.Pointer, geometry.OG, geometry.OW, new Window(1, 1));
    }

    private static int SquareFloats => SquareKernel.Rows * Width;

    private long GroupFloats => (long)SquareFloats * _above.Panels * _input.Panels;

    private long PartFloats => GroupFloats * _geometry.Groups;

    /// <summary>Of shapes alone, never of threads, and so is the order of summation.</summary>
    private int Parts => (int)Math.Clamp(PartBytes / (PartFloats * sizeof(float)), 1, Math.Clamp(_geometry.N, 1, MostParts));

    /// <summary>Computes the derivative.</summary>
    /// <param name="kernels">Threads and working memory.</param>
    /// <param name="result">[groups, OG, CG, KH, KW], row-major.</param>
    public void Run(CpuKernels kernels, float* result)
    {
        float* sums = kernels.WorkingMemory(Parts * PartFloats);
        var product = new ProductJob(this, kernels, sums);
        kernels.For(product.Pieces, ref product);
        var total = new TotalJob(this, sums, result);
        kernels.For(_geometry.Groups * _input.Panels, ref total);
    }

    /// <summary>What one group of a tensor contributes to a point: its channels at each tap, in panels of sixteen.</summary>
    private readonly struct Side(Layout layout, float* tensor, int channels, int pointsWidth, Window w)
    {
        public int Terms => w.Area * channels;

        public int Panels => (Terms + Width - 1) / Width;

        /// <summary>Gathers one panel of some points, [points][16]; lanes past the last term are left as they are.</summary>
        public void Gather(int image, int group, int panel, int first, int points, float* to)
        {
            int end = Math.Min(Terms, (panel + 1) * Width);
            for (int k = panel * Width, run; k < end; k += run)
            {
                // Terms that lie side by side: one tap, one block of channels.
                (int tap, int c) = Math.DivRem(k, channels);
                int channel = group * channels + c, lane = channel % Layout.Lanes;
                run = Math.Min(Math.Min(end - k, channels - c), Layout.Lanes - lane);
                float* block = tensor + image * layout.ImageFloats + channel / Layout.Lanes * layout.BlockFloats + lane;
                GatherRun(block, tap, run, first, points, to + k % Width);
            }
        }

        private void GatherRun(float* block, int tap, int run, int first, int points, float* to)
        {
            int down = tap / w.KW * w.DilationH - w.PadTop, right = tap % w.KW * w.DilationW - w.PadLeft;
            (int i, int j) = Math.DivRem(first, pointsWidth);
            for (int p = 0; p < points; p++, to += Width)
            {
                int row = i * w.StrideH + down, column = j * w.StrideW + right;
                if (++j == pointsWidth) (i, j) = (i + 1, 0);
                if ((uint)row >= (uint)layout.Height || (uint)column >= (uint)layout.Width)
                {
                    for (int lane = 0; lane < run; lane++) to[lane] = 0f;
                    continue;
                }

                float* from = block + ((long)row * layout.Width + column) * Layout.Lanes;
                if (run == Width)
                {
                    Vector256.Load(from).Store(to);
                    Vector256.Load(from + 8).Store(to + 8);
                    continue;
                }

                for (int lane = 0; lane < run; lane++) to[lane] = from[lane];
            }
        }
    }

    /// <summary>Some images, one group, some panels of terms: sums[term panel][row panel][16 rows][16 terms].</summary>
    private readonly struct ProductJob(TapCorrelation t, CpuKernels kernels, float* sums) : IJob
    {
        private int Blocks => (t._input.Panels + JobPanels - 1) / JobPanels;

        public int Pieces => t.Parts * t._geometry.Groups * Blocks;

        public void Run(int index, int worker)
        {
            (int part, int rest) = Math.DivRem(index, t._geometry.Groups * Blocks);
            (int group, int block) = Math.DivRem(rest, Blocks);
            int firstPanel = block * JobPanels, panels = Math.Min(JobPanels, t._input.Panels - firstPanel);
            long square = (long)SquareFloats * t._above.Panels;
            float* own = sums + part * t.PartFloats + group * t.GroupFloats + firstPanel * square;
            new Span<float>(own, checked((int)(square * panels))).Clear();
            long images = t._geometry.N;
            for (var image = (int)(images * part / t.Parts); image < (int)(images * (part + 1) / t.Parts); image++)
                Image(image, group, firstPanel, panels, own, worker);
        }

        private void Image(int image, int group, int firstPanel, int panels, float* own, int worker)
        {
            int rowPanels = t._above.Panels, points = t._geometry.OH * t._geometry.OW;
            float* terms = kernels.Scratch(worker, (long)(panels + rowPanels) * PanelFloats);
            float* rows = terms + (long)panels * PanelFloats;
            for (int first = 0; first < points; first += BlockPoints)
            {
                int count = Math.Min(BlockPoints, points - first);
                for (int panel = 0; panel < panels; panel++)
                    t._input.Gather(image, group, firstPanel + panel, first, count, terms + (long)panel * PanelFloats);
                for (int panel = 0; panel < rowPanels; panel++)
                    t._above.Gather(image, group, panel, first, count, rows + (long)panel * PanelFloats);
                for (int panel = 0; panel < panels; panel++)
                for (int row = 0; row < rowPanels; row++)
                {
                    SquareKernel.Run(rows + (long)row * PanelFloats, terms + (long)panel * PanelFloats, count,
                        own + ((long)panel * rowPanels + row) * SquareFloats, add: true);
                }
            }
        }
    }

    /// <summary>One panel of terms of one group: the parts' sums, added in double, in the weights' order.</summary>
    private readonly struct TotalJob(TapCorrelation t, float* sums, float* result) : IJob
    {
        public void Run(int index, int worker)
        {
            (int group, int panel) = Math.DivRem(index, t._input.Panels);
            int rows = t._geometry.OG, channels = t._geometry.CG, taps = t._geometry.Window.Area, parts = t.Parts;
            long partFloats = t.PartFloats;
            for (int row = 0; row < rows; row++)
            for (int k = panel * Width; k < Math.Min(t._input.Terms, (panel + 1) * Width); k++)
            {
                float* sum = sums + SquareFloats * ((long)index * t._above.Panels + row / Width)
                    + row % Width * Width + k % Width;
                double total = 0;
                for (int part = 0; part < parts; part++) total += sum[part * partFloats];
                (int tap, int c) = Math.DivRem(k, channels);
                result[(((long)group * rows + row) * channels + c) * taps + tap] = (float)total;
            }
        }
    }
}
