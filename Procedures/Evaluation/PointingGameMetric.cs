using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Plots;
using static System.FormattableString;
using Quantity = NetViz.Engine.Counted;

namespace NetViz.Procedures;

/// <summary>
/// The pointing game of each rule's map |w| of the picture's own class, beside the input's centre and a random pixel of it.
/// </summary>
internal sealed class PointingGameMetric : PictureMetric
{
    private const int Baselines = 2;

    private readonly double _tolerance;
    private readonly string[] _names;

    /// <exception cref="NetVizException">The set tells of no picture where the object is.</exception>
    public PointingGameMetric(EvaluatedModel evaluated)
        : base(evaluated)
    {
        if (!evaluated.Set.HasBoxes(evaluated.Split))
        {
            throw new NetVizException($"{evaluated.Set.Path}: {evaluated.Split} has no boxes, and the pointing game needs them",
                $"give the set a {evaluated.Split}.tsv with columns file, class, xmin, ymin, xmax, ymax, or annotations in "
                + "PASCAL VOC's XML");
        }

        _tolerance = Evaluated.Options.ToleranceFor(evaluated.Model.Preprocessing.Width);
        _names = [.. Evaluated.Maps.Select(rule => rule.Name), "centre", "random"];
    }

    public override object Result => new
    {
        TolerancePixels = _tolerance,
        Evaluated.Options.Seed,
        PicturesWithoutBox = Measured.Count - Counted,
        Hits = _names.Select((name, i) => new
        {
            Name = name,
            IsBaseline = i >= _names.Length - Baselines,
            Hits = Share(i).Hits,
            Pictures = Counted,
            Share(i).Value,
            Share(i).Low,
            Share(i).High,
            MapsWithoutMaximum = i < Evaluated.Maps.Count ? Pointless(i) : (int?)null,
        }),
    };

    public override IEnumerable<string> Warnings
    {
        get
        {
            if (Measured.Count > Counted) 
        {
            int without = Measured.Count - Counted;
            yield return $"{Quantity.Of(without, "picture")} "
                + $"{Quantity.Form(without, "has", "have")} no box "
                + $"and {Quantity.Form(without, "does", "do")} not count";
        }
            for (int i = 0; i < Evaluated.Maps.Count; i++)
            {
                if (Pointless(i) is > 0 and var maps)
                    
            {
                yield return $"{Quantity.Of(maps, "map")} of {_names[i]} "
                    + $"{Quantity.Form(maps, "is the same all over and counts", "are the same all over and count")} as missed";
            }
            }
        }
    }

    public override MetricPlot? Plot => new(
    [
        new PlotPanel(Invariant($"Pointing game, {Quantity.Of(Counted, "picture")}, tolerance {_tolerance:0.##} px"), "", "hits, %",
        [
            new PlotLine("", [.. Enumerable.Range(0, _names.Length).Select(i => (double)i)],
                [.. _names.Select((_, i) => 100 * Share(i).Value)])
            {
                Low = [.. _names.Select((_, i) => 100 * Share(i).Low)],
                High = [.. _names.Select((_, i) => 100 * Share(i).High)],
                IsPoints = true,
            },
        ]) { Names = _names },
    ]);

    internal override bool TakesMagnitudes => true;

    internal override IReadOnlyList<ScoreColumn> ScoreColumns => [new ScoreColumn("hits", true,
        (values, map) => double.IsNaN(values[map]) ? double.NaN : Math.Max(0, values[map]))];

    public override string Settings => $"tolerance {_tolerance:R}, seed {Evaluated.Options.Seed}";

    // For each name: 1 for a hit, 0 for a miss, -1 for a map without a maximum, NaN without a box.
    public override int ValueCount => _names.Length;

    protected override IReadOnlyList<string> ValueColumns => [.. _names.Select(name => $"hit_{name}")];

    private int Counted => Measured.Count(picture => !double.IsNaN(picture.Values[0]));

    public override void Describe(ResultText text)
    {
        TextTable table = text.Table("where the maximum lies", "hits", "95 % interval", "pictures");
        for (int i = 0; i < _names.Length; i++)
        {
            table.AddRow(i < Evaluated.Maps.Count ? _names[i] : $"{_names[i]} (baseline)", $"{Share(i).Value:P1}",
                $"{Share(i).Low:P1} to {Share(i).High:P1}", $"{Share(i).Hits} of {Counted}");
        }
        text.Line(Invariant($"A hit: in a box of the class, or at most {_tolerance:0.##} pixels of the network's input beside it."));
    }

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        SaliencyMap[][] maps = [.. Evaluated.Maps.Select(rule => MapsOf(batch, rule))];
        return [.. batch.Pictures.Select((picture, n) => picture.Boxes.Count > 0
            ? Points(picture, [.. maps.Select(ofRule => ofRule[n])]).Select(point => Judge(point, picture)).ToArray()
            : [.. Enumerable.Repeat(double.NaN, ValueCount)])];
    }

    protected override IEnumerable<object?> RowOf(double[] values) =>
        values.Select(value => double.IsNaN(value) ? null : (object?)Math.Max(0, value));

    private IEnumerable<(double X, double Y)?> Points(EvaluatedPicture picture, SaliencyMap[] maps)
    {
        foreach (SaliencyMap map in maps) yield return PointingGame.PointOf(map);
        (int width, int height) = (picture.Placement.InputWidth, picture.Placement.InputHeight);
        yield return (width / 2.0, height / 2.0);
        CounterRandom random = Evaluated.Options.RandomFor(picture.Name);
        yield return ((int)(random.Bits(0) % (ulong)width) + 0.5, (int)(random.Bits(1) % (ulong)height) + 0.5);
    }

    private double Judge((double X, double Y)? point, EvaluatedPicture picture) =>
        point is not { } p ? -1 : PointingGame.Hits(p.X, p.Y, picture.Boxes, picture.Placement, _tolerance) ? 1 : 0;

    private Proportion Share(int index) => new(Measured.Count(picture => picture.Values[index] > 0), Counted);

    private int Pointless(int index) => Measured.Count(picture => picture.Values[index] < 0);
}
