using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.Maps;

/// <summary>
/// The mean signal over noisy copies of an image: 1/n sum over k of w(I + N(0, sigma^2)), sign kept, sigma a share of
/// max I - min I (Smilkov et al. 2017, arXiv 1706.03825, with the gradient; here under any rule).
/// </summary>
public static class SmoothGrad
{
    /// <summary>Copies [secondary: Smilkov et al. take 50].</summary>
    public const int DefaultSamples = 50;

    /// <summary>sigma / (max I - min I) [secondary: Smilkov et al. recommend 0.1 to 0.2].</summary>
    public const double DefaultNoise = 0.15;

    /// <summary>Computes the mean signals of class scores.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="input">N images as the network takes them.</param>
    /// <param name="classes">A class for each image.</param>
    /// <param name="rules">The rules; all are run from the same forward passes.</param>
    /// <param name="samples">Noisy copies of each image.</param>
    /// <param name="noise">sigma / (max I - min I), for each image its own.</param>
    /// <param name="seed">
    /// Of the noise, which is bell-shaped: sums of four uniform numbers, which reach 3.46 sigma and have the same bits
    /// everywhere.
    /// </param>
    /// <param name="token">Cancels it between layers.</param>
    /// <returns>For each rule the mean signal, of the input's shape.</returns>
    /// <exception cref="NetVizException">The input does not fit the network.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<Tensor<float>> Of(PreparedNetwork prepared, Tensor<float> input, IReadOnlyList<int> classes,
        IReadOnlyList<BackwardRule> rules, int samples = DefaultSamples, double noise = DefaultNoise, ulong seed = 1,
        CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(noise);
        Shape shape = Batches.ShapeOf(input.Lengths);
        var pixels = new float[shape.Count];
        input.FlattenTo(pixels);
        int length = (int)shape.CountPerImage;
        double[] sigmas = [.. Enumerable.Range(0, shape.N).Select(n => Sigma(pixels.AsSpan(n * length, length), noise))];
        float[] signals = [];
        double[][] sums = [.. rules.Select(_ => new double[pixels.Length])];

        Batches.Run(prepared, shape.WithBatch(1), shape.N * samples, (job, image) =>
        {
            (int n, int sample) = Math.DivRem(job, samples);
            new CounterRandom(seed, (ulong)n).Fill((long)sample * length, sigmas[n], image);
            TensorPrimitives.Add(image, pixels.AsSpan(n * length, length), image);
        }, (record, first) =>
        {
            int count = record.InputShape.N;
            Seed of = Seed.Classes([.. Enumerable.Range(first, count).Select(job => classes[job / samples])]);
            if (signals.Length != count * length) signals = new float[count * length];
            for (int r = 0; r < rules.Count; r++)
            {
                record.Backward(of, rules[r], signals, to: null, progress: null, token);
                for (int k = 0; k < count; k++)
                {
                    int to = (first + k) / samples * length;
                    for (int i = 0; i < length; i++) sums[r][to + i] += signals[k * length + i];
                }
            }
        }, token);
        return [.. sums.Select(sum => Numbers.Create(Array.ConvertAll(sum, s => (float)(s / samples)), input.Lengths))];
    }

    private static double Sigma(ReadOnlySpan<float> image, double noise) =>
        noise * ((double)TensorPrimitives.Max(image) - TensorPrimitives.Min(image));
}
