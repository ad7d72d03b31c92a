using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// The weights that relevance rules want besides the network's own, W+, W-, W^2 and so on, with normalisations merged in:
/// prepared for the back-end when a rule first wants them, and held with the prepared network.
/// </summary>
/// <param name="prepared">The prepared network.</param>
internal sealed class RelevanceWeights(PreparedNetwork prepared) : IDisposable
{
    private readonly Dictionary<(int Node, int Merged, MapWeights Weights), PreparedWeights> _prepared = [];
    private const int RememberedPlans = 16;

    private readonly List<RelevancePlan> _plans = [];

    /// <summary>Bytes held.</summary>
    public long Bytes
    {
        get { lock (_prepared) return _prepared.Values.Sum(weights => weights.Bytes); }
    }

    /// <summary>What a rule finds in the network, looked for now or before.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="source">The tensor at which relevance starts; -1 for single layers.</param>
    public RelevancePlan PlanOf(BackwardRule rule, int source)
    {
        lock (_plans)
        {
            foreach (RelevancePlan known in _plans)
                if (known.IsFor(rule, source)) return known;
            if (_plans.Count == RememberedPlans) _plans.RemoveAt(0);
            var plan = new RelevancePlan(prepared.Network, rule, source);
            _plans.Add(plan);
            return plan;
        }
    }

    /// <summary>Weights of a map, prepared now or before; passes that want the same wait for the one that prepares them.</summary>
    /// <param name="kernels">The back-end of the pass.</param>
    /// <param name="map">The map.</param>
    /// <param name="weights">Which weights.</param>
    public PreparedWeights Of(IKernels kernels, MergedMap map, MapWeights weights)
    {
        // W itself, for the transposed map or with b: what the network runs with.
        if (weights.Part == WeightPart.All && map.Merged.Count == 0 && (weights.HasBias || !map.HasBias))
            return prepared.WeightsOf(map.Node)!;

        // The bias costs next to nothing, but a copy of the weights without it does.
        if (!map.HasBias) weights = weights with { HasBias = false };
        (int, int, MapWeights) key = (map.Node.Index, map.Merged.Count, weights);
        lock (_prepared)
        {
            if (_prepared.TryGetValue(key, out PreparedWeights? known)) return known;
            return _prepared[key] = kernels.ComputesInDouble ? InDouble(kernels, map, weights) : InFloat(kernels, map, weights);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PreparedWeights weights in _prepared.Values) weights.Dispose();
        _prepared.Clear();
    }

    private static int LengthOf(MergedMap map) =>
        map.Node.Layer is Conv conv ? conv.Weight.Length : ((FullyConnected)map.Node.Layer).Weight.Length;

    private static T[] Fill<T>(int length, Func<int, T> of)
    {
        var values = new T[length];
        Parallel.For(0, (length + 65535) / 65536, piece =>
        {
            for (int i = piece * 65536; i < Math.Min(length, (piece + 1) * 65536); i++) values[i] = of(i);
        });
        return values;
    }

    private static PreparedWeights InFloat(IKernels kernels, MergedMap map, MapWeights weights)
    {
        float[] weight = Fill(LengthOf(map), i => (float)weights.Of(map.WeightAt(i)));
        float[] bias = weights.HasBias ? [.. map.Bias.ToArray().Select(b => (float)weights.Of(b))] : [];
        return map.Node.Layer is Conv conv
            ? kernels.PrepareConv(conv.WeightShape[1] * conv.Groups, conv.Groups, conv.Window, weight, bias)
            : kernels.PrepareFullyConnected(GeometryOf(map), weight, bias, 1f);
    }

    private static PreparedWeights InDouble(IKernels kernels, MergedMap map, MapWeights weights)
    {
        double[] weight = Fill(LengthOf(map), i => weights.Of(map.WeightAt(i)));
        double[] bias = weights.HasBias ? [.. map.Bias.ToArray().Select(weights.Of)] : [];
        return map.Node.Layer is Conv conv
            ? kernels.PrepareConv(conv.WeightShape[1] * conv.Groups, conv.Groups, conv.Window, weight, bias)
            : kernels.PrepareFullyConnected(GeometryOf(map), weight, bias);
    }

    private static FullyConnectedGeometry GeometryOf(MergedMap map)
    {
        var layer = (FullyConnected)map.Node.Layer;
        return new FullyConnectedGeometry(1, layer.Inputs, layer.Outputs, layer.WeightIsInByOut);
    }
}
