using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// What a convolution reads: a tensor in its stored layout, or, in the backward pass through what follows the convolution,
/// what the rectifier's rule and the pooling's switches make of the signal above them, computed row by row as it is read.
/// </summary>
internal readonly unsafe struct ConvSource
{
    private readonly float* _tensor;
    private readonly ushort* _bits;
    private readonly byte* _switches;
    private readonly Layout _pooled;
    private readonly int _keptImages;
    private readonly Rectifier _rectifier;
    private readonly ReluRule _rule;

    /// <summary>A tensor in its stored layout.</summary>
    public ConvSource(DeviceTensor tensor)
    {
        _tensor = ((CpuTensor)tensor).Pointer;
        Layout = ((CpuTensor)tensor).Layout;
    }

    /// <summary>The signal below a tail.</summary>
    public ConvSource(DeviceTensor signal, in ConvTail tail, ReluRule rule)
    {
        _tensor = ((CpuTensor)signal).Pointer;
        _pooled = ((CpuTensor)signal).Layout;
        Layout kept = ((CpuBits)tail.Bits).Layout;
        Layout = kept with { Images = _pooled.Images };
        _bits = ((CpuBits)tail.Bits).Bits;
        _keptImages = kept.Images;
        if (tail.Switches is not null) _switches = (byte*)((CpuSwitches)tail.Switches).Pointer;
        (_rectifier, _rule) = (tail.Rectifier, rule);
    }

    private ConvSource(in ConvSource whole, int first, int count)
    {
        _tensor = whole._tensor + first * whole.Layout.ImageFloats;
        Layout = whole.Layout with { Images = count };
    }

    /// <summary>Returns some images of a tensor that is read in its stored layout.</summary>
    public ConvSource Images(int first, int count) => new(this, first, count);

    /// <summary>The layout of what is read: a signal's is that of the convolution's output.</summary>
    public Layout Layout { get; }

    /// <summary>Whether it is read in its stored layout.</summary>
    public bool IsPlain => _bits is null;

    /// <summary>Gets whether every number of what is read, above a tail, is +0: then every rule makes 0 of it.</summary>
    public bool IsZero => !new ReadOnlySpan<int>(_tensor, checked((int)(IsPlain ? Layout : _pooled).Stored)).ContainsAnyExcept(0);

    /// <summary>Where a place of a block lies; only where it is read in its stored layout.</summary>
    public float* At(int image, int block, int row, int column) =>
        _tensor + image * Layout.ImageFloats + block * Layout.BlockFloats + ((long)row * Layout.Width + column) * Layout.Lanes;

    /// <summary>Reads places side by side in a row, all inside the plane.</summary>
    /// <param name="image">The image.</param>
    /// <param name="block">The block of channels.</param>
    /// <param name="row">The row.</param>
    /// <param name="column">The first column.</param>
    /// <param name="count">Columns.</param>
    /// <param name="to">[count][16].</param>
    public void Read(int image, int block, int row, int column, int count, float* to)
    {
        if (IsPlain)
        {
            new ReadOnlySpan<float>(At(image, block, row, column), count * Layout.Lanes)
                .CopyTo(new Span<float>(to, count * Layout.Lanes));
            return;
        }

        long kept = ((long)(image % _keptImages * Layout.Blocks + block) * Layout.Height + row) * Layout.Width + column;
        float* above = to;
        if (_switches is null) above = At(image, block, row, column);
        else Unpool(image, block, row, column, count, to);
        Rectify.Backward(_rectifier, _rule, above, _bits + kept, to, count * Layout.Lanes);
    }

    /// <summary>A row of what 2x2 windows side by side send down: each signal at its switch, 0 elsewhere.</summary>
    private void Unpool(int image, int block, int row, int column, int count, float* to)
    {
        const int Lanes = Layout.Lanes;
        if (row / 2 >= _pooled.Height)
        {
            new Span<float>(to, count * Lanes).Clear();
            return;
        }

        long line = ((long)block * _pooled.Height + row / 2) * _pooled.Width;
        float* signals = _tensor + image * _pooled.ImageFloats + line * Lanes;
        byte* switches = _switches + image % _keptImages * _pooled.ImageFloats + line * Lanes;
        for (int x = column; x < column + count; x++, to += Lanes)
        {
            if (x / 2 >= _pooled.Width)
            {
                new Span<float>(to, Lanes).Clear();
                continue;
            }

            Vector128<byte> here =
                Vector128.Equals(Vector128.Load(switches + x / 2 * Lanes), Vector128.Create((byte)(row % 2 * 2 + x % 2)));
            (Vector128<short> low, Vector128<short> high) = Vector128.Widen(here.AsSByte());
            float* signal = signals + x / 2 * Lanes;
            (Vector256.Load(signal) & Mask(low)).Store(to);
            (Vector256.Load(signal + 8) & Mask(high)).Store(to + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mask(Vector128<short> lanes)
    {
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(lanes);
        return Vector256.Create(low, high).AsSingle();
    }
}
