using System.Runtime.CompilerServices;
using NetViz.CudaEmulator.Ptx;
using NetViz.CudaEmulator.Ptx.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Execution;

/// <summary>
/// Which threads run: always the group furthest behind, to the end of its basic block; groups that meet become one. Where a
/// CTA never diverges there is one group and no more to it.
/// </summary>
internal sealed unsafe partial class Cta
{
    private readonly Stack<ThreadGroup> _idle = new();

    // By descending rank, so that the one to run is the last. Waiting: at a barrier.
    private readonly List<ThreadGroup> _ready = [];
    private readonly List<(ThreadGroup Group, int Line)> _waiting = [];
    private Dim3 _place;

    /// <summary>Runs one CTA of the grid to its end.</summary>
    /// <exception cref="PtxFault"/>
    public void Run(Dim3 at)
    {
        _place = at;
        Fill("%ctaid.x", at.X);
        Fill("%ctaid.y", at.Y);
        Fill("%ctaid.z", at.Z);
        Shared.Clear();
        ThreadGroup all = _idle.Pop();
        all.Fill(ThreadCount);
        all.Block = 0;
        ReadOnlySpan<Flow> flows = _program.Flows;
        for (ThreadGroup? group = all; group is not null; group ??= TakeNext())
        {
            ref readonly Flow flow = ref flows[group.Block];
            Lanes = group.Lanes;
            Count = group.Count;
            IsContiguous = group.IsContiguous;
            for (Instruction* instruction = flow.First; instruction < flow.End; instruction++)
                instruction->Execute(instruction, this);
            switch (flow.How)
            {
                case Terminator.Exit:
                    _idle.Push(group);
                    group = null;
                    break;
                case Terminator.Barrier:
                    group.Block = flow.Next;
                    _waiting.Add((group, flow.Line));
                    group = null;
                    break;
                case Terminator.Branch:
                    Branch(group, flow);
                    group = Continue(group);
                    break;
                default:
                    group.Block = flow.Next;
                    group = Continue(group);
                    break;
            }
        }

        Shared.PassBarrier(this);
    }

    private void Branch(ThreadGroup group, in Flow flow)
    {
        int* predicate = Row<int>(flow.Predicate);
        if (IsUniform(predicate))
        {
            group.Block = (predicate[Lanes[0]] != 0) != flow.Negated ? flow.Target : flow.Next;
            return;
        }

        ThreadGroup others = _idle.Pop();
        group.Split(predicate, !flow.Negated, others);
        group.Block = flow.Target;
        others.Block = flow.Next;
        Arrive(others);
    }

    private bool IsUniform(int* predicate)
    {
        int first = predicate[Lanes[0]];
        if (IsContiguous) return new ReadOnlySpan<int>(predicate + Lanes[0], Count).IndexOfAnyExcept(first) < 0;
        for (int k = 1; k < Count; k++) if (predicate[Lanes[k]] != first) return false;
        return true;
    }

    // The same group goes on where no other is behind it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ThreadGroup? Continue(ThreadGroup group)
    {
        if (_ready.Count == 0 || group.Block < _ready[^1].Block) return group;
        Arrive(group);
        return null;
    }

    private void Arrive(ThreadGroup group)
    {
        int at = _ready.Count;
        while (at > 0 && _ready[at - 1].Block < group.Block) at--;
        if (at > 0 && _ready[at - 1].Block == group.Block)
        {
            _ready[at - 1].Merge(group);
            _idle.Push(group);
            return;
        }

        _ready.Insert(at, group);
    }

    private ThreadGroup? TakeNext()
    {
        if (_ready.Count == 0) PassBarrier();
        if (_ready.Count == 0) return null;
        ThreadGroup group = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        return group;
    }

    // No thread can run: all have ended or wait. CUDA leaves undefined what a barrier does that not all threads of the CTA reach.
    private void PassBarrier()
    {
        if (_waiting.Count == 0) return;
        foreach ((ThreadGroup group, _) in _waiting) Arrive(group);
        (ThreadGroup first, int line) = _waiting[0];
        if (_ready.Count > 1 || _ready[0].Count != ThreadCount)
        {
            string others = _ready.Count > 1
                ? $"others wait at another one, line {_waiting[^1].Line}"
                : $"{ThreadCount - _ready[0].Count} of the block's {ThreadCount} threads have ended";
            throw Fault(CudaError.LaunchFailed, line, first.Lanes[0], $"waits at a barrier that not all threads reach: {others}");
        }

        _waiting.Clear();
        Shared.PassBarrier(this);
    }
}
