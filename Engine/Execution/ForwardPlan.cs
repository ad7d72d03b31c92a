using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>One operation of the forward pass: a node, or a convolution with what is computed with it.</summary>
/// <param name="node">The node, or the convolution.</param>
/// <param name="fused">What the convolution is computed with; null for a node by itself.</param>
internal sealed class ForwardStep(Node node, FusedConv? fused)
{
    /// <summary>The node, or the convolution.</summary>
    public Node Node => node;

    /// <summary>What the convolution is computed with; null for a node by itself.</summary>
    public FusedConv? Fused => fused;

    /// <summary>The tensor that it writes.</summary>
    public int Output { get; } = fused?.Output ?? node.Output;

    /// <summary>What it reads in the pass under way.</summary>
    public DeviceTensor[] Inputs { get; } = new DeviceTensor[node.Inputs.Length];
}

/// <summary>
/// The operations of the forward pass for one input shape, and the memory of what they write. Made once and used for any number
/// of passes, one at a time.
/// </summary>
internal sealed class ForwardPlan
{
    private readonly int[] _slotOf;
    private readonly DeviceTensor?[] _tensors;
    private int _arenaVersion = -1;

    private ForwardPlan(Shape[] shapes, ForwardStep[] steps, int[] slotOf, MemoryPlan memory)
    {
        (Shapes, Steps, _slotOf, Memory) = (shapes, steps, slotOf, memory);
        _tensors = new DeviceTensor?[shapes.Length];
    }

    /// <summary>Each tensor's shape.</summary>
    public Shape[] Shapes { get; }

    /// <summary>The operations, upward.</summary>
    public ForwardStep[] Steps { get; }

    /// <summary>
    /// The slots. The record owns what a layer keeps as numbers; what lies inside a fused operation has no memory.
    /// </summary>
    public MemoryPlan Memory { get; }

    /// <summary>Makes the plan from the tensors' shapes and the bytes that a back-end needs for one.</summary>
    /// <param name="network">The network.</param>
    /// <param name="bytesOf">The back-end's bytes.</param>
    /// <param name="shapes">Each tensor's shape.</param>
    /// <param name="fused">For each node what it is computed with; null for nothing anywhere.</param>
    public static ForwardPlan Make(Network network, Func<Shape, long> bytesOf, Shape[] shapes, FusedConv?[]? fused = null)
    {
        ForwardStep[] steps =
        [
            .. network.Nodes.Where(node => fused?[node.Index] is not { } whole || whole.Conv == node)
                .Select(node => new ForwardStep(node, fused?[node.Index])),
        ];
        var lastStep = new int[shapes.Length];
        for (int index = 0; index < steps.Length; index++)
        {
            lastStep[steps[index].Output] = index;
            foreach (int tensor in steps[index].Node.Inputs) lastStep[tensor] = index;
        }

        var memory = new MemoryPlan();
        bool[] kept = network.KeptAsNumbers;
        var slotOf = new int[shapes.Length];
        Array.Fill(slotOf, -1);
        if (!kept[0]) slotOf[0] = memory.Take(bytesOf(shapes[0]));
        for (int index = 0; index < steps.Length; index++)
        {
            ForwardStep step = steps[index];
            if (!kept[step.Output]) slotOf[step.Output] = memory.Take(bytesOf(shapes[step.Output]));
            foreach (int tensor in step.Node.Inputs.Append(step.Output).Distinct())
            {
                if (lastStep[tensor] == index && slotOf[tensor] >= 0) memory.Free(slotOf[tensor]);
            }
        }

        return new ForwardPlan(shapes, steps, slotOf, memory);
    }

    /// <summary>Lays the tensors of a pass into the arena, where the plan's memory is reserved, and into the record.</summary>
    /// <returns>By tensor; null for those that are not written.</returns>
    public DeviceTensor?[] Lay(Arena arena, ForwardRecord record)
    {
        bool moved = _arenaVersion != arena.Version;
        for (int tensor = 0; tensor < _tensors.Length; tensor++)
        {
            if (_slotOf[tensor] < 0) _tensors[tensor] = record.OwnTensor(tensor);
            else if (moved) _tensors[tensor] = arena.View(_slotOf[tensor], Shapes[tensor]);
        }

        _arenaVersion = arena.Version;
        foreach (ForwardStep step in Steps)
        {
            for (int k = 0; k < step.Inputs.Length; k++) step.Inputs[k] = _tensors[step.Node.Inputs[k]]!;
        }

        return _tensors;
    }
}
