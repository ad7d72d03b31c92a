using System.Diagnostics;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Engine;

/// <summary>
/// The way up: layer after layer in topological order. Each layer reads its inputs, writes its output and keeps in the
/// record what the way down needs; an output's memory is given on as soon as its last reader has run.
/// </summary>
internal static class ForwardPass
{
    /// <summary>Runs the network on an input given as float or as double; the other is empty.</summary>
    public static ForwardRecord Run(PreparedNetwork prepared, Shape input, ReadOnlySpan<float> floats,
        ReadOnlySpan<double> doubles, ReadOnlySpan<string> keep)
    {
        using PreparedNetwork.Turn turn = prepared.BeginPass();
        Network network = prepared.Network;
        ForwardPlan plan = prepared.PlanFor(input);
        var wanted = new HashSet<int>();
        foreach (string name in keep) wanted.Add(network.Find(name));

        ForwardRecord? record = null;
        try
        {
            prepared.Arena.Reserve(plan.Memory);
            record = new ForwardRecord(prepared, plan);
            var tensors = new DeviceTensor[plan.Shapes.Length];
            for (int t = 0; t < tensors.Length; t++)
                tensors[t] = record.OwnTensor(t) ?? prepared.Arena.View(plan.SlotOf[t], plan.Shapes[t]);

            if (doubles.IsEmpty) prepared.Kernels.Upload(floats, tensors[0]);
            else prepared.Kernels.Upload(doubles, tensors[0]);
            record.Take(0, tensors[0], wanted);

            foreach (Node node in network.Nodes)
            {
                long start = Stopwatch.GetTimestamp();
                var inputs = new DeviceTensor[node.Inputs.Length];
                for (int k = 0; k < inputs.Length; k++) inputs[k] = tensors[node.Inputs[k]];
                node.Layer.Forward(new ForwardArguments
                {
                    Kernels = prepared.Kernels,
                    Weights = prepared.WeightsOf(node),
                    Inputs = inputs,
                    Output = tensors[node.Output],
                    Kept = record.KeptBy(node),
                });
                if (prepared.ListenerOf(node, backward: false) is { } told)
                {
                    prepared.Kernels.Synchronize();
                    told(node, false, Stopwatch.GetTimestamp() - start);
                }

                // The host hashes while the device works, before it waits for the scores.
                if (node.Output == network.ScoreTensor) record.HashInput(floats, doubles);
                record.Take(node.Output, tensors[node.Output], wanted);
            }

            if (network.ScoreTensor == 0) record.HashInput(floats, doubles);
            return record;
        }
        catch (Exception e)
        {
            record?.Dispose();
            if (e is GpuException refused) throw DeviceMemory.Refused(prepared, input, refused);
            throw;
        }
    }
}

/// <summary>Shapes and memory of the forward pass for one input shape.</summary>
/// <param name="Shapes">Each tensor's shape.</param>
/// <param name="SlotOf">Each tensor's slot; -1 where the record owns it, because a layer keeps its numbers.</param>
/// <param name="Memory">The slots.</param>
internal sealed record ForwardPlan(Shape[] Shapes, int[] SlotOf, MemoryPlan Memory)
{
    /// <summary>Makes the plan.</summary>
    public static ForwardPlan Make(PreparedNetwork prepared, Shape input) =>
        Make(prepared.Network, prepared.Kernels.BytesOf, prepared.Network.InferShapes(input));

    /// <summary>Makes the plan from the tensors' shapes and the bytes that a back-end needs for one.</summary>
    public static ForwardPlan Make(Network network, Func<Shape, long> bytesOf, Shape[] shapes)
    {
        var kept = new bool[shapes.Length];
        var lastReader = new int[shapes.Length];
        foreach (Node node in network.Nodes)
        {
            kept[node.Output] |= node.Layer.Keeps.HasFlag(Keep.Output);
            kept[node.Inputs[0]] |= node.Layer.Keeps.HasFlag(Keep.Input);
            lastReader[node.Output] = node.Index;
            foreach (int tensor in node.Inputs) lastReader[tensor] = node.Index;
        }

        var memory = new MemoryPlan();
        var slotOf = new int[shapes.Length];
        slotOf[0] = kept[0] ? -1 : memory.Take(bytesOf(shapes[0]));
        foreach (Node node in network.Nodes)
        {
            slotOf[node.Output] = kept[node.Output] ? -1 : memory.Take(bytesOf(shapes[node.Output]));
            foreach (int tensor in node.Inputs.Append(node.Output).Distinct())
            {
                if (lastReader[tensor] == node.Index && slotOf[tensor] >= 0) memory.Free(slotOf[tensor]);
            }
        }

        return new ForwardPlan(shapes, slotOf, memory);
    }
}
