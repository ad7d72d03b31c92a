using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Plots;

namespace NetViz.Procedures;

/// <summary>Describes a metric that gives each map of a picture one number.</summary>
/// <param name="Title">What is measured, as a heading.</param>
/// <param name="Column">What columns of the table begin with.</param>
/// <param name="IsHigherBetter">Whether a larger number is better.</param>
/// <param name="Meaning">What the number is, in a sentence, with the paper.</param>
internal sealed record ScoreWords(string Title, string Column, bool IsHigherBetter, string Meaning);

/// <summary>
/// A metric that gives each map of a picture one number: their means with intervals, and each two maps compared on the same
/// pictures, by the sign test. Baselines that need no network follow the maps.
/// </summary>
internal abstract class MapScoreMetric : PictureMetric
{
    private readonly string[] _names;

    protected MapScoreMetric(EvaluatedModel evaluated, params string[] baselines)
        : base(evaluated)
    {
        Baselines = baselines;
        _names = [.. evaluated.Maps.Select(map => map.Name), .. baselines];
    }

    /// <summary>Gets the description of the metric.</summary>
    protected abstract ScoreWords Words { get; }

    /// <summary>The constants, with where they come from.</summary>
    protected virtual IReadOnlyList<NamedConstant> Constants => [];

    /// <summary>What stands beside the maps.</summary>
    protected IReadOnlyList<string> Baselines { get; }

    /// <summary>The number of maps.</summary>
    protected int Maps => Evaluated.Maps.Count;

    /// <inheritdoc/>
    public override object Result => new
    {
        Words.Meaning,
        Words.IsHigherBetter,
        Constants = Constants.Select(ConstantReport.Of),
        PicturesWithoutNumber = Measured.Count(picture => double.IsNaN(picture.Values[0])),
        Scores = _names.Select((name, i) => new
        {
            Name = name,
            IsBaseline = i >= Maps,
            Score = MeanReport.Of(MeanOf(i)),
        }),
        Pairs = from i in Enumerable.Range(0, _names.Length)
                from j in Enumerable.Range(0, _names.Length)
                where i < j
                let pair = Compare(i, j)
                let difference = Difference(i, j)
                select new
                {
                    First = _names[i],
                    Second = _names[j],
                    Difference = MeanReport.Of(difference),
                    FirstIsBetter = pair.OnlyFirst,
                    SecondIsBetter = pair.OnlySecond,
                    pair.P,
                },
    };

    /// <inheritdoc/>
    public override MetricPlot? Plot => new(
    [
        new PlotPanel($"{Words.Title}, {Counted.Of(Measured.Count, "picture")}", "", Words.Column.Replace('_', ' ') + ", mean",
        [
            new PlotLine("", [.. _names.Select((_, i) => (double)i)], [.. _names.Select((_, i) => MeanOf(i).Value)])
            {
                Low = [.. _names.Select((_, i) => MeanOf(i).Low)],
                High = [.. _names.Select((_, i) => MeanOf(i).High)],
                IsPoints = true,
            },
        ]) { Names = _names },
    ]);

    /// <inheritdoc/>
    public override string Settings => string.Join(", ", Constants.Select(constant =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{constant.Name} {constant.Value}")));

    /// <inheritdoc/>
    public override int ValueCount => _names.Length;

    /// <inheritdoc/>
    internal override IReadOnlyList<ScoreColumn> ScoreColumns =>
        [new ScoreColumn(Words.Title, Words.IsHigherBetter, (values, map) => values[map])];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> ValueColumns => [.. _names.Select(name => $"{Words.Column}_{name}")];

    /// <inheritdoc/>
    public override void Describe(ResultText text)
    {
        TextTable table = text.Table("map", Words.Title, "95 % interval", "deviation", "pictures");
        for (int i = 0; i < _names.Length; i++)
        {
            SampleMean mean = MeanOf(i);
            table.AddRow(i < Maps ? _names[i] : $"{_names[i]} (baseline)", mean.Rounded(3), mean.Interval(3),
                SampleMean.Rounded(mean.Deviation, 3), $"{mean.Count}");
        }

        text.Line(Words.Meaning);
        int[] order = [.. Enumerable.Range(0, Maps).Where(i => MeanOf(i).Count > 0)
            .OrderBy(i => Words.IsHigherBetter ? -MeanOf(i).Value : MeanOf(i).Value)];
        if (order.Length < 2) return;
        PairedComparison pair = Compare(order[0], order[1]);
        text.Line($"best: {_names[order[0]]}, better than the next, {_names[order[1]]}, on {pair.OnlyFirst} of "
            + $"{pair.OnlyFirst + pair.OnlySecond} pictures on which they differ: p = {pair.P:0.0###} by the sign test");
    }

    /// <inheritdoc/>
    protected override IEnumerable<object?> RowOf(double[] values) =>
        values.Select(value => double.IsNaN(value) ? null : (object?)value);

    /// <summary>The numbers of a batch, where each follows from one map of one picture.</summary>
    /// <param name="batch">The pictures.</param>
    /// <param name="of">The number of a picture's map.</param>
    /// <param name="baselines">The numbers of a picture's baselines.</param>
    protected double[][] PerMap(EvaluatedBatch batch, Func<int, SaliencyMap, double> of, Func<int, double[]> baselines)
    {
        SaliencyMap[][] maps = [.. Evaluated.Maps.Select(map => MapsOf(batch, map))];
        return [.. batch.Pictures.Select((_, n) => (double[])[.. maps.Select(map => of(n, map[n])), .. baselines(n)])];
    }

    /// <summary>One row of numbers without a value.</summary>
    protected double[] Nothing() => [.. Enumerable.Repeat(double.NaN, ValueCount)];

    private PairedComparison Compare(int first, int second) => Measured.Aggregate(default(PairedComparison), (pair, picture) =>
    {
        (double a, double b) = (picture.Values[first], picture.Values[second]);
        bool isFirst = Words.IsHigherBetter ? a > b : a < b, isSecond = Words.IsHigherBetter ? b > a : b < a;
        return pair.With(isFirst, isSecond);
    });

    private SampleMean Difference(int first, int second) => SampleMean.Of(Measured
        .Select(picture => picture.Values[first] - picture.Values[second]).Where(value => !double.IsNaN(value)));
}
