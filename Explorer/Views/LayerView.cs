using NetViz.Analysis.Layers;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Explorer.Passes;
using NetViz.Explorer.Server;
using NetViz.Kernels;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>One layer's output: activations, and the signal under each rule, on one scale; at rectifiers the four cases.</summary>
internal static class LayerView
{
    private const int MaxChannels = 64, DefaultChannels = 12;

    public static byte[] Of(Walk walk, Question asked, int index, CancellationToken token)
    {
        Exploration exploration = walk.Exploration;
        Network network = exploration.Network;
        int tensor = network.Find(asked.Required("layer"));
        Shape shape = exploration.Record.ShapeOf(tensor);
        var planes = Planes.Of(shape, network.LayoutOf(tensor));
        LayerSignals[] signals = [.. asked.Rules().Select(rule => walk.Signals(index, rule, token))];
        double[] x = exploration.Activation(tensor);
        int count = asked.Number("n", DefaultChannels, 1, MaxChannels);
        float[]? first = signals[0].At(tensor);
        int[] channels = asked.Numbers("channels", planes.Channels, MaxChannels)
            ?? planes.Strongest(count, asked.Text("by") != "activation" && first is not null && first.AsSpan().ContainsAnyExcept(0f)
                ? i => first[i] : i => x[i]);
        Node? node = tensor == 0 ? null : network.Nodes[tensor - 1];
        PortableLayer? kept = node?.Layer is RectifierLayer ? exploration.Record.KeptBy(node.Name) : null;
        var message = new TensorMessage();
        int[] lengths = [channels.Length, planes.Height, planes.Width];
        message.With("x", lengths, planes.Take(channels, i => x[i]));
        if (kept is not null) message.With("active", lengths, planes.Take(channels, i => kept.IsActive(i) ? 1 : 0));
        for (int k = 0; k < signals.Length; k++)
            if (signals[k].At(tensor) is { } r) message.With($"r{k}", lengths, planes.Take(channels, i => r[i]));
        if (tensor == 0 && exploration.SeenPixels() is { } seen) message.With("seen", [seen.Length / 3 / planes.Width, planes.Width, 3], seen);
        return message.ToBytes(new
        {
            layer = network.NameOf(tensor),
            @operator = node?.Layer.Operator ?? "input",
            shape = shape.Lengths.ToArray(),
            planes.Channels,
            planes.Height,
            planes.Width,
            planes.IsVector,
            chosen = channels,
            activation = Summary.Of(x, null),
            rules = signals.Select(one => Rule(one, node, tensor, kept)).ToArray(),
            scale = signals.Max(one => one.At(tensor) is { } r ? r.Max(Math.Abs) : 0f),
        });
    }

    private static object Rule(LayerSignals one, Node? node, int tensor, PortableLayer? kept)
    {
        float[]? r = one.At(tensor);
        (string Equation, string Remark) equation = node is null ? ("", "")
            : one.Rule.Relevance is null ? LayerEquation.Of(node.Layer, one.Rule.At(node.Layer), one.Rule.UnpoolingAt(node.Layer))
            : ("", "relevance");
        return new
        {
            name = one.Rule.Name,
            here = node is null ? null : one.Rule.At(node.Layer).ToString().ToLowerInvariant(),
            one.Note,
            equation = equation.Equation,
            remark = equation.Remark,
            signal = r is null ? null : Summary.Of(null, r),
            cases = r is null || kept is null ? null : Cases(r, kept),
        };
    }

    /// <summary>Counts and masses, the sums of |r|, of the four cases: by the forward bit, then r > 0, r &lt; 0, r = 0.</summary>
    private static object Cases(float[] r, PortableLayer kept)
    {
        var counts = new long[6];
        var masses = new double[6];
        for (int i = 0; i < r.Length; i++)
        {
            int at = (kept.IsActive(i) ? 0 : 3) + (r[i] > 0 ? 0 : r[i] < 0 ? 1 : 2);
            counts[at]++;
            masses[at] += Math.Abs(r[i]);
        }

        return new { counts, masses };
    }
}

/// <summary>Some numbers about a tensor.</summary>
/// <param name="Max">The largest size.</param>
/// <param name="L1">The sum of sizes.</param>
/// <param name="L2">The Euclidean norm.</param>
/// <param name="Positive">How many are above 0.</param>
/// <param name="Negative">How many are below 0.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Summary(double Max, double L1, double L2, long Positive, long Negative, long Count)
{
    public static Summary Of(double[]? exact, float[]? rounded)
    {
        double max = 0, l1 = 0, squares = 0;
        long positive = 0, negative = 0, count = exact?.Length ?? rounded!.Length;
        for (int i = 0; i < count; i++)
        {
            double value = exact is null ? rounded![i] : exact[i];
            max = Math.Max(max, Math.Abs(value));
            l1 += Math.Abs(value);
            squares += value * value;
            if (value > 0) positive++;
            if (value < 0) negative++;
        }

        return new Summary(max, l1, Math.Sqrt(squares), positive, negative, count);
    }
}
