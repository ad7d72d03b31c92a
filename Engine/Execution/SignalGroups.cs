using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>How many of several seeds' signals travel down at once.</summary>
internal static class SignalGroups
{
    /// <summary>The share of the machine's memory that signals travelling together may take.</summary>
    private const double MemoryShare = 1.0 / 16;

    /// <summary>
    /// Sizes of groups in the order of the seeds, as even as they come: all at once where the back-end lets signals of several
    /// seeds meet what was kept of one pass, the network keeps images apart, and memory suffices; else one by one.
    /// </summary>
    /// <exception cref="NetVizException">The seeds start at different tensors, or do not depend on the target.</exception>
    public static int[] Of(Pass pass, ReadOnlySpan<Seed> seeds, BackwardRule rule, int target)
    {
        ForwardRecord record = pass.Record!;
        Network network = pass.Prepared.Network;
        if (seeds.IsEmpty) throw new ArgumentException("At least one seed is wanted.", nameof(seeds));
        ArgumentNullException.ThrowIfNull(seeds[0], nameof(seeds));
        int source = seeds[0].TensorIn(network);
        foreach (Seed seed in seeds)
        {
            ArgumentNullException.ThrowIfNull(seed, nameof(seeds));
            int other = seed.TensorIn(network);
            if (other == source) continue;
            throw new NetVizException($"the seeds start at '{network.NameOf(source)}' and at '{network.NameOf(other)}'; "
                + "signals that are sent down together start at one layer", "send them down one by one");
        }

        IKernels kernels = pass.Kernels;
        int most = 1;
        if (seeds.Length > 1 && rule.Relevance is null && kernels.RepeatsKept && ShapesOf(network, record.Shapes, seeds.Length) is not null)
        {
            BackwardPlan one = pass.PlanCache.Down(record.Shapes, 1, source, target, rule, isVisited: false);
            long there = kernels.DeviceMemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            most = (int)Math.Clamp(MemoryShare * there / one.Memory.TotalBytes, 1, seeds.Length);
        }

        var groups = new int[(seeds.Length + most - 1) / most];
        (int size, int rest) = Math.DivRem(seeds.Length, groups.Length);
        for (int g = 0; g < groups.Length; g++) groups[g] = size + (g < rest ? 1 : 0);
        return groups;
    }

    /// <summary>
    /// The shape of each tensor's signal where those of several seeds travel as one batch, image s N + n being seed s at image n;
    /// null where the network does not keep the images of a batch apart.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="kept">Each tensor's shape in the record.</param>
    /// <param name="seeds">How many seeds.</param>
    public static Shape[]? ShapesOf(Network network, Shape[] kept, int seeds)
    {
        Shape[] shapes;
        try
        {
            shapes = network.InferShapes(kept[0].WithBatch(checked(seeds * kept[0].N)));
        }
        catch (NetVizException)
        {
            return null; // a constant or a target shape holds the batch
        }

        for (int tensor = 0; tensor < shapes.Length; tensor++)
        {
            Shape one = kept[tensor];
            if (one.Rank == 0 || shapes[tensor] != one.WithBatch(seeds * one.N)) return null;
        }

        return network.Nodes.All(node => node.Layer.KeepsImagesApart(shapes[node.Inputs[0]].Rank)) ? shapes : null;
    }
}
