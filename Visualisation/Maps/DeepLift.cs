using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Kernels;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.Maps;

/// <summary>
/// DeepLIFT, rescale rule (Shrikumar, Greenside, Kundaje 2017, arXiv 1704.02685): multipliers between the image and a baseline,
/// times their difference. Completeness: sum over i of the map = S_c(I) - S_c(B), but for rounding, in networks without max-pools
/// and with <see cref="DeepLiftPools.Both"/>; by the image's own switches alone the sum differs.
/// </summary>
/// <param name="Values">m (I - B), of the input's shape; in units of the score.</param>
/// <param name="Scores">S_c(I) for each image.</param>
/// <param name="BaselineScores">S_c(B) for each image.</param>
/// <param name="Sums">The map's sum for each image.</param>
public sealed record DeepLift(Tensor<double> Values, IReadOnlyList<double> Scores, IReadOnlyList<double> BaselineScores,
    IReadOnlyList<double> Sums)
{
    /// <summary>The map's sum less the difference of the scores.</summary>
    public double Gap(int image) => Sums[image] - (Scores[image] - BaselineScores[image]);

    /// <summary>Computes the map of class scores.</summary>
    /// <param name="record">The forward pass of the images.</param>
    /// <param name="input">The images.</param>
    /// <param name="classes">A class for each image.</param>
    /// <param name="baseline">B for each of the images, laid out as they are; null for 0.</param>
    /// <param name="pools">Where max-pools send.</param>
    public static DeepLift Of(ForwardRecord record, Tensor<float> input, IReadOnlyList<int> classes, double[]? baseline = null,
        DeepLiftPools pools = DeepLiftPools.Own)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(classes);
        Shape shape = record.InputShape;
        var pixels = new float[shape.Count];
        input.FlattenTo(pixels);
        double[] from = baseline ?? new double[pixels.Length];
        if (from.Length != pixels.Length)
            throw new ArgumentException($"{from.Length} numbers for an input of {pixels.Length}.", nameof(baseline));
        using ForwardRecord other = record.Prepared.Forward(new ReadOnlyTensorSpan<double>(from, input.Lengths));
        Tensor<double> multipliers = record.DeepLift(Seed.Classes(classes), other, pools);
        var values = new double[pixels.Length];
        multipliers.FlattenTo(values);
        for (int i = 0; i < values.Length; i++) values[i] *= pixels[i] - from[i];
        int length = (int)shape.CountPerImage;
        Tensor<double> scores = record.ScoresInDouble, others = other.ScoresInDouble;
        return new DeepLift(Numbers.Create(values, input.Lengths), [.. classes.Select((c, n) => scores[n, c])],
            [.. classes.Select((c, n) => others[n, c])],
            [.. classes.Select((_, n) => TensorPrimitives.Sum<double>(values.AsSpan(n * length, length)))]);
    }
}
