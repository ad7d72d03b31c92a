using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

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
/// A convolution as the sum that it is: to(k, p) = bias(k) + sum over source channels c and taps t of from(c, place of p + t)
/// weight(k, c, t), in any kernel size, stride, dilation and number of groups. A piece is some rows of points; it copies the
/// source's rows that they look at, with zeros around, so that the micro-kernel needs no borders. Columns are copied by their
/// phase, column mod stride, so that neighbouring points find neighbouring places at any stride.
/// </summary>
internal readonly unsafe struct DirectConv
{
    private const int Lanes = Layout.Lanes;

    /// <summary>Bytes of copied rows that a piece aims at: half of a second-level cache of 1 MB.</summary>
    private const long PieceBytes = 512 << 10;

    /// <summary>
    /// Blocks of 16 terms that are summed in one chain; the parts are added. VGG's 4608 terms in one chain would be 1.1e-6 off,
    /// and so they are 6e-7.
    /// </summary>
    public const int BlocksOfSum = 64;

    /// <summary>Floats that the weights are fetched ahead into the second-level cache: 16 KB.</summary>
    private const int Ahead = 4096;

    /// <summary>Sums, one block of them, and a part of the sums.</summary>
    private static readonly int SumFloats = MicroKernel.MostRows * (2 * MicroKernel.MostColumns + Lanes);

    private readonly ConvSource _source;
    private readonly ConvTarget _target;
    private readonly DirectWeights _weights;
    private readonly float* _bias;
    private readonly Grid _grid;
    private readonly Tap[] _taps;
    private readonly int _minColumn;
    private readonly int _phaseColumns;

    /// <summary>A convolution.</summary>
    /// <param name="source">What it reads.</param>
    /// <param name="target">Where its numbers go; of steps 1 where that is not plain.</param>
    /// <param name="grid">The points.</param>
    /// <param name="taps">The kernel's positions.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="bias">[outputs, up to whole panels].</param>
    public DirectConv(in ConvSource source, in ConvTarget target, in Grid grid, Tap[] taps, DirectWeights weights, float* bias)
    {
        (_source, _target, _taps, _weights) = (source, target, taps, weights);
        _bias = bias;
        IsInPlace = source.IsPlain && taps is [{ Row: 0, Column: 0 }]
            && grid is { FromStepH: 1, FromStepW: 1, ToStepH: 1, ToStepW: 1 }
            && grid.Height == source.Layout.Height && grid.Width == source.Layout.Width
            && target.Layout.Height == grid.Height && target.Layout.Width == grid.Width;
        _grid = grid;
        int min = int.MaxValue, max = int.MinValue;
        foreach (Tap tap in taps) (min, max) = (Math.Min(min, tap.Column), Math.Max(max, tap.Column));
        _minColumn = min;
        _phaseColumns = grid.Width + (max - min) / grid.FromStepW;
    }

    /// <summary>Whether the source needs no copy: a 1x1 kernel of stride 1 without padding.</summary>
    private bool IsInPlace { get; }

    private int Blocks => Layout.BlocksOf(_weights.Inputs);

    /// <summary>Floats of one copied row of one block.</summary>
    private long RowFloats => (long)_phaseColumns * _grid.FromStepW * Lanes;

    /// <summary>Computes it.</summary>
    public void Run(CpuKernels kernels)
    {
        int images = _source.Layout.Images, threads = kernels.Threads;
        if (images == 0 || _grid.Count == 0) return;
        if (IsInPlace)
        {
            // Runs of points of a plane, with all panels.
            const int Points = 8 * 14;
            int runs = (_grid.Count + Points - 1) / Points;
            if (images % threads != 0) runs = Math.Min(_grid.Count, (runs + threads - 1) / threads * threads);
            var inPlace = new InPlaceJob(this, runs);
            kernels.For(images * runs, ref inPlace);
            return;
        }

        // Rows of a piece: new source rows fill the share, and there are as many pieces as a multiple of the threads.
        long rowBytes = Math.Max(1, RowFloats * Blocks * sizeof(float) * Math.Min(_grid.FromStepH, _taps.Length));
        int most = (int)Math.Clamp(PieceBytes / rowBytes, 1, _grid.Height), pieces = (_grid.Height + most - 1) / most;
        if (images % threads != 0) pieces = Math.Min(_grid.Height, (pieces + threads - 1) / threads * threads);
        var job = new RowsJob(this, kernels, pieces);
        kernels.For(images * pieces, ref job);
    }

    /// <summary>Multiplies neighbouring points with a panel and sends them on.</summary>
    private void Multiply(int panel, float* source, int* offsets, int blocks, int image, int i, int j, int points, float* sums)
    {
        (_, int endBlock) = _weights.BlocksOf(panel);
        int rest = _weights.Inputs % Lanes, columns = _weights.Columns;
        int whole = rest == 0 || endBlock * Lanes <= _weights.Inputs ? blocks : blocks - _taps.Length;
        float* weight = _weights.Panel(panel), strip = sums + MicroKernel.MostRows * MicroKernel.MostColumns;
        float* part = strip + MicroKernel.MostRows * Lanes;
        for (int first = 0; first < blocks; first += BlocksOfSum)
        {
            int count = Math.Min(BlocksOfSum, blocks - first), wholeHere = Math.Clamp(whole - first, 0, count);
            MicroKernel.Run(points, source, offsets + first, count, wholeHere, rest, weight, columns, weight + Ahead, columns,
                first == 0 ? sums : part);
            weight += (wholeHere * Lanes + (count - wholeHere) * rest) * columns;
            if (first == 0) continue;
            for (int k = 0; k < points * columns; k += 8) (Vector256.Load(sums + k) + Vector256.Load(part + k)).Store(sums + k);
        }

        for (int column = 0; column < columns; column += Lanes)
        {
            int block = (panel * columns + column) / Lanes;
            if (block * Lanes >= _weights.Outputs) break;
            for (int p = 0; p < points; p++)
            {
                for (int lane = 0; lane < Lanes; lane += 8)
                {
                    Vector256<float> sum = Vector256.Load(sums + p * columns + column + lane);
                    (sum + Vector256.Load(_bias + block * Lanes + lane)).Store(strip + p * Lanes + lane);
                }
            }

            if (IsInPlace) _target.WriteRun(image, block, j, points, strip);
            else if (_grid.ToStepW == 1 && _grid.ToStepH == 1) _target.Write(image, block, i, j, 1, points, strip);
            else
            {
                for (int p = 0; p < points; p++)
                {
                    float* to = _target.At(image, block, i * _grid.ToStepH + _grid.ToFirstH,
                        (j + p) * _grid.ToStepW + _grid.ToFirstW);
                    new ReadOnlySpan<float>(strip + p * Lanes, Lanes).CopyTo(new Span<float>(to, Lanes));
                }
            }
        }
    }

    /// <summary>A run of points of a plane that is read in place, with all panels.</summary>
    private readonly struct InPlaceJob(DirectConv conv, int runs) : IJob
    {
        public void Run(int index, int worker)
        {
            (int image, int run) = Math.DivRem(index, runs);
            int count = conv._grid.Count, first = (int)((long)count * run / runs), end = (int)((long)count * (run + 1) / runs);
            int* offsets = stackalloc int[conv.Blocks];
            float* sums = stackalloc float[SumFloats];
            for (int panel = 0; panel < conv._weights.Panels; panel++)
            {
                (int firstBlock, int endBlock) = conv._weights.BlocksOf(panel);
                for (int block = firstBlock; block < endBlock; block++)
                    offsets[block - firstBlock] = checked((int)((block - firstBlock) * conv._source.Layout.BlockFloats));
                for (int p = first; p < end;)
                {
                    int points = MicroKernel.RowsOf(end - p);
                    float* source = conv._source.At(image, firstBlock, 0, 0) + (long)p * Lanes;
                    conv.Multiply(panel, source, offsets, endBlock - firstBlock, image, 0, p, points, sums);
                    p += points;
                }
            }
        }
    }

    /// <summary>Some rows of points, with all panels.</summary>
    private readonly struct RowsJob(DirectConv conv, CpuKernels kernels, int pieces) : IJob
    {
        public void Run(int index, int worker)
        {
            (int image, int piece) = Math.DivRem(index, pieces);
            Grid grid = conv._grid;
            Layout layout = conv._source.Layout;
            int first = (int)((long)grid.Height * piece / pieces), end = (int)((long)grid.Height * (piece + 1) / pieces);
            Tap[] taps = conv._taps;

            // Which source rows the points look at, and where each is copied to; rows outside the plane share one of zeros.
            long rowFloats = conv.RowFloats;
            int mostRows = Math.Min(layout.Height, (end - first) * taps.Length) + 1;
            long copied = rowFloats * conv.Blocks * mostRows, table = Winograd.OddLines((long)conv.Blocks * taps.Length);
            float* memory = kernels.Scratch(worker, copied + Winograd.OddLines(layout.Height) + table + SumFloats
                + layout.Width * Lanes);
            int* slots = (int*)(memory + copied), offsets = slots + Winograd.OddLines(layout.Height);
            float* sums = (float*)(offsets + table), work = sums + SumFloats;
            new Span<int>(slots, layout.Height).Clear();
            int used = 1;
            for (int i = first; i < end; i++)
            {
                foreach (Tap tap in taps)
                {
                    int row = i * grid.FromStepH + tap.Row;
                    if ((uint)row < (uint)layout.Height && slots[row] == 0) slots[row] = used++;
                }
            }

            long blockFloats = rowFloats * used;
            for (int block = 0; block < conv.Blocks; block++)
            {
                float* copies = memory + block * blockFloats;
                new Span<float>(copies, checked((int)rowFloats)).Clear();
                for (int row = 0; row < layout.Height; row++)
                    if (slots[row] != 0) conv.CopyRow(image, block, row, work, copies + slots[row] * rowFloats);
            }

            for (int panel = 0; panel < conv._weights.Panels; panel++)
            {
                (int firstBlock, int endBlock) = conv._weights.BlocksOf(panel);
                for (int i = first; i < end; i++)
                {
                    int* offset = offsets;
                    for (int block = firstBlock; block < endBlock; block++)
                    {
                        foreach (Tap tap in taps)
                        {
                            int row = i * grid.FromStepH + tap.Row, slot = (uint)row < (uint)layout.Height ? slots[row] : 0;
                            (int column, int phase) = Math.DivRem(tap.Column - conv._minColumn, grid.FromStepW);
                            *offset++ = checked((int)(block * blockFloats + slot * rowFloats
                                + ((long)phase * conv._phaseColumns + column) * Lanes));
                        }
                    }

                    int blocks = (endBlock - firstBlock) * taps.Length;
                    for (int j = 0; j < grid.Width;)
                    {
                        int points = MicroKernel.RowsOf(grid.Width - j);
                        conv.Multiply(panel, memory + (long)j * Lanes, offsets, blocks, image, i, j, points, sums);
                        j += points;
                    }
                }
            }
        }
    }

    /// <summary>Copies a row of the source, [phase][column][16], zeros where it ends.</summary>
    /// <param name="image">The image.</param>
    /// <param name="block">The block of channels.</param>
    /// <param name="row">The row, inside the plane.</param>
    /// <param name="work">[width][16].</param>
    /// <param name="to">[phase][column][16].</param>
    private void CopyRow(int image, int block, int row, float* work, float* to)
    {
        int width = _source.Layout.Width, step = _grid.FromStepW;
        if (step == 1)
        {
            int before = Math.Clamp(-_minColumn, 0, _phaseColumns), from = _minColumn + before;
            int inside = Math.Clamp(width - from, 0, _phaseColumns - before);
            new Span<float>(to, before * Lanes).Clear();
            if (inside > 0) _source.Read(image, block, row, from, inside, to + before * Lanes);
            new Span<float>(to + (before + inside) * Lanes, (_phaseColumns - before - inside) * Lanes).Clear();
            return;
        }

        float* line = work;
        if (_source.IsPlain) line = _source.At(image, block, row, 0);
        else _source.Read(image, block, row, 0, width, work);
        for (int phase = 0; phase < step; phase++)
        for (int column = 0; column < _phaseColumns; column++, to += Lanes)
        {
            long from = _minColumn + (long)column * step + phase;
            bool inside = from >= 0 && from < width;
            float* place = line + (inside ? from : 0) * Lanes;
            (inside ? Vector256.Load(place) : Vector256<float>.Zero).Store(to);
            (inside ? Vector256.Load(place + 8) : Vector256<float>.Zero).Store(to + 8);
        }
    }
}
