using System.Runtime.CompilerServices;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The derivative to the weights of a 3x3 convolution of stride 1, through the transposes of Winograd's transforms. From
/// y = A^T [U . V] A with U = G g G^T and V = B^T d B follows dU = sum over tiles of V . (A R A^T) and dg = G^T dU G: at each
/// of the 36 positions a product of [O, tiles] and [tiles, C]. A tile's values of sixteen channels lie in one line, so that
/// the product runs over tiles.
/// </summary>
internal readonly unsafe struct WinogradWeightGradient
{
    private const int Lanes = Layout.Lanes;
    private const int Positions = WinogradTransforms.Positions;

    /// <summary>Both sides' transformed tiles of one block stay below this, to be read back from the cache.</summary>
    private const long BlockBytes = 8 << 20;

    /// <summary>Tiles summed at once: 256 x 16 floats of one side fill half of a 32 KB L1 cache.</summary>
    private const int MostBlockTiles = 256;

    /// <summary>Blocks of rows that a piece multiplies.</summary>
    private const int RowsOfPiece = 4;

    private readonly ConvSource _input;
    private readonly ConvSource _above;
    private readonly int _padTop;
    private readonly int _padLeft;
    private readonly TileStrips _strips;

    /// <summary>A convolution's derivative.</summary>
    /// <param name="input">The convolution's input.</param>
    /// <param name="above">R, the signal at its output.</param>
    /// <param name="padTop">Rows of zeros above the input.</param>
    /// <param name="padLeft">Columns of zeros to its left.</param>
    public WinogradWeightGradient(in ConvSource input, in ConvSource above, int padTop, int padLeft)
    {
        (_input, _above, _padTop, _padLeft) = (input, above, padTop, padLeft);
        _strips = new TileStrips(above.Layout);
    }

    private int InputBlocks => _input.Layout.Blocks;

    private int OutputBlocks => _above.Layout.Blocks;

    private static int SquareFloats => SquareKernel.Rows * Lanes;

    /// <summary>Computes the derivative.</summary>
    /// <param name="kernels">Threads and working memory.</param>
    /// <param name="result">[O, C, 3, 3], row-major.</param>
    public void Run(CpuKernels kernels, float* result)
    {
        int blocks = InputBlocks + OutputBlocks;
        long most = Math.Min(MostBlockTiles, BlockBytes / ((long)Positions * Lanes * sizeof(float) * blocks));
        var strips = (int)Math.Clamp(most / _strips.StripTiles, 1, Math.Max(1, _strips.Count));
        var room = new Room(this, strips * _strips.StripTiles);
        float* memory = kernels.WorkingMemory(room.Floats);
        new Span<float>(room.Sums(memory), checked((int)(Positions * room.PositionSums))).Clear();
        for (int first = 0; first < _strips.Count; first += strips)
        {
            int end = Math.Min(_strips.Count, first + strips);
            var transform = new TransformJob(this, kernels, room, memory, first);
            kernels.For((end - first) * blocks, ref transform);
            var product = new ProductJob(this, room, memory, _strips.FirstTile(end) - _strips.FirstTile(first));
            kernels.For(product.Pieces, ref product);
        }

        var output = new OutputJob(this, room, memory, result);
        kernels.For(_above.Layout.Channels, ref output);
    }

    /// <summary>
    /// Where transformed tiles, [position][block][tile][16], positions an odd number of lines apart, and sums,
    /// [position][output block][input block][16][16], lie.
    /// </summary>
    private readonly struct Room
    {
        public Room(in WinogradWeightGradient w, int tiles)
        {
            BlockFloats = (long)tiles * Lanes;

            // A line to spare: the product may read past the end.
            Stride = Winograd.OddLines((w.InputBlocks + w.OutputBlocks) * BlockFloats + Lanes);
            PositionSums = (long)w.OutputBlocks * w.InputBlocks * SquareFloats;
        }

        public long BlockFloats { get; }

        public long Stride { get; }

        public long PositionSums { get; }

        public long Floats => Positions * (Stride + PositionSums);

        public float* Sums(float* memory) => memory + Positions * Stride;
    }

    /// <summary>A strip in one block of channels of either side.</summary>
    private readonly struct TransformJob(WinogradWeightGradient w, CpuKernels kernels, Room room, float* memory, int first) : IJob
    {
        public void Run(int index, int worker)
        {
            (int strip, int block) = Math.DivRem(index, w.InputBlocks + w.OutputBlocks);
            strip += first;
            float* work = kernels.Scratch(worker, TileStrips.WorkFloats);
            float* to = memory + block * room.BlockFloats + (w._strips.FirstTile(strip) - w._strips.FirstTile(first)) * Lanes;
            if (block < w.InputBlocks)
                w._strips.TransformInput(w._input, w._padTop, w._padLeft, strip, block, work, to, room.Stride);
            else w._strips.TransformSignal(w._above, strip, block - w.InputBlocks, work, to, room.Stride);
        }
    }

    /// <summary>One position, some blocks of outputs with all blocks of inputs.</summary>
    private readonly struct ProductJob(WinogradWeightGradient w, Room room, float* memory, int tiles) : IJob
    {
        private int Parts => (w.OutputBlocks + RowsOfPiece - 1) / RowsOfPiece;

        public int Pieces => Positions * Parts;

        public void Run(int index, int worker)
        {
            (int p, int part) = Math.DivRem(index, Parts);
            float* at = memory + p * room.Stride, sums = room.Sums(memory) + p * room.PositionSums;
            for (int o = part * RowsOfPiece; o < Math.Min(w.OutputBlocks, (part + 1) * RowsOfPiece); o++)
            for (int c = 0; c < w.InputBlocks; c++)
            {
                SquareKernel.Run(at + (w.InputBlocks + o) * room.BlockFloats, at + c * room.BlockFloats, tiles,
                    sums + ((long)o * w.InputBlocks + c) * SquareFloats, add: true);
            }
        }
    }

    /// <summary>The filters of one output.</summary>
    private readonly struct OutputJob(WinogradWeightGradient w, Room room, float* memory, float* result) : IJob
    {
        [SkipLocalsInit]
        public void Run(int index, int worker)
        {
            float* filters = stackalloc float[9 * Lanes];
            int inputs = w._input.Layout.Channels;
            for (int block = 0; block < w.InputBlocks; block++)
            {
                float* row = room.Sums(memory) + ((long)(index / Lanes) * w.InputBlocks + block) * SquareFloats
                    + index % Lanes * Lanes;
                WinogradTransforms.FilterTransposed(row, room.PositionSums, filters);
                float* to = result + ((long)index * inputs + block * Lanes) * 9;
                for (int j = 0; j < Math.Min(Lanes, inputs - block * Lanes); j++)
                    for (int k = 0; k < 9; k++) *to++ = filters[k * Lanes + j];
            }
        }
    }
}
