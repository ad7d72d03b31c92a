using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>A buffer on the device.</summary>
internal sealed class GpuBuffer(GpuMemory memory, long bytes) : DeviceBuffer(bytes)
{
    private readonly GpuBlock _block = memory.Take(bytes);

    /// <summary>What it takes of the device's memory.</summary>
    public long Taken => _block.Bytes;

    /// <summary>Its first floats.</summary>
    public ArrayView<float> Floats(long count) => _block.View<float>(count);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _block.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A tensor on the device: row-major floats at the start of a buffer.</summary>
internal sealed class GpuTensor(ArrayView<float> view, Shape shape) : DeviceTensor(shape)
{
    /// <summary>All elements.</summary>
    public ArrayView<float> View { get; } = view;
}

/// <summary>
/// Bits row-major over the whole batch, four to a byte, lowest bit first, so that a thread which has four neighbours writes its
/// byte alone.
/// </summary>
internal sealed class GpuBits(GpuMemory memory, Shape shape) : ActiveBits(shape)
{
    private readonly GpuBlock _block = memory.Take(BytesOf(shape));

    /// <summary>The bytes; bits past the last element mean nothing.</summary>
    public ArrayView<byte> Bytes => _block.View<byte>(2 * PackedBytes);

    /// <summary>A byte of the packed form each: its low four bits in the low byte.</summary>
    public ArrayView<ushort> Pairs => _block.View<ushort>(PackedBytes);

    /// <summary>Bytes of the bits of a tensor: two for each of the packed form.</summary>
    public static long BytesOf(Shape shape) => (shape.Count + 7) / 8 * 2;

    protected override void Dispose(bool disposing)
    {
        if (disposing) _block.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Switches in a byte each where the window has at most 254 positions, else in four.</summary>
internal sealed class GpuSwitches(GpuMemory memory, PoolGeometry geometry) : Switches(geometry)
{
    private readonly GpuBlock _block = memory.Take(BytesOf(geometry));

    /// <summary>Whether a byte holds every position and, as 255, none.</summary>
    public bool IsByte => Geometry.Window.FitsByte;

    /// <summary>The switches where a byte holds one.</summary>
    public ByteSwitches Bytes => new(BytesOfAll);

    /// <summary>The switches where an int holds one.</summary>
    public IntSwitches Ints => new(IntsOfAll);

    /// <summary>Their memory where a byte holds one.</summary>
    public ArrayView<byte> BytesOfAll => _block.View<byte>(Geometry.Output.Count);

    /// <summary>Their memory where an int holds one.</summary>
    public ArrayView<int> IntsOfAll => _block.View<int>(Geometry.Output.Count);

    /// <summary>Bytes of the switches of a pooling.</summary>
    public static long BytesOf(in PoolGeometry geometry) => geometry.Output.Count * (geometry.Window.FitsByte ? 1 : sizeof(int));

    protected override void Dispose(bool disposing)
    {
        if (disposing) _block.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>How switches lie in memory, as a type parameter for kernels.</summary>
internal interface ISwitchStore
{
    /// <summary>The switch of output element i.</summary>
    int Get(int i);

    /// <summary>Writes the switch of output <paramref name="i"/>.</summary>
    void Set(int i, int position);
}

/// <summary>A byte each; 255 is <see cref="Switches.None"/>.</summary>
internal readonly struct ByteSwitches(ArrayView<byte> view) : ISwitchStore
{
    private readonly ArrayView<byte> _view = view;

    public int Get(int i) => _view[i] == byte.MaxValue ? Switches.None : _view[i];

    public void Set(int i, int position) => _view[i] = (byte)position;
}

/// <summary>Four bytes each.</summary>
internal readonly struct IntSwitches(ArrayView<int> view) : ISwitchStore
{
    private readonly ArrayView<int> _view = view;

    public int Get(int i) => _view[i];

    public void Set(int i, int position) => _view[i] = position;
}

/// <summary>Parameters on the device.</summary>
/// <param name="memory">The back-end's memory.</param>
/// <param name="weight">On the host; stays valid.</param>
/// <param name="bias">On the host; may be empty.</param>
internal class GpuWeights(GpuMemory memory, ReadOnlyMemory<float> weight, ReadOnlyMemory<float> bias) : PreparedWeights
{
    private readonly GpuBlock _weight = memory.Take(weight), _bias = memory.Take(bias);

    /// <summary>As on the host.</summary>
    public ArrayView<float> Weight => _weight.View<float>(Math.Max(1, weight.Length));

    /// <summary>As on the host; one element that means nothing where it is empty.</summary>
    public ArrayView<float> Bias => _bias.View<float>(Math.Max(1, bias.Length));

    /// <summary>1 where there is a bias, else 0.</summary>
    public int HasBias { get; } = bias.IsEmpty ? 0 : 1;

    /// <inheritdoc/>
    public override long Bytes => _weight.Bytes + _bias.Bytes;

    /// <inheritdoc/>
    public override void Refresh()
    {
        memory.Staging.Upload(weight.Span, Weight);
        memory.Staging.Upload(bias.Span, Bias);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _weight.Dispose();
            _bias.Dispose();
        }

        base.Dispose(disposing);
    }
}
