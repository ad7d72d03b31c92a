using System.Diagnostics;
using NetViz.Kernels;

namespace NetViz.Engine;

/// <summary>
/// The way down: the nodes between the target and the seed in reverse topological order. Each takes the signal at its
/// output and writes the signals at its inputs; where several layers read one tensor, their signals add up, in the order
/// in which they are met, which is always the same.
/// </summary>
internal static class BackwardPass
{
    /// <summary>Runs from a seed down to the signal at the tensor <paramref name="target"/>.</summary>
    /// <param name="record">What the forward pass left.</param>
    /// <param name="seed">The signal at the start.</param>
    /// <param name="rule">What rectifiers do.</param>
    /// <param name="target">The tensor at which the pass ends.</param>
    /// <param name="visit">Told each tensor with its signal, once that is complete and before it is taken further.</param>
    public static DeviceTensor Run(ForwardRecord record, Seed seed, BackwardRule rule, int target,
        Action<int, DeviceTensor>? visit = null)
    {
        PreparedNetwork prepared = record.Prepared;
        IKernels kernels = prepared.Kernels;
        int source = seed.TensorIn(prepared.Network);
        BackwardPlan plan = BackwardPlan.Make(record, source, target);
        prepared.Arena.Reserve(plan.Memory);
        DeviceTensor SignalAt(int tensor) => prepared.Arena.View(plan.SlotOf[tensor], record.ShapeOf(tensor));

        Shape shape = record.ShapeOf(source);
        var start = new double[shape.Count];
        seed.Write(record, shape, start);
        kernels.Upload(start, SignalAt(source));

        foreach (BackwardStep step in plan.Steps)
        {
            long began = Stopwatch.GetTimestamp();
            Node node = step.Node;
            visit?.Invoke(node.Output, SignalAt(node.Output));
            var shapes = new Shape[node.Inputs.Length];
            var signals = new DeviceTensor?[node.Inputs.Length];
            for (int k = 0; k < signals.Length; k++)
            {
                shapes[k] = record.ShapeOf(node.Inputs[k]);
                signals[k] = step.InputSlots[k] < 0 ? null : prepared.Arena.View(step.InputSlots[k], shapes[k]);
            }

            node.Layer.Backward(new BackwardArguments
            {
                Kernels = kernels,
                Weights = prepared.WeightsOf(node),
                Kept = record.KeptBy(node),
                Rule = rule.At(node.Layer),
                Unpooling = rule.UnpoolingAt(node.Layer),
                OutputSignal = SignalAt(node.Output),
                InputShapes = shapes,
                InputSignals = signals,
            });
            for (int k = 0; k < signals.Length; k++)
            {
                if (signals[k] is DeviceTensor signal && step.InputSlots[k] != plan.SlotOf[node.Inputs[k]])
                    kernels.AddTo(signal, SignalAt(node.Inputs[k]));
            }

            if (prepared.ListenerOf(node, backward: true) is not { } told) continue;
            kernels.Synchronize();
            told(node, true, Stopwatch.GetTimestamp() - began);
        }

        visit?.Invoke(target, SignalAt(target));
        return SignalAt(target);
    }
}

/// <summary>One node's part of the way down.</summary>
/// <param name="Node">The node.</param>
/// <param name="InputSlots">
/// For each input the slot that its signal is written to: the tensor's own, or, where a signal is there already, one of
/// passage from which it is added; -1 where it is not wanted.
/// </param>
internal sealed record BackwardStep(Node Node, int[] InputSlots);

/// <summary>Which nodes a backward pass visits, and the memory of its signals.</summary>
/// <param name="Steps">The nodes, downward.</param>
/// <param name="SlotOf">Each visited tensor's slot.</param>
/// <param name="Memory">The slots.</param>
internal sealed record BackwardPlan(List<BackwardStep> Steps, int[] SlotOf, MemoryPlan Memory)
{
    /// <summary>Makes the plan.</summary>
    public static BackwardPlan Make(ForwardRecord record, int source, int target) =>
        Make(record.Prepared.Network, record.Prepared.Kernels.BytesOf, record.Shapes, source, target);

    /// <summary>Makes the plan from the tensors' shapes and the bytes that a back-end needs for one.</summary>
    public static BackwardPlan Make(Network network, Func<Shape, long> bytesOf, Shape[] shapes, int source, int target)
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
            if (slotOf[node.Output] < 0 || node.Output == target || !below[node.Output]) continue;
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

            steps.Add(new BackwardStep(node, inputSlots));
            foreach (int slot in passage) memory.Free(slot);
            memory.Free(slotOf[node.Output]);
        }

        return new BackwardPlan(steps, slotOf, memory);
    }

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
}
