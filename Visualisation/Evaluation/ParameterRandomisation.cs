using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;

namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// Cascading parameter randomisation (Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim, "Sanity Checks for Saliency Maps", 2018):
/// copies of a network in which the parameters of the topmost layer, of the two topmost, and so on down to the image, are drawn
/// anew. Each parameter tensor gets bell-shaped numbers of the mean and the standard deviation that it had (the sum of four
/// uniform ones, within 3.46 deviations; <see cref="CounterRandom"/>) [ours].
/// </summary>
public static class ParameterRandomisation
{
    /// <summary>
    /// The layers that have parameters to draw, from the class score down: convolutions, fully connected layers, and the scales
    /// and shifts of batch normalisations. Constants that are all equal, such as a division by 255, are no such parameters; nor
    /// is any layer on which the class score does not depend.
    /// </summary>
    public static IReadOnlyList<string> Layers(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [.. network.Nodes.Where(Leading(network)).Where(node => Varies(node.Layer)).Select(node => node.Name).Reverse()];
    }

    /// <summary>The network with the parameters of its topmost layers drawn anew; all other weights are shared.</summary>
    /// <param name="network">The network.</param>
    /// <param name="count">How many of <see cref="Layers"/>, from the first.</param>
    /// <param name="seed">The same seed draws the same numbers for a layer, however many others are drawn.</param>
    public static Network Cascade(Network network, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(network);
        IReadOnlyList<string> layers = Layers(network);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, layers.Count);
        HashSet<string> drawn = [.. layers.Take(count)];
        var builder = new NetworkBuilder(network.Name, network.Input);
        foreach (Node node in network.Nodes)
        {
            Layer layer = drawn.Contains(node.Name) ? Drawn(node.Layer, seed, (ulong)node.Index) : node.Layer;
            builder.Add(layer, [.. node.Inputs.Select(tensor => TensorName(network, tensor))], node.OutputName);
        }

        return builder.Build(TensorName(network, network.OutputTensor));
    }

    private static string TensorName(Network network, int tensor) =>
        tensor == 0 ? network.Input.Name : network.Nodes[tensor - 1].OutputName;

    /// <summary>Whether the class score depends on a node.</summary>
    private static Func<Node, bool> Leading(Network network)
    {
        var leads = new bool[network.Nodes.Length + 1];
        leads[network.ScoreTensor] = true;
        foreach (Node node in network.Nodes.Reverse())
        {
            if (!leads[node.Output]) continue;
            foreach (int tensor in node.Inputs) leads[tensor] = true;
        }

        return node => leads[node.Output];
    }

    private static bool Varies(Layer layer) => layer switch
    {
        Conv conv => Varies(conv.Weight) || Varies(conv.Bias),
        ConvTranspose conv => Varies(conv.Weight) || Varies(conv.Bias),
        FullyConnected full => Varies(full.Weight) || Varies(full.Bias),
        Normalization norm => Varies(norm.Affine),
        Affine affine => Varies(affine.Scale) || Varies(affine.Shift),
        PRelu prelu => Varies(prelu.Slopes),
        _ => false,
    };

    private static bool Varies(ReadOnlyMemory<float> values) =>
        values.Length > 0 && values.Span.ContainsAnyExcept(values.Span[0]);

    private static Layer Drawn(Layer layer, ulong seed, ulong place)
    {
        CounterRandom first = new(seed, 2 * place), second = new(seed, 2 * place + 1);
        return layer switch
        {
            Conv c => new Conv(c.Name, Drawn(c.Weight, first), c.WeightShape, Drawn(c.Bias, second), c.Window, c.Groups),
            ConvTranspose c => new ConvTranspose(c.Name, Drawn(c.Weight, first), c.WeightShape, Drawn(c.Bias, second), c.Window,
                c.Groups, c.Extra, c.Size),
            Normalization n => new Normalization(n.Name, n.Operator, n.Axis, n.Epsilon, Drawn(n.Affine.Scale, first),
                n.Affine.ScaleShape, Drawn(n.Affine.Shift, second), n.Affine.ShiftShape),
            FullyConnected f => new FullyConnected(f.Name, f.Operator, Drawn(f.Weight, first), f.Inputs, f.Outputs,
                f.WeightIsInByOut, Drawn(f.Bias, second), f.Alpha),
            Affine a => new Affine(a.Name, a.Operator, Drawn(a.Scale, first), a.ScaleShape, Drawn(a.Shift, second),
                a.ShiftShape),
            PRelu p => new PRelu(p.Name, Drawn(p.Slopes, first), p.SlopesShape),
            _ => throw new ArgumentException($"'{layer.Name}' ({layer.Operator}) has no parameters.", nameof(layer)),
        };
    }

    private static float[] Drawn(ReadOnlyMemory<float> values, CounterRandom random)
    {
        if (values.IsEmpty) return [];
        double mean = 0, squares = 0;
        foreach (float value in values.Span) mean += value;
        mean /= values.Length;
        foreach (float value in values.Span) squares += (value - mean) * (value - mean);
        var drawn = new float[values.Length];
        random.Fill(0, Math.Sqrt(squares / values.Length), drawn);
        for (int i = 0; i < drawn.Length; i++) drawn[i] += (float)mean;
        return drawn;
    }
}
