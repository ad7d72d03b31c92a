using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Memory of the back-end that a pass in both directions takes for one input, from the scores down to the input, planned before
/// any has run and nothing is allocated.
/// </summary>
/// <param name="Activations">The forward pass: buffers that activations lie in, one after another.</param>
/// <param name="Signals">The backward pass, for one seed; null where the scores do not depend on the input.</param>
/// <param name="BufferBytes">What the buffers take that both directions share: each is as large as the larger use of it.</param>
/// <param name="RecordBytes">What the forward pass keeps for the backward pass takes: bits, switches, numbers.</param>
/// <param name="WeightBytes">Prepared weights, for both directions, beyond the model file itself.</param>
/// <param name="WorkspaceBytes">What kernels work in, at most.</param>
public sealed record PassMemory(MemoryPlan Activations, MemoryPlan? Signals, long BufferBytes, long RecordBytes, long WeightBytes,
    long WorkspaceBytes)
{
    /// <summary>All of it.</summary>
    public long TotalBytes => BufferBytes + RecordBytes + WeightBytes + WorkspaceBytes;

    internal static PassMemory Of(PreparedNetwork prepared, Shape input)
    {
        (Network network, IKernels kernels) = (prepared.Network, prepared.Kernels);
        Shape[] shapes = network.InferShapes(input);
        (MemoryPlan up, MemoryPlan? down) = new PlanCache(prepared).Both(shapes);
        double workspace = kernels.HeldWorkspaceBytes;
        foreach (Node node in network.Nodes)
        {
            Shape[] inputs = [.. node.Inputs.Select(tensor => shapes[tensor])];
            double ofLayer = node.Layer.WorkspaceOn(kernels, prepared.WeightsOf(node), inputs);
            if (ofLayer > workspace) workspace = kernels.BytesTaken((long)ofLayer);
        }

        return new PassMemory(up, down, MemoryPlan.BytesOfBoth(up, down, kernels.BytesTaken),
            BytesOfRecord(network, kernels, shapes), prepared.PreparedBytes, (long)workspace);
    }

    private static long BytesOfRecord(Network network, IKernels kernels, Shape[] shapes)
    {
        long bytes = 0;
        bool[] isKept = network.KeptAsNumbers;
        for (int tensor = 0; tensor < shapes.Length; tensor++)
            if (isKept[tensor]) bytes += kernels.BytesTaken(kernels.BytesOf(shapes[tensor]));

        foreach (Node node in network.Nodes)
        {
            Keep keeps = node.Layer.Keeps;
            if (keeps.HasFlag(Keep.Bits)) bytes += kernels.BytesTaken(kernels.BytesOfBits(shapes[node.Output]));
            if (!keeps.HasFlag(Keep.Switches)) continue;
            PoolGeometry geometry = node.Layer.SwitchGeometry(shapes[node.Inputs[0]]);
            bytes += kernels.BytesTaken(kernels.BytesOfSwitches(geometry));
        }

        return bytes;
    }
}
