using NetViz.Engine;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>
/// Relevance mass or rank accuracy (Arras, Osman, Samek 2022): how much of a map, or of its highest pixels, lies on the object's
/// own pixels.
/// </summary>
internal sealed class RelevanceMaskMetric : MapScoreMetric
{
    private readonly bool _ranks;
    private readonly string _masks;

    /// <exception cref="NetVizException">There is no folder of masks.</exception>
    public RelevanceMaskMetric(EvaluatedModel evaluated, bool ranks)
        : base(evaluated, "even map")
    {
        _ranks = ranks;
        _masks = evaluated.Options.MasksFor(evaluated.Set.Path);
        if (!Directory.Exists(_masks))
        {
            throw new NetVizException($"{evaluated.Set.Path} has no masks: there is no folder {_masks}",
                "name one with `Masks`: for each picture a/b.jpg of the set a picture a/b.png, not black where the object is");
        }
    }

    protected override ScoreWords Words => _ranks
        ? new("relevance rank accuracy", "rank", true,
            "Of the K highest pixels of a map, K those of the object, the share on the object (Arras et al. 2022).")
        : new("relevance mass accuracy", "mass", true,
            "The share of a map's positive mass on the object's own pixels (Arras et al. 2022); of an even map it is their share.");

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        bool[]?[] masks = [.. batch.Pictures.Select(picture => InputMask.OfFile(picture, _masks))];
        return PerMap(batch, (picture, map) => masks[picture] is not { } mask ? double.NaN
                : _ranks ? MassShare.RankOf(map.Values, mask) : MassShare.Of(map.Values, mask),
            picture => [masks[picture] is { } mask ? (double)mask.Count(inside => inside) / mask.Length : double.NaN]);
    }
}
