using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>One operation of the backward pass: a node, or a convolution with what is computed with it.</summary>
/// <param name="node">The node, or the convolution.</param>
/// <param name="fused">What the convolution is computed with; null for a node by itself.</param>
/// <param name="inputSlots">See <see cref="InputSlots"/>.</param>
internal sealed class BackwardStep(Node node, FusedConv? fused, int[] inputSlots)
{
    /// <summary>The node, or the convolution.</summary>
    public Node Node => node;

    /// <summary>What the convolution is computed with; null for a node by itself.</summary>
    public FusedConv? Fused => fused;

    /// <summary>The tensor whose signal it takes further.</summary>
    public int Output { get; } = fused?.Output ?? node.Output;

    /// <summary>
    /// For each input the slot that its signal is written to: the tensor's own, or, where a signal is there already, one of
    /// passage from which it is added; -1 where it is not wanted.
    /// </summary>
    public int[] InputSlots => inputSlots;

    /// <summary>The shape of each input of the node.</summary>
    public Shape[] InputShapes { get; } = new Shape[node.Inputs.Length];

    /// <summary>The signal above.</summary>
    public DeviceTensor OutputSignal { get; private set; } = null!;

    /// <summary>Where the signals below are written; null where one is not wanted.</summary>
    public DeviceTensor?[] InputSignals { get; } = new DeviceTensor?[node.Inputs.Length];

    /// <summary>For each input the signal that is there already and that this one is added to; null for none.</summary>
    public DeviceTensor?[] Sums { get; } = new DeviceTensor?[node.Inputs.Length];

    /// <summary>Takes the signals' places in the arena.</summary>
    /// <param name="arena">The arena.</param>
    /// <param name="signals">Each tensor's signal.</param>
    /// <param name="slotOf">Each tensor's slot.</param>
    public void Lay(Arena arena, DeviceTensor?[] signals, int[] slotOf)
    {
        OutputSignal = signals[Output]!;
        for (int k = 0; k < inputSlots.Length; k++)
        {
            if (inputSlots[k] < 0) continue;
            DeviceTensor own = signals[node.Inputs[k]]!;
            bool meets = inputSlots[k] != slotOf[node.Inputs[k]];
            InputSignals[k] = meets ? arena.View(inputSlots[k], InputShapes[k]) : own;
            Sums[k] = meets ? own : null;
        }
    }
}

/// <summary>
/// The operations of a backward pass between a source and a target, and the memory of its signals. Made once and used for any
/// number of passes, one at a time.
/// </summary>
internal sealed class BackwardPlan
{
    private readonly Shape[] _shapes;
    private readonly int[] _slotOf;
    private readonly DeviceTensor?[] _signals;
    private int _arenaVersion = -1;

    private BackwardPlan(Shape[] shapes, int source, int target, BackwardStep[] steps, int[] slotOf, MemoryPlan memory)
    {
        (_shapes, Source, Target, Steps, _slotOf, Memory) = (shapes, source, target, steps, slotOf, memory);
        _signals = new DeviceTensor?[shapes.Length];
        foreach (BackwardStep step in steps)
            for (int k = 0; k < step.InputShapes.Length; k++) step.InputShapes[k] = shapes[step.Node.Inputs[k]];
    }

    /// <summary>The tensor at which the pass starts.</summary>
    public int Source { get; }

    /// <summary>The tensor at which it ends.</summary>
    public int Target { get; }

    /// <summary>The operations, downward.</summary>
    public BackwardStep[] Steps { get; }

    /// <summary>The slots. What lies inside a fused operation has no memory.</summary>
    public MemoryPlan Memory { get; }

    /// <summary>Makes the plan from the signals' shapes and the bytes that a back-end needs for one.</summary>
    /// <param name="network">The network.</param>
    /// <param name="bytesOf">The back-end's bytes.</param>
    /// <param name="shapes">The shape of the signal at each tensor.</param>
    /// <param name="source">The tensor at which the pass starts.</param>
    /// <param name="target">The tensor at which it ends.</param>
    /// <param name="fused">For each node what it is computed with; null for nothing anywhere.</param>
    /// <exception cref="NetVizException">The source does not depend on the target.</exception>
    public static BackwardPlan Make(Network network, Func<Shape, long> bytesOf, Shape[] shapes, int source, int target,
        FusedConv?[]? fused = null)
    {
        bool[] below = LeadsTo(network, target);
        if (!below[source])
        {
            throw new NetVizException(
                $"'{network.NameOf(source)}' does not depend on '{network.NameOf(target)}': "
                + "no signal travels from the one down to the other");
        }

        var memory = new MemoryPlan();
        var slotOf = new int[network.Nodes.Length + 1];
        Array.Fill(slotOf, -1);
        int Take(int tensor) => memory.Take(bytesOf(shapes[tensor]));

        slotOf[source] = Take(source);
        var steps = new List<BackwardStep>();
        for (int index = source - 1; index >= 0; index--)
        {
            Node node = network.Nodes[index];
            FusedConv? whole = fused?[index];
            if (whole is not null && whole.Conv != node) continue;
            int output = whole?.Output ?? node.Output;
            if (slotOf[output] < 0 || output == target || !below[node.Output]) continue;
            var inputSlots = new int[node.Inputs.Length];
            var passage = new List<int>();
            for (int k = 0; k < inputSlots.Length; k++)
            {
                int tensor = node.Inputs[k];
                inputSlots[k] = below[tensor] ? Take(tensor) : -1;
                if (inputSlots[k] < 0) continue;
                if (slotOf[tensor] < 0) slotOf[tensor] = inputSlots[k];
                else passage.Add(inputSlots[k]);
            }

            steps.Add(new BackwardStep(node, whole, inputSlots));
            foreach (int slot in passage) memory.Free(slot);
            memory.Free(slotOf[output]);
        }

        return new BackwardPlan(shapes, source, target, [.. steps], slotOf, memory);
    }

    /// <summary>Whether it is the plan for the signals of the given number of seeds at inputs of this shape.</summary>
    public bool IsFor(Shape input, int seeds) =>
        _shapes[0].N == seeds * input.N && _shapes[0].Lengths[1..].SequenceEqual(input.Lengths[1..]);

    /// <summary>For each tensor, whether it depends on the target or is the target.</summary>
    public static bool[] LeadsTo(Network network, int target)
    {
        var below = new bool[network.Nodes.Length + 1];
        below[target] = true;
        foreach (Node node in network.Nodes)
        {
            if (node.Output != target) below[node.Output] = node.Inputs.Any(tensor => below[tensor]);
        }

        return below;
    }

    /// <summary>Lays the signals of a pass into the arena, where the plan's memory is reserved.</summary>
    /// <returns>By tensor; null for those that no signal is written at.</returns>
    public DeviceTensor?[] Lay(Arena arena)
    {
        if (_arenaVersion == arena.Version) return _signals;
        for (int tensor = 0; tensor < _signals.Length; tensor++)
            if (_slotOf[tensor] >= 0) _signals[tensor] = arena.View(_slotOf[tensor], _shapes[tensor]);
        foreach (BackwardStep step in Steps) step.Lay(arena, _signals, _slotOf);
        _arenaVersion = arena.Version;
        return _signals;
    }
}
