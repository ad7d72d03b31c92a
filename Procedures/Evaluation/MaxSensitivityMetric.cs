using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>
/// Max-sensitivity (Yeh, Hsieh, Suggala, Inouye, Ravikumar, "On the (In)fidelity and Sensitivity of Explanations", 2019): the
/// largest change of a map, relative to its norm, under small changes of the picture that are drawn by its name.
/// </summary>
internal sealed class MaxSensitivityMetric(EvaluatedModel evaluated) : MapScoreMetric(evaluated)
{
    /// <summary>Changed copies of a picture [secondary: the authors' program takes 10 and more].</summary>
    private const int Samples = 10;

    /// <summary>The radius of the changes as a share of the input's range [ours; the paper's 0.2 is of normalised MNIST].</summary>
    private const double Radius = 0.02;

    protected override ScoreWords Words => new("max-sensitivity", "sensitivity", IsHigherBetter: false,
        $"The largest of |map(x + d) - map(x)| / |map(x)| over {Samples} changes d, each pixel's at most {Radius:0.00} of the input's "
        + "range (Yeh et al. 2019); 0: the map stays as it is.");

    protected override IReadOnlyList<NamedConstant> Constants =>
        [new("samples", Samples, Origin.Secondary), new("radius", Radius, Origin.Ours, "share of max - min of the input"),
            new("seed", Evaluated.Options.Seed, Origin.Ours)];

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => Nothing())];
        SaliencyMap[][] own = [.. Evaluated.Maps.Select(map => MapsOf(batch, map))];
        for (int m = 0; m < Maps; m++)
            for (int n = 0; n < batch.Pictures.Count; n++) values[n][m] = own[m][n].Peak > 0 ? 0 : double.NaN;
        int[] classes = [.. batch.Pictures.Select(picture => picture.Score)];
        string[] names = [.. batch.Pictures.Select(picture => picture.Name)];
        for (int k = 0; k < Samples; k++)
        {
            float[][] inputs = [.. batch.Pictures.Select(picture => Changed(picture, k))];
            using ForwardRecord record = Forward(inputs);
            for (int m = 0; m < Maps; m++)
            {
                Tensor<float> planes = Evaluated.Source.Of(Evaluated.Maps[m], record, inputs, classes, names);
                for (int n = 0; n < inputs.Length; n++)
                {
                    if (double.IsNaN(values[n][m])) continue;
                    SaliencyMap changed = SaliencyMap.Of(planes, n, own[m][n].Reduction);
                    double norm = TensorPrimitives.Norm(own[m][n].Values);
                    values[n][m] = Math.Max(values[n][m], TensorPrimitives.Distance(changed.Values, own[m][n].Values) / norm);
                }
            }
        }

        return values;
    }

    private float[] Changed(EvaluatedPicture picture, int sample)
    {
        CounterRandom random = Evaluated.Options.RandomFor(picture.Name);
        double radius = Radius * (TensorPrimitives.Max<float>(picture.Input) - TensorPrimitives.Min<float>(picture.Input));
        float[] changed = [.. picture.Input];
        for (int i = 0; i < changed.Length; i++)
        {
            double uniform = (random.Bits((long)sample * changed.Length + i) >> 11) * (1.0 / (1UL << 53));
            changed[i] += (float)(radius * (2 * uniform - 1));
        }

        return changed;
    }
}
