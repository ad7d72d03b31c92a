using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>Where a rule lets only some channels pass: the signal there is set to 0 at all others.</summary>
internal sealed class ChannelMasks
{
    private readonly Pass _pass;
    private readonly Dictionary<int, HashSet<int>> _channels = [];

    private ChannelMasks(Pass pass) => _pass = pass;

    /// <summary>Looks at a rule; null where all channels pass everywhere.</summary>
    /// <exception cref="NetVizException">A channel does not exist, or the signal does not pass the layer.</exception>
    public static ChannelMasks? Of(Pass pass, BackwardRule rule, BackwardPlan plan)
    {
        if (rule.Through.Count == 0) return null;
        var masks = new ChannelMasks(pass);
        ForwardRecord record = pass.Record!;
        Network network = pass.Prepared.Network;
        foreach (ChannelPassage passage in rule.Through)
        {
            int tensor = network.Find(passage.Layer);
            Shape shape = record.ShapeOf(tensor);
            int axis = AxisOf(network, tensor, shape);
            if (passage.Channels.Any(channel => channel >= shape[axis]))
            {
                throw new NetVizException($"`Through` {passage}: the output of '{passage.Layer}' has "
                    + $"{Counted.Of(shape[axis], "channel")}, 0 to {shape[axis] - 1}");
            }

            if (tensor != plan.Source && tensor != plan.Target && plan.Steps.All(step => step.Output != tensor))
            {
                throw new NetVizException($"`Through` {passage}: the signal from '{network.NameOf(plan.Source)}' down to "
                    + $"'{network.NameOf(plan.Target)}' does not pass '{passage.Layer}'");
            }

            if (!masks._channels.TryGetValue(tensor, out HashSet<int>? channels)) masks._channels[tensor] = [.. passage.Channels];
            else channels.IntersectWith(passage.Channels);
        }

        return masks;
    }

    /// <summary>The axis of a tensor's channels.</summary>
    public static int AxisOf(Network network, int tensor, Shape shape) =>
        shape.Rank == 4 && network.LayoutOf(tensor) == ImageLayout.Nhwc ? 3 : Math.Min(1, shape.Rank - 1);

    /// <summary>Sets the signal of a tensor to 0 where it may not pass.</summary>
    public void Apply(int tensor, DeviceTensor signal)
    {
        if (!_channels.TryGetValue(tensor, out HashSet<int>? passing)) return;
        int axis = AxisOf(_pass.Prepared.Network, tensor, signal.Shape), channels = signal.Shape[axis];
        long plane = signal.Shape.Product(axis + 1, signal.Shape.Rank);
        var mask = new float[signal.Shape.Count];
        for (int i = 0; i < mask.Length; i++) mask[i] = passing.Contains((int)(i / plane % channels)) ? 1 : 0;
        DeviceTensor on = _pass.Scratch.Tensor(0, signal.Shape);
        _pass.Kernels.Upload(mask, on);
        _pass.Kernels.Combine(Combination.Product, signal, on, on, signal);
    }
}
