using ILGPU;
using ILGPU.Runtime;

namespace NetViz.Kernels.Gpu;

/// <summary>A piece of device memory; disposing it returns it to its pool.</summary>
internal sealed class GpuBlock(GpuMemory owner, MemoryBuffer1D<float, Stride1D.Dense> memory) : IDisposable
{
    private MemoryBuffer1D<float, Stride1D.Dense>? _memory = memory;

    /// <summary>Its size, which may exceed what was asked for.</summary>
    public long Bytes { get; } = memory.LengthInBytes;

    /// <summary>Its first elements.</summary>
    public ArrayView<T> View<T>(long count)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        return _memory.View.AsContiguous().Cast<T>().SubView(0, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _memory, null) is { } memory) owner.GiveBack(memory);
    }
}

/// <summary>
/// A back-end's memory on the device. Pieces that are given back are kept for requests of the same size, so that passes after
/// the first allocate nothing; all work is on one stream, hence what was done with a piece before is over when the next has it.
/// What lies unused never exceeds what was in use at once.
/// </summary>
internal sealed class GpuMemory(GpuAccelerator gpu, AcceleratorStream stream) : IDisposable
{
    /// <summary>Sizes are multiples of this, in bytes: the alignment of CUDA's own allocations.</summary>
    private const long Granularity = 256;

    private readonly Dictionary<long, Stack<MemoryBuffer1D<float, Stride1D.Dense>>> _free = [];
    private readonly Lock _lock = new();
    private long _freeBytes, _usedBytes, _mostUsedBytes;
    private bool _isDisposed;

    /// <summary>The way between it and the host.</summary>
    public Staging Staging { get; } = new(gpu, stream);

    /// <summary>What a piece of the given number of bytes takes.</summary>
    public static long Taken(long bytes) => Math.Max(1, (bytes + Granularity - 1) / Granularity) * Granularity;

    /// <summary>Takes a piece of at least the given number of bytes; its content is undefined.</summary>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public GpuBlock Take(long bytes)
    {
        long size = Taken(bytes);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_free.TryGetValue(size, out var pieces) && pieces.TryPop(out var memory)) _freeBytes -= size;
            else memory = Allocate(size);
            _usedBytes += size;
            _mostUsedBytes = Math.Max(_mostUsedBytes, _usedBytes);
            return new GpuBlock(this, memory);
        }
    }

    /// <summary>Takes a piece and fills it from the host's memory.</summary>
    public GpuBlock Take(ReadOnlyMemory<float> values)
    {
        GpuBlock block = Take(values.Length * (long)sizeof(float));
        Staging.Upload(values.Span, block.View<float>(values.Length));
        return block;
    }

    /// <summary>Takes a piece back.</summary>
    public void GiveBack(MemoryBuffer1D<float, Stride1D.Dense> memory)
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                gpu.Release(memory);
                return;
            }

            long size = memory.LengthInBytes;
            if (_freeBytes + size > _mostUsedBytes) Trim();
            if (!_free.TryGetValue(size, out var pieces)) _free.Add(size, pieces = []);
            pieces.Push(memory);
            _freeBytes += size;
            _usedBytes -= size;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            Trim();
            Staging.Dispose();
            _isDisposed = true;
        }
    }

    private MemoryBuffer1D<float, Stride1D.Dense> Allocate(long size)
    {
        try
        {
            return gpu.Allocate(size);
        }
        catch (DeviceException) when (_freeBytes > 0)
        {
            Trim();
            return gpu.Allocate(size);
        }
    }

    /// <summary>Gives the driver what lies unused.</summary>
    private void Trim()
    {
        if (_freeBytes > 0) gpu.Synchronize(stream);
        foreach (var pieces in _free.Values)
        {
            foreach (var memory in pieces) gpu.Release(memory);
        }

        _free.Clear();
        _freeBytes = 0;
    }
}
