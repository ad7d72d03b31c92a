using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// The way between host and device, through page-locked memory: from there the device copies by itself, while the host goes on.
/// The memory is taken once and grows to the largest tensor that passed.
/// </summary>
internal sealed class Staging(Accelerator accelerator, AcceleratorStream stream) : IDisposable
{
    private PageLockedArray1D<byte>? _memory;
    private bool _isInUse;

    /// <summary>Copies up; returns before the device has it.</summary>
    public unsafe void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> destination)
        where T : unmanaged
    {
        if (source.IsEmpty) return;
        Span<byte> memory = Reserve(source.Length * (long)sizeof(T));
        MemoryMarshal.AsBytes(source).CopyTo(memory);
        destination.Cast<byte>().CopyFromCPUUnsafeAsync(stream, ref memory[0], memory.Length);
        _isInUse = true;
    }

    /// <summary>Copies down; returns when the numbers are there.</summary>
    public unsafe void Download<T>(ArrayView<T> source, Span<T> destination)
        where T : unmanaged
    {
        if (destination.IsEmpty) return;
        Span<byte> memory = Reserve(destination.Length * (long)sizeof(T));
        source.Cast<byte>().CopyToCPUUnsafeAsync(stream, ref memory[0], memory.Length);
        stream.Synchronize();
        memory.CopyTo(MemoryMarshal.AsBytes(destination));
    }

    /// <inheritdoc/>
    public void Dispose() => _memory?.Dispose();

    private Span<byte> Reserve(long bytes)
    {
        if (_isInUse) stream.Synchronize();
        _isInUse = false;
        if (_memory is null || _memory.Length < bytes)
        {
            _memory?.Dispose();
            _memory = accelerator.AllocatePageLocked1D<byte>(bytes);
        }

        return _memory.Span[..checked((int)bytes)];
    }
}
