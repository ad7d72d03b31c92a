using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// A convolution or fully connected layer with the normalisations, and other factors and summands by channel, that alone read it:
/// one linear map z = W x + b for relevance rules, as the literature merges them before it shares relevance out.
/// </summary>
public sealed class MergedMap
{
    private readonly double[]? _scale;
    private readonly double[] _shift;

    private MergedMap(Node node, Node[] merged, int channels)
    {
        (Node, Merged, Channels) = (node, merged, channels);
        ReadOnlySpan<float> bias = node.Layer is Conv conv ? conv.Bias.Span : ((FullyConnected)node.Layer).Bias.Span;
        _shift = new double[channels];
        for (int k = 0; k < bias.Length; k++) _shift[k] = bias[k];
        foreach (Node each in merged)
        {
            var affine = (Affine)each.Layer;
            _scale ??= [.. Enumerable.Repeat(1.0, channels)];
            for (int k = 0; k < channels; k++)
            {
                double scale = affine.Scale.Length == 0 ? 1 : affine.ScaleAt(affine.Scale.Length == 1 ? 0 : k);
                double shift = affine.Shift.Length == 0 ? 0 : affine.ShiftAt(affine.Shift.Length == 1 ? 0 : k);
                (_scale[k], _shift[k]) = (_scale[k] * scale, _shift[k] * scale + shift);
            }
        }
    }

    /// <summary>The convolution or fully connected layer.</summary>
    public Node Node { get; }

    /// <summary>What is merged into it, in the order of the forward pass.</summary>
    public IReadOnlyList<Node> Merged { get; }

    /// <summary>The output's channels.</summary>
    public int Channels { get; }

    /// <summary>The tensor that holds z.</summary>
    public int Output => Merged.Count > 0 ? Merged[^1].Output : Node.Output;

    /// <summary>b, one number for each channel of the output.</summary>
    public ReadOnlySpan<double> Bias => _shift;

    /// <summary>Whether some b is not 0.</summary>
    public bool HasBias => _shift.Any(value => value != 0);

    /// <summary>The number of W at a place of the layer's own weights, whose order in memory stays.</summary>
    /// <param name="index">The place.</param>
    public double WeightAt(int index)
    {
        if (Node.Layer is Conv conv)
        {
            double weight = conv.Weight.Span[index];
            return _scale is null ? weight : weight * _scale[index / (conv.Weight.Length / Channels)];
        }

        var layer = (FullyConnected)Node.Layer;
        double w = (double)layer.Weight.Span[index] * layer.Alpha;
        return _scale is null ? w : w * _scale[layer.WeightIsInByOut ? index % layer.Outputs : index / layer.Inputs];
    }

    /// <summary>Finds the map of each convolution and fully connected layer.</summary>
    /// <param name="network">The network.</param>
    /// <param name="source">A tensor at which a signal starts, and which is therefore not merged over.</param>
    /// <returns>By node; null for other layers.</returns>
    public static MergedMap?[] Of(Network network, int source)
    {
        ArgumentNullException.ThrowIfNull(network);
        var readers = new Node?[network.Nodes.Length + 1];
        var times = new int[network.Nodes.Length + 1];
        foreach (Node node in network.Nodes)
        foreach (int tensor in node.Inputs)
            (readers[tensor], times[tensor]) = (node, times[tensor] + 1);

        var maps = new MergedMap?[network.Nodes.Length];
        foreach (Node node in network.Nodes)
        {
            int channels = node.Layer is Conv conv ? conv.WeightShape[0] : node.Layer is FullyConnected layer ? layer.Outputs : 0;
            if (channels == 0) continue;
            var merged = new List<Node>();
            for (int tensor = node.Output; tensor != source && times[tensor] == 1 && readers[tensor] is { } reader
                && reader.Layer is Affine affine && IsByChannel(affine, channels, node.Layer is Conv ? 3 : 1);
                tensor = reader.Output)
                merged.Add(reader);
            maps[node.Index] = new MergedMap(node, [.. merged], channels);
        }

        return maps;
    }

    /// <summary>Whether an affine layer's constants are one for each channel, or one for all.</summary>
    private static bool IsByChannel(Affine affine, int channels, int axisFromEnd)
    {
        return Fits(affine.Scale.Length, affine.ScaleShape) && Fits(affine.Shift.Length, affine.ShiftShape);

        bool Fits(int length, Shape shape)
        {
            if (length <= 1) return true;
            if (length != channels || shape.Rank < axisFromEnd || shape[^axisFromEnd] != channels) return false;
            for (int k = 1; k <= shape.Rank; k++)
                if (k != axisFromEnd && shape[^k] != 1) return false;
            return true;
        }
    }
}
