using NetViz.Kernels;

namespace NetViz.Tests.Kernels;

/// <summary>
/// Batch normalisation in its training form, with three inputs: x, scale and shift. Mean and variance are kept. Channels far
/// from zero, channels that do not vary, one image, one pixel, rank 2.
/// </summary>
internal static class BatchNormalizationTable
{
    private const float Epsilon = 1e-5f;

    public static IEnumerable<Operation> All =>
    [
        .. from shape in new[] { new Shape(4, 3), new Shape(64, 33), new Shape(6, 1, 1, 1), new Shape(1, 5, 7, 3),
               new Shape(5, 17, 4, 4), new Shape(3, 2, 6, 11), new Shape(2, 3, 1, 40), new Shape(3, 4, 5) }
           from over in new[] { false, true }
           select BatchNormalization("", shape, Epsilon, over),
        BatchNormalization(" with a large epsilon", new(3, 4, 5, 6), 0.5f, over: false),
        BatchNormalization(" of two numbers with a large epsilon", new(2, 1, 1, 1), 0.5f, over: false),
        .. Large.Select(o => o with { HasDifferences = false }),

        // The mean is kept in float32, 4e-5 of a deviation beside itself: that much of sum R is missing in sum R x^.
        .. from shape in new[] { new Shape(32, 3), new Shape(4, 3, 16, 16), new Shape(32, 2, 64, 64) }
           select BatchNormalization(" of mean 100 and deviation 0.1", shape, Epsilon, over: false) with
           {
               Data = OfInput(x => (float)(100 + 0.1 * x)),
               HasDifferences = false,
               Condition = 500,
           },
        .. from value in new[] { 0f, 0.1f, -1000f, 3e8f }
           from shape in new[] { new Shape(16, 3), new Shape(3, 4, 7, 9) }
           select BatchNormalization($" of nothing but {value}", shape, Epsilon, over: false) with
           {
               Data = OfInput(_ => value),
               HasDifferences = false,
           },
        BatchNormalization(" of one image unlike the others", new(8, 3, 6, 6), Epsilon, over: false) with
        {
            // The first plane's mean, about which squares are taken, is 300 deviations away from the other images.
            Data = (count, seed) => seed.EndsWith("input 0", StringComparison.Ordinal)
                ? [.. Numbers.Normal(count, seed).Select((x, i) => i < count / 8 ? x + 300 : x)] : Numbers.Normal(count, seed),
            HasDifferences = false,
        },
    ];

    /// <summary>Several jobs a thread, and sums as training has them.</summary>
    public static IEnumerable<Operation> Large =>
    [
        BatchNormalization("", new(32, 19, 16, 16), Epsilon, over: false),
        BatchNormalization("", new(32, 2, 64, 64), Epsilon, over: true),
        BatchNormalization("", new(128, 100), Epsilon, over: false),
    ];

    /// <summary>Normal deviates, those of the first input changed.</summary>
    private static Func<long, string, double[]> OfInput(Func<double, double> change) => (count, seed) =>
        seed.EndsWith("input 0", StringComparison.Ordinal)
            ? [.. Numbers.Normal(count, seed).Select(change)]
            : Numbers.Normal(count, seed);

    private static Operation BatchNormalization(string name, Shape shape, float epsilon, bool over)
    {
        var channels = new Shape(shape[1]);
        return new Operation($"BatchNormalization{name}{(over ? ", over the signal" : "")}, {shape}")
        {
            Inputs = [shape, channels, channels],
            Output = shape,
            Kept = [channels, channels],
            Forward = a => ((ITrainingKernels)a.Kernels).BatchNormalizationForward(epsilon, a.Inputs[0], a.Inputs[1], a.Inputs[2], a.Output,
                a.Kept[0], a.Kept[1]),
            Backward = a =>
            {
                if (over) a.Kernels.Reshape(a.OutputSignal, a.InputSignals[0]);
                ((ITrainingKernels)a.Kernels).BatchNormalizationBackward(epsilon, a.Inputs[0], a.Inputs[1], a.Kept[0], a.Kept[1],
                    over ? a.InputSignals[0] : a.OutputSignal, a.InputSignals[0], a.InputSignals[1], a.InputSignals[2]);
            },
            Map = Map.Curved,
        };
    }
}
