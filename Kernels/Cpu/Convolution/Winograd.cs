namespace NetViz.Kernels.Cpu;

/// <summary>
/// A 3x3 convolution of stride 1 by F(4x4, 3x3): tiles are transformed, multiplied position by position, transformed back. Two
/// schedules of the same arithmetic, chosen by shapes:
/// <list type="bullet">
/// <item>by tiles: a worker takes some strips of tiles through all three steps in its own memory, without a barrier;</item>
/// <item>by positions, where there are few tiles or the weights are too many to be read again for every piece: all workers
/// transform, then multiply, then transform back.</item>
/// </list>
/// A number is summed in the same order in both.
/// </summary>
internal readonly unsafe struct Winograd
{
    private const int Lanes = Layout.Lanes;
    private const int Step = WinogradTransforms.Step;
    private const int Positions = WinogradTransforms.Positions;

    /// <summary>Transformed weights above this are read once for all tiles.</summary>
    private const long WeightBytesByTiles = 20 << 20;

    /// <summary>Tiles that a piece takes at most: with 256 channels they fill a second-level cache of 1 MB.</summary>
    private const int MostTilesOfPiece = 28;

    /// <summary>Tiles that are multiplied at once by positions, so that they stay in the last-level cache.</summary>
    private const long BlockBytes = 16 << 20;

    private readonly ConvSource _source;
    private readonly ConvTarget _target;
    private readonly WinogradWeights _weights;
    private readonly float* _bias;
    private readonly int _padTop;
    private readonly int _padLeft;
    private readonly TileStrips _strips;

    /// <summary>A convolution.</summary>
    /// <param name="source">What it reads.</param>
    /// <param name="target">Where its numbers go.</param>
    /// <param name="padTop">Rows of zeros above the source.</param>
    /// <param name="padLeft">Columns of zeros to the left of the source.</param>
    /// <param name="weights">At the 36 positions.</param>
    /// <param name="bias">[outputs, up to whole blocks].</param>
    public Winograd(in ConvSource source, in ConvTarget target, int padTop, int padLeft, WinogradWeights weights, float* bias)
    {
        (_source, _target, _weights) = (source, target, weights);
        _bias = bias;
        (_padTop, _padLeft) = (padTop, padLeft);
        _strips = new TileStrips(target.Layout with { Images = source.Layout.Images });
    }

    private int Blocks => Layout.BlocksOf(_weights.Inputs);

    /// <summary>Rounds up to an odd number of cache lines, so that the 36 positions spread over a cache's sets.</summary>
    public static long OddLines(long floats) => ((floats + 15) / 16 | 1) * 16;

    /// <summary>Computes it.</summary>
    public void Run(CpuKernels kernels)
    {
        if (_strips.Count == 0) return;
        int threads = kernels.Threads, tiles = _strips.FirstTile(_strips.Count);
        if (_weights.Bytes <= WeightBytesByTiles && tiles >= 2 * MostTilesOfPiece * threads)
        {
            // As many pieces as a multiple of the threads, so that all end together.
            int most = Math.Max(1, MostTilesOfPiece / _strips.StripTiles);
            int pieces = (_strips.Count + most - 1) / most;
            pieces = Math.Min(_strips.Count, (pieces + threads - 1) / threads * threads);
            var job = new TilesJob(this, kernels, pieces);
            kernels.For(pieces, ref job);
            return;
        }

        int channels = Blocks * Lanes + _weights.Panels * _weights.Columns;
        long stripBytes = (long)Positions * sizeof(float) * _strips.StripTiles * channels;
        int strips = (int)Math.Clamp(BlockBytes / stripBytes, 1, _strips.Count);
        for (int first = 0; first < _strips.Count; first += strips)
        {
            int end = Math.Min(_strips.Count, first + strips);
            var room = new Room(this, _strips.FirstTile(end) - _strips.FirstTile(first), _weights.Panels);
            float* transformed = kernels.WorkingMemory(room.Floats);
            var input = new InputJob(this, kernels, room, transformed, first, end);
            kernels.For(input.Pieces, ref input);
            var product = new ProductJob(this, room, transformed);
            kernels.For(product.Pieces, ref product);
            var output = new OutputJob(this, kernels, room, transformed, first, end);
            kernels.For(output.Pieces, ref output);
        }
    }

    private void TransformIn(int strip, int block, float* work, float* to, long positionStride) =>
        _strips.TransformInput(_source, _padTop, _padLeft, strip, block, work, to, positionStride);

    /// <summary>Multiplies tiles at one position with one panel of weights.</summary>
    private void Multiply(int position, int panel, int* offsets, float* tiles, int count, float* products)
    {
        float* weight = _weights.Panel(position, panel);
        int whole = _weights.Inputs / Lanes, rest = _weights.Inputs % Lanes;

        // Each group of rows fetches its share of the next panel.
        int groups = (count + MicroKernel.MostRows - 1) / MicroKernel.MostRows, step = (_weights.Columns + groups - 1) / groups;
        float* next = weight + (long)_weights.Inputs * _weights.Columns;
        for (int t = 0; t < count; next += _weights.Inputs * step)
        {
            int rows = MicroKernel.RowsOf(count - t);
            MicroKernel.Run(rows, tiles + t * Lanes, offsets, Blocks, whole, rest, weight, _weights.Columns, next, step,
                products + t * _weights.Columns);
            t += rows;
        }
    }

    /// <summary>Transforms a strip of one block of outputs back and sends it on.</summary>
    private void TransformOut(int strip, int block, float* work, float* products, long positionStride)
    {
        (int image, int row, int column) = _strips.PlaceOf(strip);
        int tiles = _strips.TilesOf(strip);
        float* lines = work + TileStrips.HalfFloats;
        WinogradTransforms.Output(products, positionStride, _weights.Columns, tiles, _bias + block * Lanes, work, lines);
        _target.Write(image, block, row, column, Step, tiles * Step, lines);
    }

    /// <summary>
    /// Where transformed tiles, [position][block][tile][16], and products, [position][panel][tile][columns], lie, positions an
    /// odd number of lines apart, and the offsets of the tiles' blocks.
    /// </summary>
    private readonly struct Room
    {
        public Room(in Winograd w, int tiles, int panels)
        {
            Tiles = tiles;
            BlockFloats = tiles * Lanes;
            InputStride = OddLines((long)w.Blocks * BlockFloats);
            PanelFloats = tiles * w._weights.Columns;
            ProductStride = OddLines((long)panels * PanelFloats);
            OffsetFloats = OddLines(w.Blocks);
        }

        public int Tiles { get; }

        public int BlockFloats { get; }

        public long InputStride { get; }

        public int PanelFloats { get; }

        public long ProductStride { get; }

        public long OffsetFloats { get; }

        public long Floats => OffsetFloats + Positions * (InputStride + ProductStride);

        public static int* Offsets(float* memory) => (int*)memory;

        public float* Inputs(float* memory) => memory + OffsetFloats;

        public float* Products(float* memory) => memory + OffsetFloats + Positions * InputStride;

        public void SetOffsets(float* memory, int blocks)
        {
            for (int block = 0; block < blocks; block++) Offsets(memory)[block] = block * BlockFloats;
        }
    }

    /// <summary>By tiles: some strips through all three steps.</summary>
    private readonly struct TilesJob(Winograd w, CpuKernels kernels, int pieces) : IJob
    {
        public void Run(int index, int worker)
        {
            int first = (int)((long)w._strips.Count * index / pieces), end = (int)((long)w._strips.Count * (index + 1) / pieces);
            int firstTile = w._strips.FirstTile(first), tiles = w._strips.FirstTile(end) - firstTile;
            var room = new Room(w, tiles, panels: 1);
            float* work = kernels.Scratch(worker, TileStrips.WorkFloats + room.Floats), memory = work + TileStrips.WorkFloats;
            float* inputs = room.Inputs(memory), products = room.Products(memory);
            room.SetOffsets(memory, w.Blocks);
            for (int block = 0; block < w.Blocks; block++)
            for (int strip = first; strip < end; strip++)
            {
                float* to = inputs + (long)block * room.BlockFloats + (w._strips.FirstTile(strip) - firstTile) * Lanes;
                w.TransformIn(strip, block, work, to, room.InputStride);
            }

            // A panel at a time, so that its products are still at hand when they are transformed back.
            int columns = w._weights.Columns, outputBlocks = Layout.BlocksOf(w._weights.Outputs);
            for (int panel = 0; panel < w._weights.Panels; panel++)
            {
                for (int p = 0; p < Positions; p++)
                {
                    w.Multiply(p, panel, Room.Offsets(memory), inputs + p * room.InputStride, tiles,
                        products + p * room.ProductStride);
                }

                for (int block = panel * columns / Lanes; block < Math.Min(outputBlocks, (panel + 1) * columns / Lanes); block++)
                for (int strip = first; strip < end; strip++)
                {
                    float* from = products + (w._strips.FirstTile(strip) - firstTile) * columns + block * Lanes % columns;
                    w.TransformOut(strip, block, work, from, room.ProductStride);
                }
            }
        }
    }

    /// <summary>By positions, first step: one strip in some blocks of channels.</summary>
    private readonly struct InputJob(Winograd w, CpuKernels kernels, Room room, float* memory, int first, int end) : IJob
    {
        private const int BlocksAtOnce = 4;

        private int Groups => (w.Blocks + BlocksAtOnce - 1) / BlocksAtOnce;

        public int Pieces => (end - first) * Groups;

        public void Run(int index, int worker)
        {
            (int strip, int group) = Math.DivRem(index, Groups);
            if (index == 0) room.SetOffsets(memory, w.Blocks);
            float* work = kernels.Scratch(worker, TileStrips.WorkFloats);
            for (int block = group * BlocksAtOnce; block < Math.Min(w.Blocks, (group + 1) * BlocksAtOnce); block++)
            {
                float* to = room.Inputs(memory) + (long)block * room.BlockFloats
                    + (w._strips.FirstTile(first + strip) - w._strips.FirstTile(first)) * Lanes;
                w.TransformIn(first + strip, block, work, to, room.InputStride);
            }
        }
    }

    /// <summary>By positions, second step: one position with some panels.</summary>
    private readonly struct ProductJob(Winograd w, Room room, float* memory) : IJob
    {
        private const int PanelsOfPiece = 8;

        private int Groups => (w._weights.Panels + PanelsOfPiece - 1) / PanelsOfPiece;

        public int Pieces => Positions * Groups;

        public void Run(int index, int worker)
        {
            (int p, int group) = Math.DivRem(index, Groups);
            for (int panel = group * PanelsOfPiece; panel < Math.Min(w._weights.Panels, (group + 1) * PanelsOfPiece); panel++)
            {
                w.Multiply(p, panel, Room.Offsets(memory), room.Inputs(memory) + p * room.InputStride, room.Tiles,
                    room.Products(memory) + p * room.ProductStride + (long)panel * room.PanelFloats);
            }
        }
    }

    /// <summary>By positions, third step: one strip in some blocks of outputs.</summary>
    private readonly struct OutputJob(Winograd w, CpuKernels kernels, Room room, float* memory, int first, int end) : IJob
    {
        private const int BlocksAtOnce = 4;

        private int OutputBlocks => Layout.BlocksOf(w._weights.Outputs);

        private int Groups => (OutputBlocks + BlocksAtOnce - 1) / BlocksAtOnce;

        public int Pieces => (end - first) * Groups;

        public void Run(int index, int worker)
        {
            (int strip, int group) = Math.DivRem(index, Groups);
            float* work = kernels.Scratch(worker, TileStrips.WorkFloats);
            int tile = w._strips.FirstTile(first + strip) - w._strips.FirstTile(first);
            for (int block = group * BlocksAtOnce; block < Math.Min(OutputBlocks, (group + 1) * BlocksAtOnce); block++)
            {
                (int panel, int column) = Math.DivRem(block * Lanes, w._weights.Columns);
                float* from = room.Products(memory) + (long)panel * room.PanelFloats + (long)tile * w._weights.Columns + column;
                w.TransformOut(first + strip, block, work, from, room.ProductStride);
            }
        }
    }
}
