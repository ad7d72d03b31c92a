using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Which tensors share memory. Steps of a pass are numbered; a tensor lives from the step that writes it to the last
/// step that reads it, and a slot holds one tensor after another. Made before the pass, from shapes alone.
/// </summary>
public sealed class MemoryPlan
{
    private readonly List<long> _slots = [];

    // By size; of equal ones first what was given back first. A pass over thousands of tensors never looks through all of them.
    private readonly SortedSet<(long Bytes, long Turn, int Slot)> _free = [];
    private long _turn;

    /// <summary>Bytes of each slot.</summary>
    public IReadOnlyList<long> Slots => _slots;

    /// <summary>Bytes of all slots.</summary>
    public long TotalBytes => _slots.Sum();

    /// <summary>Bytes of the slots of two plans that share an arena: each as large as the larger use of it.</summary>
    /// <param name="one">A plan.</param>
    /// <param name="other">The other one, if there is one.</param>
    /// <param name="taken">What a slot of the given number of bytes takes; null for as many.</param>
    internal static long BytesOfBoth(MemoryPlan one, MemoryPlan? other, Func<long, long>? taken = null)
    {
        static long Slot(MemoryPlan? plan, int slot) => slot < plan?.Slots.Count ? plan.Slots[slot] : 0;
        long bytes = 0;
        for (int slot = 0; slot < Math.Max(one.Slots.Count, other?.Slots.Count ?? 0); slot++)
        {
            long larger = Math.Max(Slot(one, slot), Slot(other, slot));
            bytes = checked(bytes + (taken?.Invoke(larger) ?? larger));
        }

        return bytes;
    }

    /// <summary>
    /// Takes a slot: the smallest free one that is large enough, else the largest free one, enlarged, else a new one.
    /// </summary>
    internal int Take(long bytes)
    {
        if (_free.Count == 0)
        {
            _slots.Add(bytes);
            return _slots.Count - 1;
        }

        (long Bytes, long Turn, int Slot) largest = _free.Max;
        long size = largest.Bytes >= bytes ? bytes : largest.Bytes;
        (long Bytes, long Turn, int Slot) best = _free.GetViewBetween((size, 0, 0), largest).Min;
        _free.Remove(best);
        _slots[best.Slot] = Math.Max(best.Bytes, bytes);
        return best.Slot;
    }

    /// <summary>Gives a slot back.</summary>
    internal void Free(int slot) => _free.Add((_slots[slot], _turn++, slot));
}

/// <summary>A back-end's buffers, one a slot, shared by all passes of a prepared network; a buffer only ever grows.</summary>
/// <param name="kernels">The back-end.</param>
internal sealed class Arena(IKernels kernels) : IDisposable
{
    private readonly List<DeviceBuffer?> _buffers = [];

    /// <summary>Grows with each buffer that is put in another's place: what was laid before lies there no more.</summary>
    public int Version { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _buffers.Sum(buffer => buffer?.Bytes ?? 0);

    /// <summary>Makes each slot at least as large as the plan says.</summary>
    public void Reserve(MemoryPlan plan)
    {
        for (int slot = 0; slot < plan.Slots.Count; slot++)
        {
            if (slot == _buffers.Count) _buffers.Add(null);
            if (_buffers[slot] is DeviceBuffer old && old.Bytes >= plan.Slots[slot]) continue;
            Version++;
            _buffers[slot]?.Dispose();
            _buffers[slot] = null;
            _buffers[slot] = kernels.Allocate(plan.Slots[slot]);
        }
    }

    /// <summary>Lays a tensor into a slot.</summary>
    public DeviceTensor View(int slot, Shape shape) => kernels.View(_buffers[slot]!, shape);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer? buffer in _buffers) buffer?.Dispose();
        _buffers.Clear();
    }
}
