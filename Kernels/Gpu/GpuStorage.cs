using ILGPU;
using ILGPU.Runtime;

namespace NetViz.Kernels.Gpu;

/// <summary>A buffer on the device.</summary>
internal sealed class GpuBuffer(Accelerator accelerator, long bytes) : DeviceBuffer(bytes)
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _memory =
        accelerator.Allocate1D<float>(Math.Max(4, (bytes + sizeof(float) - 1) / sizeof(float)));

    /// <summary>Its first floats.</summary>
    public ArrayView<float> Floats(long count) => _memory.View.AsContiguous().SubView(0, count);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _memory.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A tensor on the device: row-major floats at the start of a buffer.</summary>
internal sealed class GpuTensor(ArrayView<float> view, Shape shape) : DeviceTensor(shape)
{
    /// <summary>All elements.</summary>
    public ArrayView<float> View { get; } = view;
}

/// <summary>Bits in words of 32, row-major over the whole batch, lowest bit first.</summary>
internal sealed class GpuBits(Accelerator accelerator, Shape shape) : ActiveBits(shape)
{
    private readonly MemoryBuffer1D<uint, Stride1D.Dense> _memory =
        accelerator.Allocate1D<uint>(Math.Max(1, (shape.Count + 31) / 32));

    /// <summary>The words; bits past the last element are 0 once the forward pass has written them.</summary>
    public ArrayView<uint> Words => _memory.View.AsContiguous();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _memory.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Switches in a byte each where the window has at most 255 positions, else in four.</summary>
internal sealed class GpuSwitches(Accelerator accelerator, PoolGeometry geometry) : Switches(geometry)
{
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> _memory = accelerator.Allocate1D<byte>(
        Math.Max(4, geometry.Output.Count * (FitsByte(geometry) ? 1 : sizeof(int))));

    /// <summary>Whether a byte holds every position and, as 255, none.</summary>
    public bool IsByte => FitsByte(Geometry);

    /// <summary>The switches where a byte holds one.</summary>
    public ByteSwitches Bytes => new(Raw);

    /// <summary>The switches where an int holds one.</summary>
    public IntSwitches Ints => new(Raw.Cast<int>());

    /// <summary>Their memory.</summary>
    public ArrayView<byte> Raw => _memory.View.AsContiguous();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _memory.Dispose();
        base.Dispose(disposing);
    }

    private static bool FitsByte(PoolGeometry geometry) => geometry.Window.Area < byte.MaxValue;
}

/// <summary>How switches lie in memory, as a type parameter for kernels.</summary>
internal interface ISwitchStore
{
    /// <summary>The switch of output element i.</summary>
    int Get(int i);

    /// <summary>Sets it.</summary>
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
/// <param name="accelerator">The device.</param>
/// <param name="weight">On the host; stays valid.</param>
/// <param name="bias">On the host; may be empty.</param>
internal class GpuWeights(Accelerator accelerator, ReadOnlyMemory<float> weight, ReadOnlyMemory<float> bias) : PreparedWeights
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _weight = Upload(accelerator, weight), _bias = Upload(accelerator, bias);

    /// <summary>As on the host.</summary>
    public ArrayView<float> Weight => _weight.View.AsContiguous();

    /// <summary>As on the host; one element that means nothing where it is empty.</summary>
    public ArrayView<float> Bias => _bias.View.AsContiguous();

    /// <summary>1 where there is a bias, else 0.</summary>
    public int HasBias { get; } = bias.IsEmpty ? 0 : 1;

    /// <inheritdoc/>
    public override long Bytes => _weight.LengthInBytes + _bias.LengthInBytes;

    /// <inheritdoc/>
    public override void Refresh()
    {
        Copy(weight, _weight);
        Copy(bias, _bias);
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

    private static MemoryBuffer1D<float, Stride1D.Dense> Upload(Accelerator accelerator, ReadOnlyMemory<float> values)
    {
        MemoryBuffer1D<float, Stride1D.Dense> memory = accelerator.Allocate1D<float>(Math.Max(4, values.Length));
        Copy(values, memory);
        return memory;
    }

    private static void Copy(ReadOnlyMemory<float> values, MemoryBuffer1D<float, Stride1D.Dense> memory)
    {
        if (!values.IsEmpty) memory.View.SubView(0, values.Length).BaseView.CopyFromCPU(memory.Accelerator.DefaultStream, values.Span);
    }
}
