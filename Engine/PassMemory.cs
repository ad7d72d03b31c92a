using NetViz.Kernels;

namespace NetViz.Engine;

/// <summary>
/// Memory of the back-end that a pass in both directions takes for one input, from the scores down to the input, planned before
/// any has run and nothing is allocated.
/// </summary>
/// <param name="Activations">The way up: buffers that activations lie in, one after another.</param>
/// <param name="Signals">The way down, for one seed; null where the scores do not depend on the input.</param>
/// <param name="RecordBytes">
/// What the forward pass keeps for the way down: bits, switches, numbers, in the form that no back-end owns.
/// </param>
/// <param name="WeightBytes">Prepared weights, for both directions, beyond the model file itself.</param>
/// <param name="WorkspaceBytes">What kernels work in, at most.</param>
public sealed record PassMemory(MemoryPlan Activations, MemoryPlan? Signals, long RecordBytes, long WeightBytes,
    long WorkspaceBytes)
{
    /// <summary>Bytes of the buffers, which both directions share: each is as large as the larger use of it.</summary>
    public long BufferBytes => MemoryPlan.BytesOfBoth(Activations, Signals);

    /// <summary>All of it.</summary>
    public long TotalBytes => BufferBytes + RecordBytes + WeightBytes + WorkspaceBytes;

    internal static PassMemory Of(PreparedNetwork prepared, Shape input)
    {
        Network network = prepared.Network;
        Shape[] shapes = network.InferShapes(input);
        MemoryPlan up = prepared.Plans.Up(shapes, prepared.Plans.Wanted([])).Memory;
        MemoryPlan? down = BackwardPlan.LeadsTo(network, 0)[network.ScoreTensor]
            ? prepared.Plans.Down(shapes, 1, network.ScoreTensor, 0, BackwardRule.Gradient, isVisited: false).Memory
            : null;
        return new PassMemory(up, down, network.KeptBytes(input), prepared.PreparedBytes,
            (long)network.Nodes.Max(node => node.Layer.WorkspaceBytes));
    }
}
