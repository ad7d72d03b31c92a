using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// What each image of a batch is made to raise: a class score S_c [paper], the posterior P_c for comparison, or a neuron, a
/// channel or a layer, summed.
/// </summary>
public sealed class ModelTarget
{
    private readonly Func<ForwardRecord, double[]> _values;
    private readonly string[] _keep;
    private readonly TargetKind _kind;

    private ModelTarget(Seed seed, IReadOnlyList<int> keys, string[] keep, TargetKind kind,
        Func<ForwardRecord, double[]> values, string? before = null) =>
        (Seed, Keys, _keep, _kind, _values, Before) = (seed, keys, keep, kind, values, before);

    private enum TargetKind
    {
        Score,
        Posterior,
        Layer,
    }

    /// <summary>A number for each image that its random draws depend on: the class, so that company does not matter.</summary>
    public IReadOnlyList<int> Keys { get; }

    /// <summary>The layer whose output stands for the scores; null where the scores themselves are raised.</summary>
    public string? Before { get; }

    internal Seed Seed { get; }

    /// <summary>What to do where the target does not change with the image.</summary>
    /// <param name="fromNoise">Whether the ascent starts from noise.</param>
    /// <param name="value">The target there.</param>
    internal string AdviceWhereFlat(bool fromNoise, double value) => _kind switch
    {
        TargetKind.Posterior when fromNoise => "take `Target` score, or another `Seed`",
        TargetKind.Posterior => string.Create(CultureInfo.InvariantCulture, $"the posterior is {value:G3} there"
            + $"{(value is < 0.01 or > 0.99 ? ", saturated" : "")}: take `Target` score, or `Preset` lucid, which starts from "
            + $"noise"),
        TargetKind.Layer when fromNoise => "take the layer before the rectifier, or another `Seed`",
        TargetKind.Layer => "take the layer before the rectifier, or `Preset` lucid, which starts from noise",
        _ when fromNoise => "take another `Seed`",
        _ => "take `Preset` lucid or netviz, which start from noise",
    };

    /// <summary>
    /// f = S_c before the softmax, a class for each image [paper]. Where a ReLU stands behind the last convolution, as in
    /// SqueezeNet, S_c is 0 and says nothing until some place is found: there f is the mean over all places before that ReLU
    /// [ours].
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="units">The coordinates of its images.</param>
    /// <param name="classes">A class for each image.</param>
    /// <exception cref="NetVizException">There is no such class.</exception>
    public static ModelTarget Score(Network network, InputUnits units, IReadOnlyList<int> classes)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(units);
        if (BeforeRectifier.Find(network, units.InputShape(classes.Count)) is { } before)
            return OfMaps(network, before, units.InputShape(classes.Count), classes);
        return new ModelTarget(Seed.Classes(classes), classes, [], TargetKind.Score, record =>
        {
            Tensor<float> scores = record.Scores;
            return [.. classes.Select((c, n) => (double)scores[n, c])];
        });
    }

    /// <summary>f = P_c, the softmax of the scores, a class for each image.</summary>
    public static ModelTarget Posterior(IReadOnlyList<int> classes) => new(Seed.Posteriors(classes), classes, [],
        TargetKind.Posterior, record =>
    {
        Tensor<float> probabilities = record.Probabilities;
        return [.. classes.Select((c, n) => (double)probabilities[n, c])];
    });

    /// <summary>f = the sum of a layer's output [N, C, H, W], of one channel of it, or one element.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="place">Nothing, a channel c, or c, y, x.</param>
    /// <exception cref="NetVizException">There is no such layer, or place is something else.</exception>
    public static ModelTarget Layer(Network network, string layer, params int[] place)
    {
        ArgumentNullException.ThrowIfNull(network);
        int tensor = network.Find(layer);
        if (tensor == 0) throw new NetVizException($"'{layer}' is the network's input; a class model needs a layer");
        bool channelsLast = network.LayoutOf(tensor) == ImageLayout.Nhwc;
        Seed seed = place switch
        {
            [] => Seed.Layer(layer),
            [int c] => Seed.Channel(layer, c),
            [int c, int y, int x] => Seed.Neuron(layer, c, y, x),
            _ => throw new NetVizException($"a place in '{layer}' is nothing, a channel, or c,y,x"),
        };
        return new ModelTarget(seed, [0], [layer], TargetKind.Layer, record =>
        {
            Shape shape = record.ShapeOf(layer);
            var values = new float[shape.Count];
            record.Activation(layer).FlattenTo(values);
            if (place.Length == 0 || shape.Rank < 2) return [TensorPrimitives.Sum<float>(values)];
            int channels = channelsLast && shape.Rank == 4 ? shape[3] : shape[1], plane = values.Length / channels;
            (int channelStride, int pixelStride) = channelsLast ? (1, channels) : (plane, 1);
            int width = shape.Rank < 4 ? 1 : channelsLast ? shape[2] : shape[3];
            if (place is [int c, int y, int x]) return [values[c * channelStride + (y * width + x) * pixelStride]];
            double sum = 0;
            for (int i = 0; i < plane; i++) sum += values[place[0] * channelStride + i * pixelStride];
            return [sum];
        });
    }

    // f = the mean of channel c of a layer's [N, C, H, W], c the class of each image.
    private static ModelTarget OfMaps(Network network, int tensor, Shape input, IReadOnlyList<int> classes)
    {
        string layer = network.NameOf(tensor);
        bool channelsLast = network.LayoutOf(tensor) == ImageLayout.Nhwc;
        Shape shape = network.InferShapes(input)[tensor];
        int channels = channelsLast ? shape[3] : shape[1], count = (int)shape.CountPerImage, plane = count / channels;
        var signal = new float[shape.Count];
        for (int n = 0; n < classes.Count; n++)
        {
            if ((uint)classes[n] >= (uint)channels) throw new NetVizException($"class {classes[n]} does not exist");
            for (int i = 0; i < plane; i++) signal[Place(n, i)] = 1f / plane;
        }

        return new ModelTarget(Seed.Signal(layer, signal), classes, [layer], TargetKind.Score, record =>
        {
            var values = new float[shape.Count];
            record.Activation(layer).FlattenTo(values);
            return [.. classes.Select((_, n) => Enumerable.Range(0, plane).Average(i => (double)values[Place(n, i)]))];
        }, layer);

        int Place(int n, int i) => n * count + (channelsLast ? i * channels + classes[n] : classes[n] * plane + i);
    }

    internal ForwardRecord Forward(PreparedNetwork network, Tensor<float> input) => network.ForwardUnchecked(input, _keep);

    /// <summary>f for each image.</summary>
    internal double[] Values(ForwardRecord record) => _values(record);
}
