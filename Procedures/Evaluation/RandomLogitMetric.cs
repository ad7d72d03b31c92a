using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>
/// The random logit test (Sixt, Granz, Landgraf, "When Explanations Lie", 2020): how like the map of the picture's class is to
/// that of another class, drawn by the picture's name. A map that does not depend on the class explains none.
/// </summary>
internal sealed class RandomLogitMetric : MapScoreMetric
{
    /// <exception cref="NetVizException">The network tells no two classes apart.</exception>
    public RandomLogitMetric(EvaluatedModel evaluated)
        : base(evaluated)
    {
        if (evaluated.Model.Model.ClassCount < 2)
            throw new NetVizException($"{evaluated.Model.Model.Path} has one score; the random logit test needs another class");
    }

    protected override ScoreWords Words => new("random logit, SSIM", "ssim", IsHigherBetter: false,
        "The structural similarity of the map of the picture's class and that of another class, drawn by chance (Sixt et al. 2020); "
        + "1: the map does not depend on the class.");

    public override string Settings => $"seed {Evaluated.Options.Seed}";

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        int classes = Evaluated.Model.Model.ClassCount;
        int[] others = [.. batch.Pictures.Select(picture =>
        {
            int other = (int)(Evaluated.Options.RandomFor(picture.Name).Bits(0) % (ulong)(classes - 1));
            return other < picture.Score ? other : other + 1;
        })];
        double[][] values = [.. batch.Pictures.Select(_ => Nothing())];
        for (int m = 0; m < Maps; m++)
        {
            EvaluatedMap map = Evaluated.Maps[m];
            SaliencyMap[] own = MapsOf(batch, map);
            Tensor<float> planes = PlanesOf(batch, map, others);
            for (int n = 0; n < own.Length; n++)
            {
                if (own[n].Peak == 0) continue;
                SaliencyMap other = SaliencyMap.Of(planes, n, own[n].Reduction);
                double range = own[n].IsSigned ? 2 : 1;
                values[n][m] = StructuralSimilarity.Of(StructuralSimilarity.Normalise(own[n]), StructuralSimilarity.Normalise(other),
                    other.Width, range);
            }
        }

        return values;
    }
}
