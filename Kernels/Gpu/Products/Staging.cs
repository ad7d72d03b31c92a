using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// The way between host and device, through page-locked memory: from there the device copies by itself, while the host goes on.
/// One piece serves the forward pass and another the backward pass, so that a pass waits only for its results. Both are taken
/// once and grow to the largest tensor that passed, or to <see cref="Most"/>; what is larger goes in parts.
/// </summary>
internal sealed class Staging(GpuAccelerator gpu, AcceleratorStream stream) : IDisposable
{
    /// <summary>Bytes that go at once: more than a batch of 64 images of 224 x 224.</summary>
    private const int Most = 64 << 20;

    private PageLockedArray1D<byte>? _up, _down;
    private bool _isGoingUp;

    /// <summary>Writes numbers of one type as another.</summary>
    public delegate void Conversion<TFrom, TTo>(ReadOnlySpan<TFrom> source, Span<TTo> destination);

    /// <summary>Copies up; returns before the device has it.</summary>
    public void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> destination)
        where T : unmanaged => Upload(source, destination, static (from, to) => from.CopyTo(to));

    /// <summary>Converts and copies up; returns before the device has it.</summary>
    public unsafe void Upload<TFrom, T>(ReadOnlySpan<TFrom> source, ArrayView<T> destination, Conversion<TFrom, T> convert)
        where T : unmanaged
    {
        for (int at = 0, count; at < source.Length; at += count)
        {
            count = Math.Min(source.Length - at, Most / sizeof(T));
            if (_isGoingUp) Wait();
            Span<byte> memory = Room(ref _up, count * sizeof(T));
            convert(source.Slice(at, count), MemoryMarshal.Cast<byte, T>(memory));
            destination.SubView(at, count).Cast<byte>().CopyFromCPUUnsafeAsync(stream, ref memory[0], memory.Length);
            _isGoingUp = true;
        }
    }

    /// <summary>Copies down; returns when the numbers are there.</summary>
    public void Download<T>(ArrayView<T> source, Span<T> destination)
        where T : unmanaged => Download(source, destination, static (from, to) => from.CopyTo(to));

    /// <summary>Copies down and converts; returns when the numbers are there.</summary>
    public unsafe void Download<T, TTo>(ArrayView<T> source, Span<TTo> destination, Conversion<T, TTo> convert)
        where T : unmanaged
    {
        for (int at = 0, count; at < destination.Length; at += count)
        {
            count = Math.Min(destination.Length - at, Most / sizeof(T));
            Span<byte> memory = Room(ref _down, count * sizeof(T));
            source.SubView(at, count).Cast<byte>().CopyToCPUUnsafeAsync(stream, ref memory[0], memory.Length);
            Wait();
            convert(MemoryMarshal.Cast<byte, T>(memory), destination.Slice(at, count));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _up?.Dispose();
        _down?.Dispose();
    }

    private void Wait()
    {
        gpu.Synchronize(stream);
        _isGoingUp = false;
    }

    private Span<byte> Room(ref PageLockedArray1D<byte>? memory, int bytes)
    {
        if (memory is null || memory.Length < bytes)
        {
            memory?.Dispose();
            memory = null;
            memory = gpu.Accelerator.AllocatePageLocked1D<byte>(bytes);
        }

        return memory.Span[..bytes];
    }
}
