using System.Runtime.InteropServices;
using NetViz.CudaEmulator.Program;

namespace NetViz.CudaEmulator.Execution;

/// <summary>A CTA's shared memory, with who touched which word since the last barrier.</summary>
/// <remarks>
/// Threads in lockstep hide a missing barrier, so between two of them no word may be written by one thread and touched by
/// another.
/// A word has a stamp for the thread that wrote it and one for those that read it: the number of the interval between barriers,
/// then 11 bits with the thread's number, or Many.
/// </remarks>
internal sealed unsafe class SharedMemory : IDisposable
{
    private const int ThreadBits = 11;
    private const uint Many = (1 << ThreadBits) - 1, LastInterval = uint.MaxValue >> ThreadBits;
    private readonly int bytes;
    private readonly uint* writers, readers;
    private uint interval;

    public SharedMemory(int bytes)
    {
        // A multiple of the longest access, so that words in it have their stamps.
        this.bytes = bytes;
        nuint room = (nuint)(bytes + 15) / 16 * 16;
        Start = (byte*)NativeMemory.AlignedAlloc(Math.Max(room, 16), 64);
        writers = (uint*)NativeMemory.AllocZeroed(2 * Math.Max(room, 16));
        readers = writers + Math.Max(room, 16) / sizeof(uint);
    }

    /// <summary>Address 0 of the state space.</summary>
    public byte* Start { get; }

    /// <summary>A new CTA: what it reads before it writes shall show, as NaN.</summary>
    public void Clear()
    {
        NativeMemory.Fill(Start, (nuint)bytes, 0xFF);
        PassBarrier();
    }

    /// <summary>All threads met: what they touch from now on is ordered behind what they touched before.</summary>
    public void PassBarrier()
    {
        if (++interval < LastInterval) return;
        NativeMemory.Clear(writers, 2 * (nuint)((byte*)readers - (byte*)writers));
        interval = 1;
    }

    /// <summary>All running threads may read so many bytes at their addresses.</summary>
    /// <exception cref="PtxFault"/>
    public void RequireReadable(Instruction* instruction, Cta cta, ulong* addresses, int size)
    {
        RequireInside(instruction, cta, addresses, size);
        uint current = interval << ThreadBits;
        int words = (size + 3) / 4;
        for (int k = 0; k < cta.Count; k++)
        {
            int lane = cta.Lanes[k];
            uint own = current | (uint)lane;
            int first = (int)(addresses[lane] + (ulong)instruction->Offset) / 4;
            for (int word = first; word < first + words; word++)
            {
                uint writer = writers[word], reader = readers[word];
                if (writer >= current && writer != own) throw Race(instruction, cta, lane, word, "reads", "wrote", writer);
                if (reader != own) readers[word] = reader < current ? own : current | Many;
            }
        }
    }

    /// <summary>All running threads may write so many bytes at their addresses.</summary>
    /// <exception cref="PtxFault"/>
    public void RequireWritable(Instruction* instruction, Cta cta, ulong* addresses, int size)
    {
        RequireInside(instruction, cta, addresses, size);
        uint current = interval << ThreadBits;
        int words = (size + 3) / 4;
        for (int k = 0; k < cta.Count; k++)
        {
            int lane = cta.Lanes[k];
            uint own = current | (uint)lane;
            int first = (int)(addresses[lane] + (ulong)instruction->Offset) / 4;
            for (int word = first; word < first + words; word++)
            {
                uint writer = writers[word], reader = readers[word];
                if (writer >= current && writer != own) throw Race(instruction, cta, lane, word, "writes", "wrote", writer);
                if (reader >= current && reader != own) throw Race(instruction, cta, lane, word, "writes", "read", reader);
                writers[word] = own;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(Start);
        NativeMemory.Free(writers);
    }

    private void RequireInside(Instruction* instruction, Cta cta, ulong* addresses, int size)
    {
        AddressRange range = AddressRange.Of(cta, addresses);
        ulong low = range.Low + (ulong)instruction->Offset, high = range.High + (ulong)instruction->Offset + (ulong)size;
        if (low < high && high <= (ulong)bytes && ((range.Bits | (ulong)instruction->Offset) & (ulong)(size - 1)) == 0) return;
        for (int k = 0; k < cta.Count; k++)
        {
            int lane = cta.Lanes[k];
            ulong address = addresses[lane] + (ulong)instruction->Offset;
            if ((address & (ulong)(size - 1)) != 0)
                throw cta.Fault(CudaError.MisalignedAddress, instruction->Line, lane, $"{size} bytes of shared memory at {address} are not aligned");
            if (address > (ulong)bytes || address + (ulong)size > (ulong)bytes)
                throw cta.Fault(CudaError.IllegalAddress, instruction->Line, lane, $"{size} bytes at {(long)address}, shared memory has {bytes}");
        }
    }

    private static PtxFault Race(Instruction* instruction, Cta cta, int lane, int word, string does, string did, uint stamp)
    {
        string who = (stamp & Many) == Many ? "several threads" : $"thread {cta.Threads.At(stamp & Many)}";
        return cta.Fault(CudaError.LaunchFailed, instruction->Line, lane,
            $"a race: {does} the word at {4 * word} of shared memory, which {who} {did} since the last barrier");
    }
}
