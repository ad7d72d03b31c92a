using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Plots;

namespace NetViz.Procedures;

/// <summary>The Gini index of each rule's map |w| of the picture's own class: how few pixels hold how much of it.</summary>
internal sealed class SparsenessMetric(EvaluatedModel evaluated) : PictureMetric(evaluated)
{
    public override object Result => Evaluated.Maps.Select((rule, r) => new
    {
        Rule = rule.Name,
        Gini = MeanReport.Of(MeanOf(r)),
        ZeroMaps = Zeros(r),
    });

    public override IEnumerable<string> Warnings
    {
        get
        {
            for (int r = 0; r < Evaluated.Maps.Count; r++)
            {
                if (Zeros(r) is > 0 and var maps)
                    yield return $"{Counted.Of(maps, "map")} of {Evaluated.Maps[r].Name} {Counted.Form(maps, "is", "are")} "
                        + "0 all over and left out";
            }
        }
    }

    public override MetricPlot? Plot => new(
    [
        new PlotPanel($"Sparseness of |w|, {Counted.Of(Measured.Count, "picture")}", "", "Gini index, mean",
        [
            new PlotLine("", [.. Evaluated.Maps.Select((_, r) => (double)r)],
                [.. Evaluated.Maps.Select((_, r) => MeanOf(r).Value)])
            {
                Low = [.. Evaluated.Maps.Select((_, r) => MeanOf(r).Low)],
                High = [.. Evaluated.Maps.Select((_, r) => MeanOf(r).High)],
                IsPoints = true,
            },
        ]) { Names = [.. Evaluated.Maps.Select(rule => rule.Name)], YMin = 0, YMax = 1 },
    ]);

    internal override bool TakesMagnitudes => true;

    public override string Settings => "";

    // For each rule its index; NaN of a map of zeros.
    public override int ValueCount => Evaluated.Maps.Count;

    protected override IReadOnlyList<string> ValueColumns => [.. Evaluated.Maps.Select(rule => $"gini_{rule.Name}")];

    public override void Describe(ResultText text)
    {
        TextTable table = text.Table("rule", "Gini index", "95 % interval", "deviation", "maps");
        for (int r = 0; r < Evaluated.Maps.Count; r++)
        {
            SampleMean mean = MeanOf(r);
            table.AddRow(Evaluated.Maps[r].Name, mean.Rounded(3), mean.Interval(3),
                SampleMean.Rounded(mean.Deviation, 3), $"{mean.Count}");
        }
        text.Line("0: all pixels equal; towards 1: few pixels hold everything (Hurley and Rickard 2009).");
    }

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        SaliencyMap[][] maps = [.. Evaluated.Maps.Select(rule => MapsOf(batch, rule))];
        return [.. batch.Pictures.Select((_, n) => maps
            .Select(ofRule => ofRule[n].Peak > 0 ? GiniIndex.Of(ofRule[n].Values) : double.NaN).ToArray())];
    }

    protected override IEnumerable<object?> RowOf(double[] values) =>
        values.Select(value => double.IsNaN(value) ? null : (object?)value);

    private int Zeros(int rule) => Measured.Count(picture => double.IsNaN(picture.Values[rule]));
}
