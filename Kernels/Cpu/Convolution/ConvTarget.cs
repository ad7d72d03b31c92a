using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// Where a convolution's numbers go, a strip of one to four rows at a time: to a tensor, or through a rectifier, whose bits are
/// kept, and perhaps a 2x2 max-pooling, whose switches are kept, to a tensor behind them.
/// </summary>
internal readonly unsafe struct ConvTarget
{
    private readonly float* _tensor;
    private readonly ushort* _bits;
    private readonly byte* _switches;
    private readonly Layout _pooled;
    private readonly Rectifier _rectifier;

    /// <summary>Writes to a tensor.</summary>
    public ConvTarget(DeviceTensor tensor)
    {
        _tensor = ((CpuTensor)tensor).Pointer;
        Layout = ((CpuTensor)tensor).Layout;
    }

    /// <summary>A tensor behind a tail.</summary>
    public ConvTarget(DeviceTensor tensor, in ConvTail tail)
    {
        _tensor = ((CpuTensor)tensor).Pointer;
        _pooled = ((CpuTensor)tensor).Layout;
        Layout = ((CpuBits)tail.Bits).Layout;
        _bits = ((CpuBits)tail.Bits).Bits;
        if (tail.Switches is not null) _switches = (byte*)((CpuSwitches)tail.Switches).Pointer;
        _rectifier = tail.Rectifier;
    }

    private ConvTarget(in ConvTarget whole, int first, int count)
    {
        _tensor = whole._tensor + first * whole.Layout.ImageFloats;
        Layout = whole.Layout with { Images = count };
    }

    /// <summary>Returns some images of a tensor without a tail.</summary>
    public ConvTarget Images(int first, int count) => new(this, first, count);

    /// <summary>The layout of the convolution's output, before the tail.</summary>
    public Layout Layout { get; }

    /// <summary>Whether numbers pass nothing on their way.</summary>
    public bool IsPlain => _bits is null;

    /// <summary>Where a place of a block lies; only without a pooling.</summary>
    public float* At(int image, int block, int row, int column) =>
        _tensor + image * Layout.ImageFloats + block * Layout.BlockFloats + ((long)row * Layout.Width + column) * Layout.Lanes;

    /// <summary>Sets every number to 0; only a plain one.</summary>
    public void Clear() => new Span<float>(_tensor, checked((int)Layout.Stored)).Clear();

    /// <summary>Writes a strip; what reaches past the plane is left out.</summary>
    /// <param name="image">The image.</param>
    /// <param name="block">The block of channels.</param>
    /// <param name="row">The strip's first row; even, where there is a pooling.</param>
    /// <param name="column">Its first column; even, where there is a pooling.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="strip">[rows][columns][16]; may be overwritten.</param>
    public void Write(int image, int block, int row, int column, int rows, int columns, float* strip)
    {
        const int Lanes = Layout.Lanes;
        int line = columns * Lanes, width = Math.Min(columns, Layout.Width - column);
        rows = Math.Min(rows, Layout.Height - row);
        for (int r = 0; r < rows; r++)
        {
            float* from = strip + r * line;
            if (IsPlain)
            {
                new ReadOnlySpan<float>(from, width * Lanes)
                    .CopyTo(new Span<float>(At(image, block, row + r, column), width * Lanes));
                continue;
            }

            ushort* bits = _bits + ((long)(image * Layout.Blocks + block) * Layout.Height + row + r) * Layout.Width + column;
            float* to = _switches is null ? At(image, block, row + r, column) : from;
            Rectify.Forward(_rectifier, from, to, bits, width * Lanes);
        }

        if (_switches is null) return;
        for (int r = 0; r + 1 < rows; r += 2)
            Pool(image, block, (row + r) / 2, column / 2, width / 2, strip + r * line, strip + (r + 1) * line);
    }

    /// <summary>Writes places side by side in row-major order of the plane, across rows; only without a pooling.</summary>
    /// <param name="image">The image.</param>
    /// <param name="block">The block of channels.</param>
    /// <param name="place">The first place.</param>
    /// <param name="count">Places.</param>
    /// <param name="from">[count][16].</param>
    public void WriteRun(int image, int block, int place, int count, float* from)
    {
        float* to = At(image, block, 0, 0) + (long)place * Layout.Lanes;
        if (IsPlain)
        {
            new ReadOnlySpan<float>(from, count * Layout.Lanes).CopyTo(new Span<float>(to, count * Layout.Lanes));
            return;
        }

        ushort* bits = _bits + (long)(image * Layout.Blocks + block) * Layout.Area + place;
        Rectify.Forward(_rectifier, from, to, bits, count * Layout.Lanes);
    }

    /// <summary>
    /// The maxima of 2x2 windows side by side in two rows; a strict comparison keeps the first of equal values.
    /// </summary>
    private void Pool(int image, int block, int row, int column, int count, float* upper, float* lower)
    {
        const int Lanes = Layout.Lanes;
        long first = image * _pooled.ImageFloats + (((long)block * _pooled.Height + row) * _pooled.Width + column) * Lanes;
        for (int x = 0; x < count; x++)
        for (int half = 0; half < Lanes; half += 8)
        {
            float* two = upper + 2 * x * Lanes + half, below = lower + 2 * x * Lanes + half;
            Vector256<float> best = Vector256.Load(two);
            Vector256<int> position = Vector256<int>.Zero;
            CpuKernels.Keep(ref best, ref position, Vector256.Load(two + Lanes), 1);
            CpuKernels.Keep(ref best, ref position, Vector256.Load(below), 2);
            CpuKernels.Keep(ref best, ref position, Vector256.Load(below + Lanes), 3);
            best.Store(_tensor + first + x * Lanes + half);
            CpuKernels.StoreBytes(position, _switches + first + x * Lanes + half);
        }
    }
}
