using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.Maps;

/// <summary>
/// Integrated gradients (Sundararajan, Taly, Yan 2017, arXiv 1703.01365): IG_i = (I_i - B_i) times the integral over a = 0 .. 1
/// of dS_c/dI_i at B + a (I - B), with a baseline B, by the midpoint rule. Completeness: sum over i of IG_i = S_c(I) - S_c(B),
/// but for the rule's error: <see cref="Gap"/>.
/// </summary>
/// <param name="Values">IG, of the input's shape; in units of the score.</param>
/// <param name="Scores">S_c(I) for each image.</param>
/// <param name="BaselineScores">S_c(B) for each image.</param>
/// <param name="Sums">Sum over i of IG_i for each image, in double.</param>
public sealed record IntegratedGradients(Tensor<float> Values, IReadOnlyList<double> Scores, IReadOnlyList<double> BaselineScores,
    IReadOnlyList<double> Sums)
{
    /// <summary>Steps [secondary: Sundararajan et al. find 20 to 300 enough].</summary>
    public const int DefaultSteps = 100;

    /// <summary>sum over i of IG_i - (S_c(I) - S_c(B)) of an image: 0 for infinitely many steps.</summary>
    public double Gap(int image) => Sums[image] - (Scores[image] - BaselineScores[image]);

    /// <summary>Computes integrated gradients of class scores.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="input">N images as the network takes them.</param>
    /// <param name="classes">A class for each image.</param>
    /// <param name="steps">Points of the midpoint rule: a = (k + 1/2) / steps.</param>
    /// <param name="baseline">B for each of the images, laid out as they are; null for 0.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="NetVizException">The input does not fit the network.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IntegratedGradients Of(PreparedNetwork prepared, Tensor<float> input, IReadOnlyList<int> classes,
        int steps = DefaultSteps, float[]? baseline = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        Shape shape = Batches.ShapeOf(input.Lengths);
        var pixels = new float[shape.Count];
        input.FlattenTo(pixels);
        float[] from = baseline ?? new float[pixels.Length];
        if (from.Length != pixels.Length)
            throw new ArgumentException($"{from.Length} numbers for an input of {pixels.Length}.", nameof(baseline));
        var way = new float[pixels.Length];
        TensorPrimitives.Subtract(pixels, from, way);
        int length = (int)shape.CountPerImage;
        var sums = new double[pixels.Length];
        float[] signals = [];
        Batches.Run(prepared, shape.WithBatch(1), shape.N * steps, (job, image) =>
        {
            (int n, int step) = Math.DivRem(job, steps);
            TensorPrimitives.MultiplyAdd(way.AsSpan(n * length, length), (step + 0.5f) / steps, from.AsSpan(n * length, length),
                image);
        }, (record, first) =>
        {
            int count = record.InputShape.N;
            if (signals.Length != count * length) signals = new float[count * length];
            record.Backward(Seed.Classes([.. Enumerable.Range(first, count).Select(job => classes[job / steps])]),
                BackwardRule.Gradient, signals, to: null, progress: null, token);
            for (int k = 0; k < count; k++)
            {
                int to = (first + k) / steps * length;
                for (int i = 0; i < length; i++) sums[to + i] += signals[k * length + i];
            }
        }, token);
        for (int i = 0; i < sums.Length; i++) sums[i] *= way[i] / (double)steps;

        // The images, then their baselines.
        var scores = new double[2 * shape.N];
        Batches.Run(prepared, shape.WithBatch(1), 2 * shape.N, (job, image) =>
        {
            (job < shape.N ? pixels : from).AsSpan(job % shape.N * length, length).CopyTo(image);
        }, (record, first) =>
        {
            Tensor<double> found = record.ScoresInDouble;
            for (int k = 0; k < record.InputShape.N; k++) scores[first + k] = found[k, classes[(first + k) % shape.N]];
        }, token);
        return new IntegratedGradients(Numbers.Create(Array.ConvertAll(sums, value => (float)value), input.Lengths),
            scores[..shape.N], scores[shape.N..],
            [.. Enumerable.Range(0, shape.N).Select(n => TensorPrimitives.Sum<double>(sums.AsSpan(n * length, length)))]);
    }
}
