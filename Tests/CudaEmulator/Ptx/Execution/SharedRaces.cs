using System.Runtime.InteropServices;
using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Execution;

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
    private readonly int _words;
    private readonly uint* _writers, _readers;
    private readonly ulong* _notedAddresses;
    private readonly int* _notedLanes;
    private readonly List<Note> _notes = [];
    private readonly (int Low, int High)[] _writes = new (int, int)[MaxWrites];
    private int _writeCount, _noted;
    private uint _interval;
    private bool _hasReaders;

    public SharedRaces(int bytes)
    {
        // A multiple of the longest access, so that all words of it have stamps.
        _words = (bytes + 15) / 16 * 4;
        _writers = (uint*)NativeMemory.AllocZeroed((nuint)Math.Max(_words, 1) * 2 * sizeof(uint));
        _readers = _writers + _words;
        _notedAddresses = (ulong*)NativeMemory.Alloc(MaxNotes * sizeof(ulong));
        _notedLanes = (int*)NativeMemory.Alloc(MaxNotes * sizeof(int));
    }

    /// <summary>What an instruction read: the lanes and addresses from First on, the range over all.</summary>
    private readonly record struct Note(nint Instruction, int Size, int First, int Count, int Low, int High);

    /// <summary>A new interval begins.</summary>
    public void Begin()
    {
        _writeCount = _noted = 0;
        _notes.Clear();
        _hasReaders = false;
        if (++_interval < LastInterval) return;
        NativeMemory.Clear(_writers, (nuint)_words * 2 * sizeof(uint));
        _interval = 1;
    }

    /// <summary>The running threads read the given number of bytes at their addresses, all from low to before high.</summary>
    public void Read(Instruction* instruction, Cta cta, ulong* addresses, int size, int low, int high)
    {
        int count = cta.Count;
        if (_noted + count > MaxNotes) StampReaders(cta);
        ulong* to = _notedAddresses + _noted;
        if (cta.IsContiguous) new ReadOnlySpan<ulong>(addresses + cta.Lanes[0], count).CopyTo(new Span<ulong>(to, count));
        else for (int k = 0; k < count; k++) to[k] = addresses[cta.Lanes[k]];
        new ReadOnlySpan<int>(cta.Lanes, count).CopyTo(new Span<int>(_notedLanes + _noted, count));
        _notes.Add(new Note((nint)instruction, size, _noted, count, low, high));
        _noted += count;
    }

    /// <summary>The running threads write the given number of bytes at their addresses, all from low to before high.</summary>
    /// <exception cref="PtxFault">Two write one word.</exception>
    public void Write(Instruction* instruction, Cta cta, ulong* addresses, int size, int low, int high)
    {
        if (_writeCount < MaxWrites) _writes[_writeCount++] = (low, high);
        else _writes[^1] = (Math.Min(_writes[^1].Low, low), Math.Max(_writes[^1].High, high));
        uint current = _interval << ThreadBits;
        int length = (size + 3) / 4;
        for (int k = 0; k < cta.Count; k++)
        {
            int lane = cta.Lanes[k];
            uint own = current | (uint)lane;
            int first = (int)((addresses[lane] + (ulong)instruction->Offset) / 4);
            for (int word = first; word < first + length; word++)
            {
                uint writer = _writers[word];
                if (writer >= current && writer != own) throw Race(instruction, cta, lane, word, "writes", writer);
                _writers[word] = own;
            }
        }
    }

    /// <summary>The interval ends.</summary>
    /// <exception cref="PtxFault">A thread read a word that another one wrote.</exception>
    public void Check(Cta cta)
    {
        if (_writeCount == 0) return;
        if (_hasReaders) StampReaders(cta);
        foreach (Note note in CollectionsMarshal.AsSpan(_notes)) if (IsWritten(note)) Check(cta, note);
        if (!_hasReaders) return;
        uint current = _interval << ThreadBits;
        for (int word = 0; word < _words; word++)
        {
            uint reader = _readers[word], writer = _writers[word];
            if (reader >= current && writer >= current && reader != writer)
                throw Race(null, cta, (int)(writer & Many), word, "writes", reader);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_writers);
        NativeMemory.Free(_notedAddresses);
        NativeMemory.Free(_notedLanes);
    }

    private bool IsWritten(in Note note)
    {
        for (int k = 0; k < _writeCount; k++) if (note.Low < _writes[k].High && _writes[k].Low < note.High) return true;
        return false;
    }

    private void Check(Cta cta, in Note note)
    {
        uint current = _interval << ThreadBits;
        var instruction = (Instruction*)note.Instruction;
        int length = (note.Size + 3) / 4;
        for (int k = note.First; k < note.First + note.Count; k++)
        {
            uint own = current | (uint)_notedLanes[k];
            int first = (int)((_notedAddresses[k] + (ulong)instruction->Offset) / 4);
            for (int word = first; word < first + length; word++)
            {
                uint writer = _writers[word];
                if (writer >= current && writer != own) throw Race(instruction, cta, _notedLanes[k], word, "reads", writer);
            }
        }
    }

    // What was noted goes into stamps, so that there is room again.
    private void StampReaders(Cta cta)
    {
        uint current = _interval << ThreadBits;
        _hasReaders = true;
        foreach (Note note in CollectionsMarshal.AsSpan(_notes))
        {
            Check(cta, note);
            int length = (note.Size + 3) / 4;
            for (int k = note.First; k < note.First + note.Count; k++)
            {
                uint own = current | (uint)_notedLanes[k];
                int first = (int)((_notedAddresses[k] + (ulong)((Instruction*)note.Instruction)->Offset) / 4);
                for (int word = first; word < first + length; word++)
                    if (_readers[word] != own) _readers[word] = _readers[word] < current ? own : current | Many;
            }
        }

        _notes.Clear();
        _noted = 0;
    }

    private static PtxFault Race(Instruction* instruction, Cta cta, int lane, int word, string does, uint other)
    {
        string who = (other & Many) == Many ? "several threads read"
            : $"thread {cta.Threads.At(other & Many)} {(instruction == null ? "read" : "wrote")}";
        return cta.Fault(CudaError.LaunchFailed, instruction == null ? 0 : instruction->Line, lane,
            $"a race: {does} the word at {4 * word} of shared memory, which {who} with no barrier between");
    }
}
