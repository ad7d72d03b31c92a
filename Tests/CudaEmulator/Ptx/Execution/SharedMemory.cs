using System.Runtime.InteropServices;
using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Execution;

/// <summary>A CTA's shared memory: the state space .shared from address 0.</summary>
internal sealed unsafe class SharedMemory(int bytes) : IDisposable
{
    private readonly SharedRaces _races = new(bytes);

    /// <summary>Address 0 of the state space.</summary>
    public byte* Start { get; } = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), 64);

    /// <summary>A new CTA: what it reads before it writes shall show, as NaN.</summary>
    public void Clear()
    {
        NativeMemory.Fill(Start, (nuint)bytes, 0xFF);
        _races.Begin();
    }

    /// <summary>All threads met, or have ended: what they touch from now on is ordered behind what they touched before.</summary>
    /// <exception cref="PtxFault">Two threads raced for a word.</exception>
    public void PassBarrier(Cta cta)
    {
        _races.Check(cta);
        _races.Begin();
    }

    /// <summary>All running threads may read the given number of bytes at their addresses.</summary>
    /// <exception cref="PtxFault"/>
    public void RequireReadable(Instruction* instruction, Cta cta, ulong* addresses, int size)
    {
        (int low, int high) = RequireInside(instruction, cta, addresses, size);
        _races.Read(instruction, cta, addresses, size, low, high);
    }

    /// <summary>All running threads may write the given number of bytes at their addresses.</summary>
    /// <exception cref="PtxFault"/>
    public void RequireWritable(Instruction* instruction, Cta cta, ulong* addresses, int size)
    {
        (int low, int high) = RequireInside(instruction, cta, addresses, size);
        _races.Write(instruction, cta, addresses, size, low, high);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(Start);
        _races.Dispose();
    }

    // The range that is touched, from low to before high.
    private (int Low, int High) RequireInside(Instruction* instruction, Cta cta, ulong* addresses, int size)
    {
        AddressRange range = AddressRange.Of(cta, addresses);
        ulong low = range.Low + (ulong)instruction->Offset, high = range.High + (ulong)instruction->Offset + (ulong)size;
        if (low < high && high <= (ulong)bytes && ((range.Bits | (ulong)instruction->Offset) & (ulong)(size - 1)) == 0)
            return ((int)low, (int)high);
        for (int k = 0; k < cta.Count; k++)
        {
            int lane = cta.Lanes[k];
            ulong address = addresses[lane] + (ulong)instruction->Offset;
            string what = $"{size} bytes at {(long)address} of shared memory";
            if ((address & (ulong)(size - 1)) != 0)
                throw cta.Fault(CudaError.MisalignedAddress, instruction->Line, lane, $"{what} are not aligned to their size");
            if (address > (ulong)bytes || address + (ulong)size > (ulong)bytes)
                throw cta.Fault(CudaError.IllegalAddress, instruction->Line, lane, $"{what}; shared memory has {bytes}");
        }

        // Each offset lies inside though its base does not: the sum wraps.
        return (0, bytes);
    }
}
