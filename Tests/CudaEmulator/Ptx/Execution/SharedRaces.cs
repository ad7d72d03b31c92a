using System.Runtime.InteropServices;
using NetViz.CudaEmulator.Program;

namespace NetViz.CudaEmulator.Execution;

/// <summary>Finds races on shared memory.</summary>
/// <remarks>
/// Threads in lockstep hide a missing barrier. So in an interval between two barriers no word may be written by one thread and
/// touched by another, whatever the order. Writes leave a stamp in their words: the interval's number, then 11 bits with the
/// thread's. Reads are only noted, and looked at when the interval ends, if something was written where they read: mostly nothing
/// was. If there are too many to note, words get stamps of those who read them too.
/// </remarks>
internal sealed unsafe class SharedRaces : IDisposable
{
    private const int ThreadBits = 11, MaxNotes = 1 << 17, MaxWrites = 16;
    private const uint Many = (1 << ThreadBits) - 1, LastInterval = uint.MaxValue >> ThreadBits;
    private readonly int words;
    private readonly uint* writers, readers;
    private readonly ulong* notedAddresses;
    private readonly int* notedLanes;
    private readonly List<Note> notes = [];
    private readonly (int Low, int High)[] writes = new (int, int)[MaxWrites];
    private int writeCount, noted;
    private uint interval;
    private bool hasReaders;

    public SharedRaces(int bytes)
    {
        // A multiple of the longest access, so that all words of it have stamps.
        words = (bytes + 15) / 16 * 4;
        writers = (uint*)NativeMemory.AllocZeroed((nuint)Math.Max(words, 1) * 2 * sizeof(uint));
        readers = writers + words;
        notedAddresses = (ulong*)NativeMemory.Alloc(MaxNotes * sizeof(ulong));
        notedLanes = (int*)NativeMemory.Alloc(MaxNotes * sizeof(int));
    }

    /// <summary>What an instruction read: the lanes and addresses from First on, the range over all.</summary>
    private readonly record struct Note(nint Instruction, int Size, int First, int Count, int Low, int High);

    /// <summary>A new interval begins.</summary>
    public void Begin()
    {
        writeCount = noted = 0;
        notes.Clear();
        hasReaders = false;
        if (++interval < LastInterval) return;
        NativeMemory.Clear(writers, (nuint)words * 2 * sizeof(uint));
        interval = 1;
    }

    /// <summary>The running threads read so many bytes at their addresses, all from low to before high.</summary>
    public void Read(Instruction* instruction, Cta cta, ulong* addresses, int size, int low, int high)
    {
        int count = cta.Count;
        if (noted + count > MaxNotes) StampReaders(cta);
        ulong* to = notedAddresses + noted;
        if (cta.IsContiguous) new ReadOnlySpan<ulong>(addresses + cta.Lanes[0], count).CopyTo(new Span<ulong>(to, count));
        else for (int k = 0; k < count; k++) to[k] = addresses[cta.Lanes[k]];
        new ReadOnlySpan<int>(cta.Lanes, count).CopyTo(new Span<int>(notedLanes + noted, count));
        notes.Add(new Note((nint)instruction, size, noted, count, low, high));
        noted += count;
    }

    /// <summary>The running threads write so many bytes at their addresses, all from low to before high.</summary>
    /// <exception cref="PtxFault">Two write one word.</exception>
    public void Write(Instruction* instruction, Cta cta, ulong* addresses, int size, int low, int high)
    {
        if (writeCount < MaxWrites) writes[writeCount++] = (low, high);
        else writes[^1] = (Math.Min(writes[^1].Low, low), Math.Max(writes[^1].High, high));
        uint current = interval << ThreadBits;
        int length = (size + 3) / 4;
        for (int k = 0; k < cta.Count; k++)
        {
            int lane = cta.Lanes[k];
            uint own = current | (uint)lane;
            int first = (int)((addresses[lane] + (ulong)instruction->Offset) / 4);
            for (int word = first; word < first + length; word++)
            {
                uint writer = writers[word];
                if (writer >= current && writer != own) throw Race(instruction, cta, lane, word, "writes", writer);
                writers[word] = own;
            }
        }
    }

    /// <summary>The interval ends.</summary>
    /// <exception cref="PtxFault">A thread read a word that another one wrote.</exception>
    public void Check(Cta cta)
    {
        if (writeCount == 0) return;
        if (hasReaders) StampReaders(cta);
        foreach (Note note in CollectionsMarshal.AsSpan(notes)) if (IsWritten(note)) Check(cta, note);
        if (!hasReaders) return;
        uint current = interval << ThreadBits;
        for (int word = 0; word < words; word++)
        {
            uint reader = readers[word], writer = writers[word];
            if (reader >= current && writer >= current && reader != writer)
                throw Race(null, cta, (int)(writer & Many), word, "writes", reader);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(writers);
        NativeMemory.Free(notedAddresses);
        NativeMemory.Free(notedLanes);
    }

    private bool IsWritten(in Note note)
    {
        for (int k = 0; k < writeCount; k++) if (note.Low < writes[k].High && writes[k].Low < note.High) return true;
        return false;
    }

    private void Check(Cta cta, in Note note)
    {
        uint current = interval << ThreadBits;
        var instruction = (Instruction*)note.Instruction;
        int length = (note.Size + 3) / 4;
        for (int k = note.First; k < note.First + note.Count; k++)
        {
            uint own = current | (uint)notedLanes[k];
            int first = (int)((notedAddresses[k] + (ulong)instruction->Offset) / 4);
            for (int word = first; word < first + length; word++)
            {
                uint writer = writers[word];
                if (writer >= current && writer != own) throw Race(instruction, cta, notedLanes[k], word, "reads", writer);
            }
        }
    }

    // What was noted goes into stamps, so that there is room again.
    private void StampReaders(Cta cta)
    {
        uint current = interval << ThreadBits;
        hasReaders = true;
        foreach (Note note in CollectionsMarshal.AsSpan(notes))
        {
            Check(cta, note);
            int length = (note.Size + 3) / 4;
            for (int k = note.First; k < note.First + note.Count; k++)
            {
                uint own = current | (uint)notedLanes[k];
                int first = (int)((notedAddresses[k] + (ulong)((Instruction*)note.Instruction)->Offset) / 4);
                for (int word = first; word < first + length; word++)
                    if (readers[word] != own) readers[word] = readers[word] < current ? own : current | Many;
            }
        }

        notes.Clear();
        noted = 0;
    }

    private static PtxFault Race(Instruction* instruction, Cta cta, int lane, int word, string does, uint other)
    {
        string who = (other & Many) == Many ? "several threads read"
            : $"thread {cta.Threads.At(other & Many)} {(instruction == null ? "read" : "wrote")}";
        return cta.Fault(CudaError.LaunchFailed, instruction == null ? 0 : instruction->Line, lane,
            $"a race: {does} the word at {4 * word} of shared memory, which {who} with no barrier between");
    }
}
