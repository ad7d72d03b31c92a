using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>
/// Smooth parameter randomisation, sMPRT (Hedström, Weber, Lapuschkin, Höhne, "Sanity Checks Revisited", 2024): as the cascade of
/// Adebayo et al. 2018, of maps that are means over noisy copies, so that the noise of single maps does not count as change.
/// </summary>
internal sealed class SmoothRandomisationMetric : MapScoreMetric
{
    /// <summary>Noisy copies of a picture [ours; the paper takes up to 300].</summary>
    private const int Copies = 8;

    /// <summary>The deviation of the noise as a share of the input's range [secondary: SmoothGrad].</summary>
    private const double Noise = 0.1;

    private readonly IReadOnlyList<string> _layers;

    /// <exception cref="NetVizException">No layer of the network has weights to draw.</exception>
    public SmoothRandomisationMetric(EvaluatedModel evaluated)
        : base(evaluated)
    {
        _layers = ParameterRandomisation.Layers(evaluated.Model.Network);
        if (_layers.Count == 0)
            throw new NetVizException($"{evaluated.Model.Model.Path} has no layer with weights that could be drawn anew");
    }

    protected override ScoreWords Words => new("smooth randomisation, SSIM", "ssim", IsHigherBetter: false,
        $"The structural similarity of the mean map over {Copies} noisy copies before and after layers are drawn anew, the mean over the "
        + "cascade (Hedström et al. 2024); 1: the map does not depend on what was learned.");

    protected override IReadOnlyList<NamedConstant> Constants =>
        [new("copies", Copies, Origin.Ours), new("noise", Noise, Origin.Secondary), new("seed", Evaluated.Options.Seed, Origin.Ours)];

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => Nothing())];
        float[][][] copies = [.. Enumerable.Range(0, Copies).Select(k => batch.Pictures.Select(picture => Noisy(picture, k)).ToArray())];
        SaliencyMap[][] own = Means(Evaluated.Model.Prepared, batch, copies);
        var sums = new double[batch.Pictures.Count, Maps];
        for (int layer = 0; layer < _layers.Count; layer++)
        {
            Network drawn = ParameterRandomisation.Cascade(Evaluated.Model.Network, layer + 1, unchecked((ulong)Evaluated.Options.Seed));
            using PreparedNetwork prepared = drawn.On(Evaluated.Model.Prepared.Kernels);
            SaliencyMap[][] now = Means(prepared, batch, copies);
            for (int m = 0; m < Maps; m++)
                for (int n = 0; n < batch.Pictures.Count; n++)
                    sums[n, m] += StructuralSimilarity.Of(StructuralSimilarity.Normalise(own[m][n]),
                        StructuralSimilarity.Normalise(now[m][n]), own[m][n].Width, own[m][n].IsSigned ? 2 : 1);
        }

        for (int m = 0; m < Maps; m++)
            for (int n = 0; n < batch.Pictures.Count; n++)
                if (own[m][n].Peak > 0) values[n][m] = sums[n, m] / _layers.Count;
        return values;
    }

    private SaliencyMap[][] Means(PreparedNetwork prepared, EvaluatedBatch batch, float[][][] copies)
    {
        int[] classes = [.. batch.Pictures.Select(picture => picture.Score)];
        string[] names = [.. batch.Pictures.Select(picture => picture.Name)];
        var sums = new float[Maps][][];
        for (int m = 0; m < Maps; m++) sums[m] = new float[batch.Pictures.Count][];
        var template = new SaliencyMap[Maps];
        foreach (float[][] inputs in copies)
        {
            using ForwardRecord record = Forward(inputs, prepared);
            for (int m = 0; m < Maps; m++)
            {
                Tensor<float> planes = Evaluated.Source.Of(Evaluated.Maps[m], record, inputs, classes, names);
                for (int n = 0; n < inputs.Length; n++)
                {
                    template[m] = SaliencyMap.Of(planes, n, ReductionOf(Evaluated.Maps[m]));
                    sums[m][n] ??= new float[template[m].Values.Length];
                    TensorPrimitives.Add(sums[m][n], template[m].Values, sums[m][n]);
                }
            }
        }

        return [.. sums.Select((map, m) => map.Select(sum =>
            new SaliencyMap(template[m].Width, template[m].Height, sum, template[m].Reduction)).ToArray())];
    }

    private float[] Noisy(EvaluatedPicture picture, int copy)
    {
        double sigma = Noise * (TensorPrimitives.Max<float>(picture.Input) - TensorPrimitives.Min<float>(picture.Input));
        var noisy = new float[picture.Input.Length];
        Evaluated.Options.RandomFor(picture.Name).Fill((long)copy * noisy.Length, sigma, noisy);
        TensorPrimitives.Add(noisy, picture.Input, noisy);
        return noisy;
    }
}
