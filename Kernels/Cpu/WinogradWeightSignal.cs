using System.Runtime.CompilerServices;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The derivative to the weights of a 3x3 convolution of stride 1, through the transposes of Winograd's transforms. From
/// y = A^T [U . V] A with U = G g G^T and V = B^T d B follows dU = sum over tiles of V . (A R A^T) and dg = G^T dU G: at each
/// of the 36 positions a product of [O, tiles] and [tiles, C]. A tile's values of sixteen channels lie in one line, so that
/// the micro-kernel runs over tiles.
/// </summary>
internal sealed unsafe class WinogradWeightSignal
{
    private const int Lanes = WinogradTransforms.Lanes;
    private const int Side = WinogradTransforms.Side;
    private const int Step = WinogradTransforms.Step;
    private const int Positions = WinogradTransforms.Positions;

    /// <summary>Both sides' transformed tiles of one block stay below this, to be read back from the cache.</summary>
    private const long BlockBytes = 8 << 20;

    /// <summary>Tiles summed at once: 256 x 16 floats of one side fill half of a 32 KB L1 cache.</summary>
    private const int MostBlockTiles = 256;

    /// <summary>Tiles that one job transforms.</summary>
    private const int JobTiles = 16;

    private const int Line = Winograd.Line;

    /// <summary>The convolution's input planes, [C, H, W] an image.</summary>
    public required Planes Input { get; init; }

    /// <summary>Its output planes, [O, OH, OW] an image.</summary>
    public required Planes Output { get; init; }

    /// <summary>Rows of padding above the input.</summary>
    public required int PadTop { get; init; }

    /// <summary>Columns of padding to the left of the input.</summary>
    public required int PadLeft { get; init; }

    private int TilesX => (Output.Width + Step - 1) / Step;

    private int TilesPerImage => TilesX * ((Output.Height + Step - 1) / Step);

    private int InputPanels => (Input.Channels + Lanes - 1) / Lanes;

    private int OutputPanels => (Output.Channels + Lanes - 1) / Lanes;

    /// <summary>Computes the derivative.</summary>
    /// <param name="kernels">Threads and working memory.</param>
    /// <param name="n">Images.</param>
    /// <param name="input">[n, Input].</param>
    /// <param name="above">R, [n, Output].</param>
    /// <param name="result">[O, C, 3, 3].</param>
    public void Run(CpuKernels kernels, int n, float* input, float* above, float* result)
    {
        int tiles = n * TilesPerImage, panels = InputPanels + OutputPanels, square = MicroKernel.SquareRows * Lanes;
        var blockTiles = (int)Math.Clamp(BlockBytes / ((long)Positions * Lanes * sizeof(float) * panels), JobTiles,
            Math.Min(MostBlockTiles, Math.Max(JobTiles, tiles)));

        // [position][panel][tile][16], positions an odd number of cache lines apart, and a line to spare (RunSquare).
        long panelFloats = (long)blockTiles * Lanes, stride = Winograd.OddLines(panels * panelFloats + Lanes);
        long positionSums = (long)OutputPanels * InputPanels * square;
        float* transformed = kernels.WorkingMemory(Positions * (stride + positionSums)), sums = transformed + Positions * stride;

        for (int first = 0; first < tiles; first += blockTiles)
        {
            int start = first, count = Math.Min(blockTiles, tiles - first), tileJobs = (count + JobTiles - 1) / JobTiles;
            kernels.For(tileJobs * panels, job =>
            {
                (int panel, int part) = Math.DivRem(job, tileJobs);
                int from = part * JobTiles, end = Math.Min(count, from + JobTiles);
                float* to = transformed + panel * panelFloats;
                if (panel < InputPanels) Transform(input, ofInput: true, panel * Lanes, start, from, end, to, stride);
                else Transform(above, ofInput: false, (panel - InputPanels) * Lanes, start, from, end, to, stride);
            });

            const int RowPanelsPerJob = 4;
            int parts = (OutputPanels + RowPanelsPerJob - 1) / RowPanelsPerJob;
            kernels.For(Positions * parts, job =>
            {
                (int p, int part) = Math.DivRem(job, parts);
                float* at = transformed + p * stride;
                for (int o = part * RowPanelsPerJob; o < Math.Min(OutputPanels, (part + 1) * RowPanelsPerJob); o++)
                for (int c = 0; c < InputPanels; c++)
                {
                    MicroKernel.RunSquare(at + (InputPanels + o) * panelFloats, at + c * panelFloats, count,
                        sums + p * positionSums + ((long)o * InputPanels + c) * square, add: start > 0);
                }
            });
        }

        kernels.For(Output.Channels, o =>
        {
            float* filters = stackalloc float[9 * Lanes];
            for (int panel = 0; panel < InputPanels; panel++)
            {
                float* row = sums + ((long)(o / Lanes) * InputPanels + panel) * square + o % Lanes * Lanes;
                WinogradTransforms.FilterTransposed(row, positionSums, filters);
                float* to = result + ((long)o * Input.Channels + panel * Lanes) * 9;
                for (int j = 0; j < Math.Min(Lanes, Input.Channels - panel * Lanes); j++)
                    for (int k = 0; k < 9; k++) *to++ = filters[k * Lanes + j];
            }
        });
    }

    /// <summary>
    /// Transforms tiles from..end of a block in sixteen channels: of the input, B^T d B of 6x6 numbers around the output tile;
    /// of the signal above, A R A^T of the tile's own 4x4.
    /// </summary>
    [SkipLocalsInit]
    private void Transform(float* tensor, bool ofInput, int channel, int blockStart, int from, int end, float* to, long stride)
    {
        Planes planes = ofInput ? Input : Output;
        int side = ofInput ? Side : Step, read = ofInput ? Line : Step, channels = Math.Min(Lanes, planes.Channels - channel);
        float* copies = stackalloc float[Lanes * Side * Line];
        float** places = stackalloc float*[Lanes];
        int* strides = stackalloc int[Lanes];
        new Span<float>(copies, Lanes * Side * Line).Clear();
        for (int t = from; t < end; t++)
        {
            float* plane = Place(tensor, planes, channel, blockStart + t, out int top, out int left);
            if (ofInput) (top, left) = (top - PadTop, left - PadLeft);
            bool inside = top >= 0 && left >= 0 && top + side <= planes.Height && left + read <= planes.Width;
            for (int lane = 0; lane < Lanes; lane++, plane += planes.Area)
            {
                float* copy = copies + lane * Side * Line;
                bool inPlace = inside && lane < channels;
                strides[lane] = inPlace ? planes.Width : Line;
                places[lane] = inPlace ? plane + (long)top * planes.Width + left : copy;
                if (!inside && lane < channels) Winograd.CopyOut(plane, planes, top, left, side, copy);
            }

            if (ofInput) WinogradTransforms.Input(places, strides, to + (long)t * Lanes, stride);
            else WinogradTransforms.OutputTransposed(places, strides, to + (long)t * Lanes, stride);
        }
    }

    /// <summary>The first of sixteen planes in which a tile lies, and the tile's first output row and column.</summary>
    private float* Place(float* tensor, Planes planes, int channel, int tile, out int top, out int left)
    {
        (int image, int inside) = Math.DivRem(tile, TilesPerImage);
        (int y, int x) = Math.DivRem(inside, TilesX);
        (top, left) = (y * Step, x * Step);
        return tensor + ((long)image * planes.Channels + channel) * planes.Area;
    }
}
