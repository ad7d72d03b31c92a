using NetViz.Engine;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>The energy pointing game (Wang et al. 2020): the share of a map's positive mass in the boxes of the class.</summary>
internal sealed class EnergyPointingGameMetric : MapScoreMetric
{
    /// <exception cref="NetVizException">The set tells of no picture where the object is.</exception>
    public EnergyPointingGameMetric(EvaluatedModel evaluated)
        : base(evaluated, "even map")
    {
        if (!evaluated.Set.HasBoxes(evaluated.Split))
        {
            throw new NetVizException($"{evaluated.Set.Path}: {evaluated.Split} has no boxes, and the energy pointing game needs them",
                $"give the set a {evaluated.Split}.tsv with columns file, class, xmin, ymin, xmax, ymax, or annotations in "
                + "PASCAL VOC's XML");
        }
    }

    protected override ScoreWords Words => new("energy pointing game", "energy", IsHigherBetter: true,
        "The share of a map's positive mass in the boxes of the class (Wang et al. 2020); of an even map it is the boxes' area.");

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        bool[]?[] masks = [.. batch.Pictures.Select(picture => picture.Boxes.Count > 0 ? InputMask.OfBoxes(picture) : null)];
        return PerMap(batch, (picture, map) => masks[picture] is { } mask ? MassShare.Of(map.Values, mask) : double.NaN,
            picture => [masks[picture] is { } mask ? (double)mask.Count(inside => inside) / mask.Length : double.NaN]);
    }
}
