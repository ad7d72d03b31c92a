using System.Runtime.InteropServices;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// Native memory on a cache-line boundary, outside the garbage collector's heap. Its content is undefined at first. Large pieces
/// ask Linux for pages of 2 MB: transformed weights are read in 36 places at once, and the first touch of 250 MB costs 500 times
/// fewer page faults.
/// </summary>
internal sealed unsafe partial class AlignedMemory : IDisposable
{
    private const int HugePage = 2 << 20;

    private nint _pointer;

    /// <summary>Allocates.</summary>
    /// <param name="bytes">At least this many bytes; rounded up to whole cache lines.</param>
    public AlignedMemory(long bytes)
    {
        Bytes = (Math.Max(bytes, 1) + 63) / 64 * 64;
        bool isLarge = Bytes >= 2 * HugePage && OperatingSystem.IsLinux();
        _pointer = (nint)NativeMemory.AlignedAlloc((nuint)Bytes, isLarge ? HugePage : 64u);

        // The collector sees a few bytes in the place of many: without this it leaves forgotten objects for long.
        GC.AddMemoryPressure(Bytes);

        // An advice: where it is not taken, pages are of the usual size.
        const int MadvHugePage = 14;
        if (isLarge) _ = Advise((void*)_pointer, (nuint)(Bytes / HugePage * HugePage), MadvHugePage);
    }

    /// <summary>Frees what was not disposed.</summary>
    ~AlignedMemory() => Free();

    /// <summary>Its size.</summary>
    public long Bytes { get; }

    /// <summary>Its address.</summary>
    public void* Pointer
    {
        get
        {
            nint pointer = _pointer;
            ObjectDisposedException.ThrowIf(pointer == 0, this);
            return (void*)pointer;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Memory to work in: what is there where it is large enough, else a larger piece in its place.</summary>
    public static float* AtLeast(long floats, ref AlignedMemory? memory)
    {
        if (memory is null || memory.Bytes < floats * sizeof(float))
        {
            memory?.Dispose();
            memory = new AlignedMemory(floats * sizeof(float));
        }

        return (float*)memory.Pointer;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);

    private void Free()
    {
        nint pointer = Interlocked.Exchange(ref _pointer, 0);
        if (pointer == 0) return;
        NativeMemory.AlignedFree((void*)pointer);
        GC.RemoveMemoryPressure(Bytes);
    }
}

/// <summary>A buffer of the CPU back-end.</summary>
internal sealed class CpuBuffer(long bytes) : DeviceBuffer(bytes)
{
    public AlignedMemory Memory { get; } = new(bytes);

    protected override void Dispose(bool disposing)
    {
        if (disposing) Memory.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>
/// A tensor of the CPU back-end: floats at the start of a buffer. Of rank 4 it lies channel-blocked (<see cref="Layout"/>), of
/// any other rank row-major.
/// </summary>
internal sealed unsafe class CpuTensor(AlignedMemory memory, Shape shape) : DeviceTensor(shape)
{
    /// <summary>The first number.</summary>
    public float* Pointer => (float*)memory.Pointer;

    /// <summary>How it lies.</summary>
    public Layout Layout { get; } = new(shape);

    /// <summary>All numbers as they lie, lanes past the last channel among them.</summary>
    public Span<float> Stored => new(Pointer, checked((int)Layout.Stored));
}

/// <summary>Bits in words of 16, lowest bit first, in the order in which the tensor's numbers lie.</summary>
internal sealed unsafe class CpuBits(Shape shape) : ActiveBits(shape)
{
    private readonly AlignedMemory _memory = new((new Layout(shape).Stored + 15) / 16 * sizeof(ushort));

    /// <summary>
    /// The first word, a place's bits of one block of channels; bits past the last number and of lanes past the last channel mean
    /// nothing.
    /// </summary>
    public ushort* Bits => (ushort*)_memory.Pointer;

    /// <summary>How the tensor lies.</summary>
    public Layout Layout { get; } = new(shape);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _memory.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>
/// Switches in the order in which the pooling's output lies: in a byte each where the window has at most 255 positions, else in
/// four.
/// </summary>
internal sealed unsafe class CpuSwitches : Switches
{
    private readonly AlignedMemory _memory;

    public CpuSwitches(PoolGeometry geometry)
        : base(geometry)
    {
        Layout = new Layout(geometry.Output);
        _memory = new AlignedMemory(Layout.Stored * (geometry.Window.FitsByte ? 1 : sizeof(int)));
    }

    /// <summary>Whether a byte holds every position and, as 255, none.</summary>
    public bool IsByte => Geometry.Window.FitsByte;

    /// <summary>How the pooling's output lies.</summary>
    public Layout Layout { get; }

    /// <summary>The first switch.</summary>
    public void* Pointer => _memory.Pointer;

    protected override void Dispose(bool disposing)
    {
        if (disposing) _memory.Dispose();
        base.Dispose(disposing);
    }
}
