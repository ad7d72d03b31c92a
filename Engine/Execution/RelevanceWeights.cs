using NetViz.Engine.Layers;
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
    private readonly List<DeviceBuffer?> _scratch = [];

    /// <summary>Bytes held.</summary>
    public long Bytes => _prepared.Values.Sum(weights => weights.Bytes) + _scratch.Sum(buffer => buffer?.Bytes ?? 0);

    /// <summary>Weights of a map, prepared now or before.</summary>
    public PreparedWeights Of(MergedMap map, MapWeights weights)
    {
        // W itself, for the transposed map or with b: what the network runs with.
        if (weights.Part == WeightPart.All && map.Merged.Count == 0 && (weights.HasBias || !map.HasBias))
            return prepared.WeightsOf(map.Node)!;

        // The bias costs next to nothing, but a copy of the weights without it does.
        if (!map.HasBias) weights = weights with { HasBias = false };
        (int, int, MapWeights) key = (map.Node.Index, map.Merged.Count, weights);
        if (_prepared.TryGetValue(key, out PreparedWeights? known)) return known;
        return _prepared[key] = prepared.Kernels.ComputesInDouble ? InDouble(map, weights) : InFloat(map, weights);
    }

    /// <summary>Memory to work in.</summary>
    public DeviceTensor Scratch(int slot, Shape shape)
    {
        long bytes = prepared.Kernels.BytesOf(shape);
        while (_scratch.Count <= slot) _scratch.Add(null);
        if (_scratch[slot] is not { } held || held.Bytes < bytes)
        {
            _scratch[slot]?.Dispose();
            _scratch[slot] = null;
            _scratch[slot] = prepared.Kernels.Allocate(bytes);
        }

        return prepared.Kernels.View(_scratch[slot]!, shape);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PreparedWeights weights in _prepared.Values) weights.Dispose();
        foreach (DeviceBuffer? buffer in _scratch) buffer?.Dispose();
        _prepared.Clear();
        _scratch.Clear();
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

    private PreparedWeights InFloat(MergedMap map, MapWeights weights)
    {
        float[] weight = Fill(LengthOf(map), i => (float)weights.Of(map.WeightAt(i)));
        float[] bias = weights.HasBias ? [.. map.Bias.ToArray().Select(b => (float)weights.Of(b))] : [];
        return map.Node.Layer is Conv conv
            ? prepared.Kernels.PrepareConv(conv.WeightShape[1] * conv.Groups, conv.Groups, conv.Window, weight, bias)
            : prepared.Kernels.PrepareFullyConnected(GeometryOf(map), weight, bias, 1f);
    }

    private PreparedWeights InDouble(MergedMap map, MapWeights weights)
    {
        double[] weight = Fill(LengthOf(map), i => weights.Of(map.WeightAt(i)));
        double[] bias = weights.HasBias ? [.. map.Bias.ToArray().Select(weights.Of)] : [];
        return map.Node.Layer is Conv conv
            ? prepared.Kernels.PrepareConv(conv.WeightShape[1] * conv.Groups, conv.Groups, conv.Window, weight, bias)
            : prepared.Kernels.PrepareFullyConnected(GeometryOf(map), weight, bias);
    }

    private static FullyConnectedGeometry GeometryOf(MergedMap map)
    {
        var layer = (FullyConnected)map.Node.Layer;
        return new FullyConnectedGeometry(1, layer.Inputs, layer.Outputs, layer.WeightIsInByOut);
    }
}
