using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>
/// Effective complexity (Nguyen and Martinez, "On quantitative aspects of model interpretability", 2020): the least share of a
/// map's highest pixels that keeps the score of the class, all others being the mean colour.
/// </summary>
internal sealed class EffectiveComplexityMetric : MapScoreMetric
{
    /// <summary>The share of the score's distance from the mean colour's that may be lost [ours].</summary>
    private const double Tolerance = 0.1;

    private readonly PictureGrid _grid;
    private readonly int[] _counts;

    public EffectiveComplexityMetric(EvaluatedModel evaluated)
        : base(evaluated, "random")
    {
        _grid = PictureGrid.Of(evaluated.Model);
        _counts = PixelCurve.Counts(_grid.Curve.Pixels, Math.Min(evaluated.Options.Steps, _grid.Curve.Pixels));
    }

    protected override ScoreWords Words => new("effective complexity", "complexity", IsHigherBetter: false,
        $"The least share of the map's highest pixels that, with the mean colour elsewhere, keeps {100 * (1 - Tolerance):0} % of what the "
        + "picture's score is above that of the mean colour alone (Nguyen and Martinez 2020).");

    protected override IReadOnlyList<NamedConstant> Constants =>
        [new("tolerance", Tolerance, Origin.Ours), new("steps", _counts.Length - 1, Origin.Ours), new("seed", Evaluated.Options.Seed, Origin.Ours)];

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => Nothing())];
        SaliencyMap[][] maps = [.. Evaluated.Maps.Select(map => MapsOf(batch, map))];
        for (int n = 0; n < batch.Pictures.Count; n++)
        {
            EvaluatedPicture picture = batch.Pictures[n];
            float[] colour = _grid.Curve.MeanColour(picture.Input);
            double[] ends = ScoresOf([picture.Input, colour], picture.Score);
            // A picture that speaks no more for its class than a colour has nothing to keep.
            if (!(ends[0] > ends[1])) continue;
            double wanted = ends[1] + (1 - Tolerance) * (ends[0] - ends[1]);
            for (int o = 0; o < ValueCount; o++)
            {
                if (o < Maps && maps[o][n].Peak == 0) continue;
                int[] order = o < Maps ? PixelCurve.Order(maps[o][n].Values)
                    : PixelCurve.RandomOrder(_grid.Curve.Pixels, Evaluated.Options.RandomFor(picture.Name));
                var images = new List<float[]>();
                float[] image = [.. colour];
                for (int k = 1; k < _counts.Length - 1; k++)
                {
                    _grid.Curve.Replace(image, picture.Input, order.AsSpan(_counts[k - 1].._counts[k]));
                    images.Add([.. image]);
                }

                int first = Array.FindIndex(ScoresOf(images, picture.Score), score => score >= wanted);
                values[n][o] = first < 0 ? 1 : (double)_counts[first + 1] / _grid.Curve.Pixels;
            }
        }

        return values;
    }
}
