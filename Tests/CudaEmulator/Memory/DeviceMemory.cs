using System.Runtime.InteropServices;

namespace NetViz.CudaEmulator.Memory;

/// <summary>
/// The device's global memory. Addresses are those of the host, so that a copy is a copy; each allocation starts at a multiple
/// of 256
/// bytes, has 64 bytes on either side that belong to no allocation, and is filled with 0xFF (NaN), so that what is read before it
/// is written shows.
/// </summary>
public sealed unsafe class DeviceMemory
{
    private const int Alignment = 256, Guard = 64;
    private readonly Lock _gate = new();

    // Replaced as a whole, so that running kernels look up without a lock. Sorted by address.
    private volatile Allocation[] _live = [];

    /// <summary>A live allocation: its first byte and the one behind its last.</summary>
    internal readonly record struct Allocation(ulong Start, ulong End);

    /// <summary>Changes whenever an allocation comes or goes.</summary>
    internal object Version => _live;

    /// <summary>Bytes in all live allocations.</summary>
    public long AllocatedBytes => _live.Sum(allocation => (long)(allocation.End - allocation.Start));

    /// <summary>Takes <paramref name="bytes"/> bytes; at least one.</summary>
    /// <exception cref="OutOfMemoryException">The host has none left.</exception>
    public nint Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        byte* block = (byte*)NativeMemory.AlignedAlloc(checked((nuint)bytes + Alignment + Guard), Alignment);
        new Span<byte>(block + Alignment - Guard, Guard).Fill(0xFF);
        byte* start = block + Alignment;
        NativeMemory.Fill(start, (nuint)bytes + Guard, 0xFF);
        lock (_gate)
        {
            _live = [.. _live.Append(new Allocation((ulong)start, (ulong)start + (ulong)bytes)).OrderBy(one => one.Start)];
        }

        return (nint)start;
    }

    /// <summary>Gives an allocation back.</summary>
    /// <exception cref="ArgumentException">No live allocation starts there.</exception>
    public void Free(nint address)
    {
        lock (_gate)
        {
            Allocation[] rest = [.. _live.Where(allocation => allocation.Start != (ulong)address)];
            if (rest.Length == _live.Length)
                throw new ArgumentException($"no allocation starts at 0x{address:x}", nameof(address));
            _live = rest;
        }

        NativeMemory.AlignedFree((byte*)address - Alignment);
    }

    /// <summary>Whether all of <paramref name="bytes"/> bytes from an address lie in one live allocation.</summary>
    public bool Contains(ulong address, int bytes) => Find(address, out Allocation found) && address + (ulong)bytes <= found.End;

    /// <summary>The live allocation that holds an address.</summary>
    internal bool Find(ulong address, out Allocation found)
    {
        Allocation[] all = _live;
        int low = 0, high = all.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            found = all[middle];
            if (address < found.Start) high = middle - 1;
            else if (address >= found.End) low = middle + 1;
            else return true;
        }

        found = default;
        return false;
    }
}
