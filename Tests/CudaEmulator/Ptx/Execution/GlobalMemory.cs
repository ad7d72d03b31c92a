using System.Numerics;
using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Memory;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Execution;

/// <summary>
/// Checks accesses to global memory: a whole group's range of addresses at once, and one by one where that is not enough. Each
/// instruction remembers the allocation that it met last.
/// </summary>
internal sealed unsafe class GlobalMemory(int instructions)
{
    private readonly DeviceMemory.Allocation[] _last = new DeviceMemory.Allocation[instructions];
    private DeviceMemory? _memory;
    private object? _version;

    /// <summary>Takes up a launch; what was remembered holds as long as no allocation came or went.</summary>
    public void Begin(DeviceMemory newMemory)
    {
        if (_memory == newMemory && _version == newMemory.Version) return;
        _memory = newMemory;
        _version = newMemory.Version;
        Array.Clear(_last);
    }

    /// <summary>All running threads may touch the given number of bytes at their addresses.</summary>
    /// <exception cref="PtxFault"/>
    public void Require(Instruction* instruction, Cta cta, ulong* addresses, int bytes)
    {
        AddressRange range = AddressRange.Of(cta, addresses);
        ulong low = range.Low + (ulong)instruction->Offset, high = range.High + (ulong)instruction->Offset + (ulong)bytes;
        ref DeviceMemory.Allocation known = ref _last[instruction->Index];
        if (low < known.Start || high > known.End) _memory!.Find(low, out known);
        bool isAligned = ((range.Bits | (ulong)instruction->Offset) & (ulong)(bytes - 1)) == 0;
        if (low >= known.Start && high <= known.End && high > low && isAligned) return;

        for (int k = 0; k < cta.Count; k++)
        {
            ulong address = addresses[cta.Lanes[k]] + (ulong)instruction->Offset;
            string what = $"{bytes} bytes at 0x{address:x}";
            if ((address & (ulong)(bytes - 1)) != 0)
                throw cta.Fault(CudaError.MisalignedAddress, instruction->Line, cta.Lanes[k],
                    $"{what} are not aligned to their size");
            if (!_memory!.Contains(address, bytes))
                throw cta.Fault(CudaError.IllegalAddress, instruction->Line, cta.Lanes[k],
                    $"{what} lie in no live allocation{Near(address)}");
        }
    }

    private string Near(ulong address)
    {
        foreach (ulong distance in (ReadOnlySpan<ulong>)[16, 256, 4096])
        {
            if (_memory!.Find(address - distance, out DeviceMemory.Allocation before))
                return $"; one of {before.End - before.Start} bytes ends {address - before.End} before";
            if (_memory.Find(address + distance, out DeviceMemory.Allocation after))
                return $"; one of {after.End - after.Start} bytes starts {after.Start - address} behind";
        }

        return "";
    }
}

/// <summary>The least and the greatest of the running threads' addresses, and all bits that are set in any.</summary>
internal readonly record struct AddressRange(ulong Low, ulong High, ulong Bits)
{
    /// <summary>Over a row of addresses.</summary>
    public static unsafe AddressRange Of(Cta cta, ulong* addresses)
    {
        int* lanes = cta.Lanes;
        int count = cta.Count, k = 0;
        ulong low = ulong.MaxValue, high = 0, bits = 0;
        if (cta.IsContiguous && count >= Vector<ulong>.Count)
        {
            ulong* first = addresses + lanes[0];
            Vector<ulong> lows = new(ulong.MaxValue), highs = Vector<ulong>.Zero, all = Vector<ulong>.Zero;
            for (; k <= count - Vector<ulong>.Count; k += Vector<ulong>.Count)
            {
                Vector<ulong> some = Vector.Load(first + k);
                lows = Vector.Min(lows, some);
                highs = Vector.Max(highs, some);
                all |= some;
            }

            for (int part = 0; part < Vector<ulong>.Count; part++)
            {
                low = Math.Min(low, lows[part]);
                high = Math.Max(high, highs[part]);
                bits |= all[part];
            }
        }

        for (; k < count; k++)
        {
            ulong address = addresses[lanes[k]];
            low = Math.Min(low, address);
            high = Math.Max(high, address);
            bits |= address;
        }

        return new AddressRange(low, high, bits);
    }
}
