using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// A network for larger images than its own: fully connected layers slide as convolutions over the feature maps, and the score of
/// a class is its mean over all places, as in the grid pointing game (Rao, Böhle, Schiele 2022). Of an image of the network's own
/// size the scores are what they were. A network that takes the mean over its feature maps before the fully connected layers needs
/// no change.
/// </summary>
public sealed class SlidingNetwork
{
    private readonly Network _original;
    private readonly List<(FullyConnected From, Conv To)> _slid = [];

    private SlidingNetwork(Network original) => _original = original;

    /// <summary>The network.</summary>
    public Network Network { get; private set; } = null!;

    /// <summary>Makes one.</summary>
    /// <param name="network">The network.</param>
    /// <param name="own">The shape of one image of its own size.</param>
    /// <param name="larger">The shape of one larger image.</param>
    /// <exception cref="NetVizException">A layer behind the flattening does not slide.</exception>
    public static SlidingNetwork Of(Network network, Shape own, Shape larger)
    {
        ArgumentNullException.ThrowIfNull(network);
        var sliding = new SlidingNetwork(network);
        sliding.Network = sliding.Unchanged(larger) ?? sliding.Built(own);
        return sliding;
    }

    /// <summary>The same rule at the sliding network's layers.</summary>
    public BackwardRule RuleOf(BackwardRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (rule.Relevance is null) return rule;
        BackwardRule own = rule;
        foreach ((FullyConnected from, Conv to) in _slid) own = own.With(layer => layer == to, rule.RelevanceAt(_original, from), to.Name);
        return own.Named(rule.Name);
    }

    // The file may say how large an image is.
    private NetworkInput Open => _original.Input with
    {
        Dimensions = [.. _original.Input.Dimensions.Select((length, axis) =>
            axis == 0 || axis == (_original.Input.Layout == ImageLayout.Nhwc ? 3 : 1) ? length : null)],
    };

    /// <summary>The same layers, where they take the larger image; null where they do not.</summary>
    private Network? Unchanged(Shape larger)
    {
        try
        {
            var builder = new NetworkBuilder(_original.Name, Open);
            string Name(int tensor) => tensor == 0 ? _original.Input.Name : _original.Nodes[tensor - 1].OutputName;
            foreach (Node node in _original.Nodes) builder.Add(node.Layer, [.. node.Inputs.Select(Name)], node.OutputName);
            Network network = builder.Build(Name(_original.OutputTensor));
            return network.InferShapes(larger)[network.ScoreTensor].Rank == 2 ? network : null;
        }
        catch (NetVizException)
        {
            return null;
        }
    }

    private Network Built(Shape own)
    {
        if (_original.Input.Layout == ImageLayout.Nhwc) throw Refused(_original.Nodes[0].Layer, "its channels come last");
        Shape[] shapes = _original.InferShapes(own);
        var builder = new NetworkBuilder(_original.Name, Open);
        // The tensors that are numbers in the network and feature maps here, with the shape that they had before they were flattened.
        var flat = new Dictionary<int, (string Name, Shape Maps)>();
        string[] names = new string[shapes.Length];
        names[0] = _original.Input.Name;
        foreach (Node node in _original.Nodes)
        {
            int first = node.Inputs[0];
            bool isSlid = node.Inputs.Any(flat.ContainsKey);
            names[node.Output] = node.OutputName;
            if (!isSlid && node.Layer is Reshape && shapes[first].Rank == 4 && shapes[node.Output].Rank == 2
                && shapes[node.Output][1] == shapes[first].CountPerImage)
            {
                flat[node.Output] = (names[first], shapes[first]);
                continue;
            }

            if (!isSlid)
            {
                builder.Add(node.Layer, [.. node.Inputs.Select(tensor => names[tensor])], node.OutputName);
                continue;
            }

            (string input, Shape maps) = flat[first];
            switch (node.Layer)
            {
                case FullyConnected full:
                    Conv conv = Slid(full, maps);
                    _slid.Add((full, conv));
                    builder.Add(conv, [input], node.OutputName);
                    flat[node.Output] = (node.OutputName, new Shape(1, full.Outputs, 1, 1));
                    break;
                case RectifierLayer or Identity or Elementwise:
                    builder.Add(node.Layer, [input], node.OutputName);
                    flat[node.Output] = (node.OutputName, maps);
                    break;
                default:
                    throw Refused(node.Layer, "of its kind none does");
            }

            if (node.Output != _original.ScoreTensor) continue;
            string mean = builder.UniqueName($"{node.OutputName}_mean");
            builder.Add(new Reduce(mean, "ReduceMean", ReduceKind.Mean, 2, 4, keepsAxes: false), [node.OutputName], mean);
            flat.Remove(node.Output);
            names[node.Output] = mean;
        }

        return builder.Build(names[_original.OutputTensor]);
    }

    private static Conv Slid(FullyConnected full, Shape maps)
    {
        float[] weight = full.Weight.ToArray();
        if (full.WeightIsInByOut)
        {
            for (int o = 0; o < full.Outputs; o++)
                for (int i = 0; i < full.Inputs; i++) weight[o * full.Inputs + i] = full.Weight.Span[i * full.Outputs + o];
        }

        for (int i = 0; i < weight.Length && full.Alpha != 1; i++) weight[i] *= full.Alpha;
        return new Conv(full.Name, weight, new Shape(full.Outputs, maps.C, maps.H, maps.W), full.Bias, new Window(maps.H, maps.W));
    }

    private static NetVizException Refused(Layer layer, string why) => new(
        $"layer '{layer.Name}' ({layer.Operator}) cannot slide over a mosaic: {why}", "take `Mosaic` scale");
}
