using NetViz.Engine.Model;

namespace NetViz.Engine.Execution;

/// <summary>A layer that a backward pass goes through.</summary>
/// <param name="Node">The layer in its place.</param>
/// <param name="Wanted">For each of its inputs, whether it depends on the target, so that the pass computes its signal.</param>
public sealed record BackwardNode(Node Node, IReadOnlyList<bool> Wanted);

/// <summary>The order in which a backward pass goes through the layers.</summary>
public static class BackwardOrder
{
    /// <summary>Returns the layers between two tensors in reverse topological order, as a backward pass takes them.</summary>
    /// <param name="record">The forward pass.</param>
    /// <param name="source">The tensor at which the pass starts.</param>
    /// <param name="target">The tensor at which it ends.</param>
    /// <exception cref="NetVizException">The source does not depend on the target.</exception>
    public static IReadOnlyList<BackwardNode> Between(ForwardRecord record, int source, int target)
    {
        ArgumentNullException.ThrowIfNull(record);
        PreparedNetwork prepared = record.Prepared;
        BackwardPlan plan = BackwardPlan.Make(prepared.Network, prepared.Kernels.BytesOf, record.Shapes, source, target);
        return [.. plan.Steps.Select(step => new BackwardNode(step.Node, [.. step.InputSlots.Select(slot => slot >= 0)]))];
    }

    /// <summary>Returns for each tensor whether it depends on the target or is the target.</summary>
    public static bool[] LeadsTo(Network network, int target)
    {
        ArgumentNullException.ThrowIfNull(network);
        return BackwardPlan.LeadsTo(network, target);
    }
}
