namespace NetViz.CudaEmulator.Ptx.Execution;

/// <summary>Threads of a CTA that stand at the same basic block, in ascending order; they go on in lockstep.</summary>
internal sealed unsafe class ThreadGroup(int* lanes, int* _spare)
{
    private int* _spare = _spare;

    /// <summary>The threads' numbers within the CTA; room for all of them.</summary>
    public int* Lanes { get; private set; } = lanes;

    /// <summary>How many threads there are.</summary>
    public int Count { get; set; }

    /// <summary>The rank of the basic block at which they stand.</summary>
    public int Block { get; set; }

    /// <summary>Whether the threads' numbers have no gap.</summary>
    public bool IsContiguous => Lanes[Count - 1] - Lanes[0] + 1 == Count;

    /// <summary>All threads from 0.</summary>
    public void Fill(int count)
    {
        for (int k = 0; k < count; k++) Lanes[k] = k;
        Count = count;
    }

    /// <summary>Takes another group's threads in.</summary>
    public void Merge(ThreadGroup other)
    {
        int total = Count + other.Count;
        for (int k = 0, own = 0, others = 0; k < total; k++)
        {
            bool isOwn = others == other.Count || (own < Count && Lanes[own] < other.Lanes[others]);
            _spare[k] = isOwn ? Lanes[own++] : other.Lanes[others++];
        }

        int* merged = _spare;
        _spare = Lanes;
        Lanes = merged;
        Count = total;
    }

    /// <summary>Threads whose predicate is not <paramref name="kept"/> leave for another group.</summary>
    public void Split(int* predicate, bool kept, ThreadGroup leaving)
    {
        int stay = 0, leave = 0;
        int* others = leaving.Lanes;
        for (int k = 0; k < Count; k++)
        {
            int lane = Lanes[k];
            if ((predicate[lane] != 0) == kept) Lanes[stay++] = lane;
            else others[leave++] = lane;
        }

        Count = stay;
        leaving.Count = leave;
    }
}
