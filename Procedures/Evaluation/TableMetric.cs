using System.Globalization;
using NetViz.Engine;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Reports;

namespace NetViz.Procedures;

/// <summary>One column of scores of the table of all metrics.</summary>
/// <param name="Name">The score.</param>
/// <param name="IsHigherBetter">Whether a larger number is better.</param>
/// <param name="Value">The number of a map, from a picture's numbers; NaN for none.</param>
internal sealed record ScoreColumn(string Name, bool IsHigherBetter, Func<double[], int, double> Value);

/// <summary>
/// Several metrics in one run, which share the maps: a table of maps and metrics with intervals and ranks, and how much the ranks
/// agree. A metric that takes fewer pictures than there are takes them spread evenly over the others.
/// </summary>
internal sealed class TableMetric : PictureMetric, IDisposable
{
    private static readonly string[] CellColumns = ["metric", "score", "higher_is_better", "map", "mean", "low", "high", "pictures", "rank"];

    private readonly List<Part> _parts = [];
    private readonly List<string> _leftOut = [];

    /// <param name="evaluated">What is evaluated.</param>
    /// <param name="kinds">The metrics.</param>
    /// <param name="skips">Whether a metric that the set or network does not allow is left out.</param>
    /// <exception cref="NetVizException">A metric is not possible, or none is.</exception>
    public TableMetric(EvaluatedModel evaluated, IEnumerable<MetricKind> kinds, bool skips)
        : base(evaluated)
    {
        int offset = 0;
        foreach (MetricKind kind in kinds)
        {
            try
            {
                PictureMetric metric = kind.Create(evaluated);
                _parts.Add(new Part(kind, metric, offset));
                offset += 1 + metric.ValueCount;
            }
            catch (NetVizException problem) when (skips)
            {
                _leftOut.Add($"{kind.Name} is left out: {problem.Message}");
            }
        }

        if (_parts.Count == 0) throw new NetVizException($"no metric is possible: {string.Join("; ", _leftOut)}");
        ValueCount = offset;
    }

    public override object Result => new
    {
        Maps = Evaluated.Maps.Select(map => map.Name),
        Table = ScoreTable.Select(column => new
        {
            column.Metric,
            column.Score,
            column.IsHigherBetter,
            Cells = column.Means.Select((mean, m) => new { Map = Evaluated.Maps[m].Name, Score = MeanReport.Of(mean), Rank = RankOf(column, m) }),
        }),
        KendallsW = NumberOrNull(W),
        MeanRanks = MeanRanks.Select((rank, m) => new { Map = Evaluated.Maps[m].Name, MeanRank = NumberOrNull(rank) }),
        LeftOut = _leftOut.Count > 0 ? _leftOut : null,
        Metrics = _parts.Select(part => new { Metric = part.Kind.Name, Pictures = part.Metric.All.Count, part.Metric.Result }),
    };

    public override string Settings =>
        string.Join("; ", _parts.Select(part => $"{part.Kind.Name}, {PicturesOf(part.Kind)}: {part.Metric.Settings}"));

    public override int ValueCount { get; }

    public override IEnumerable<string> Warnings => [.. _leftOut, .. _parts.SelectMany(part => part.Metric.All.Count == 0 ? []
        : part.Metric.Warnings.Select(warning => $"{part.Kind.Name}: {warning}"))];

    protected override IReadOnlyList<string> ValueColumns =>
        [.. _parts.SelectMany(part => part.Metric.WrittenColumns.Select(column => $"{part.Kind.Name}.{column}"))];

    public override void Describe(ResultText text)
    {
        text.Line($"{Counted.Of(Evaluated.Maps.Count, "map")} by {Counted.Of(ScoreTable.Count, "score")}; +: more is better, -: less is; the "
            + "mean, half of its 95 % interval, and in brackets the rank");
        TextTable table = text.Table(["score", "pictures", .. Evaluated.Maps.Select(map => map.Name)]);
        foreach (Column column in ScoreTable)
        {
            table.AddRow([$"{column.Score} {(column.IsHigherBetter ? "+" : "-")}", $"{column.Means.Max(mean => mean.Count)}",
                .. column.Means.Select((mean, m) => CellOf(column, mean, m))]);
        }

        table.AddRow(["mean rank", "", .. MeanRanks.Select(rank => SampleMean.Rounded(rank, 2))]);
        text.Line(AgreementInWords);
        foreach (string left in _leftOut) text.Line(left);
    }

    public void Dispose()
    {
        foreach (Part part in _parts) (part.Metric as IDisposable)?.Dispose();
    }

    /// <summary>Writes the table beside the rows: .html, .md, .table.csv and .json.</summary>
    /// <param name="output">The table of rows.</param>
    /// <param name="report">The whole result.</param>
    /// <param name="facts">What it was made with.</param>
    public void WritePages(string output, object report, IReadOnlyList<(string Name, string Value)> facts)
    {
        string[] heading = ["score", "better", "pictures", .. Evaluated.Maps.Select(map => map.Name)];
        string[][] rows =
        [
            .. ScoreTable.Select(column => (string[])[$"{column.Metric}: {column.Score}", column.IsHigherBetter ? "more" : "less",
                $"{column.Means.Max(mean => mean.Count)}", .. column.Means.Select((mean, m) => CellOf(column, mean, m))]),
            ["mean rank", "less", "", .. MeanRanks.Select(rank => SampleMean.Rounded(rank, 2))],
        ];
        string title = "How good are the maps?";
        new HtmlPage($"NetViz: {title}").Paragraph("The mean over the pictures, half of its 95 % interval, and in brackets the rank of the "
                + "map.")
            .Table([.. heading.Select((column, i) => i is 0 or 1 ? column : ">" + column)], rows)
            .Paragraph(AgreementInWords).Heading("What it was made with").Facts(facts).Write(PathsOf(output)[0]);
        string markdown = $"# {title}\n\nThe mean over the pictures, half of its 95 % interval, and in brackets the rank of the map.\n\n"
            + string.Join('\n', new[] { heading, [.. heading.Select(_ => "---")] }.Concat(rows)
                .Select(row => "| " + string.Join(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))) + " |"))
            + $"\n\n{AgreementInWords}\n\n" + string.Concat(facts.Select(fact => $"- {fact.Name}: {fact.Value}\n"));
        Engine.Files.OutputFile.Write(PathsOf(output)[1], Engine.Files.ResultKind.Chapter,
            System.Text.Encoding.UTF8.GetBytes($"{markdown}\n{Engine.Files.ResultMark.ChapterLine}\n"));
        Csv.Write(PathsOf(output)[2], CellColumns, ScoreTable.SelectMany(column => column.Means.Select((mean, m) => (IReadOnlyList<object?>)
                [column.Metric, column.Score, column.IsHigherBetter ? 1 : 0, Evaluated.Maps[m].Name,
                    NumberOrNull(mean.Value), NumberOrNull(mean.Low), NumberOrNull(mean.High), mean.Count, RankOf(column, m)])));
        ResultFiles.WriteJson(PathsOf(output)[3], report);
    }

    private static readonly string[] PageEndings = [".html", ".md", ".table.csv", ".json"];

    /// <summary>The files beside a table of rows.</summary>
    public static string[] PathsOf(string output) =>
        [.. PageEndings.Select(ending => Path.ChangeExtension(output, null) + ending)];

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => Enumerable.Repeat(double.NaN, ValueCount).ToArray())];
        foreach (Part part in _parts)
        {
            int[] taken = [.. Enumerable.Range(0, batch.Pictures.Count).Where(n => Takes(part.Kind, batch.Pictures[n]))];
            for (int n = 0; n < values.Length; n++) values[n][part.Offset] = 0;
            if (taken.Length == 0) continue;
            double[][] own = part.Metric.MeasureOnly(taken.Length == batch.Pictures.Count ? batch : batch.Of(taken));
            for (int k = 0; k < taken.Length; k++)
            {
                values[taken[k]][part.Offset] = 1;
                own[k].CopyTo(values[taken[k]], part.Offset + 1);
            }
        }

        return values;
    }

    protected override void Count(MeasuredPicture picture)
    {
        foreach (Part part in _parts)
        {
            if (!(picture.Values[part.Offset] > 0)) continue;
            part.Metric.Restore([picture with { Values = picture.Values[(part.Offset + 1)..(part.Offset + 1 + part.Metric.ValueCount)] }]);
        }
    }

    protected override IEnumerable<object?> RowOf(double[] values) => _parts.SelectMany(part =>
    {
        int count = part.Metric.WrittenColumns.Count;
        return values[part.Offset] > 0
            ? part.Metric.Written(values[(part.Offset + 1)..(part.Offset + 1 + part.Metric.ValueCount)])
            : Enumerable.Repeat<object?>(null, count);
    });

    private IReadOnlyList<Column> ScoreTable => [.. _parts.SelectMany(part => part.Metric.ScoreColumns.Select(score => new Column(
        part.Kind.Name, score.Name, score.IsHigherBetter, [.. Enumerable.Range(0, Evaluated.Maps.Count).Select(m => SampleMean.Of(
            part.Metric.All.Select(picture => score.Value(picture.Values, m)).Where(value => !double.IsNaN(value))))])))];

    /// <summary>The scores that rank every map.</summary>
    private double[][] Rankings => [.. ScoreTable.Where(column => column.Means.All(mean => mean.Count > 0)).Select(column =>
        RankCorrelation.Ranks([.. column.Means.Select(mean => (float)(column.IsHigherBetter ? -mean.Value : mean.Value))]))];

    private double W => RankAgreement.KendallsW(Rankings);

    private double[] MeanRanks
    {
        get
        {
            double[][] rankings = Rankings;
            return [.. Evaluated.Maps.Select((_, m) => rankings.Length > 0 ? rankings.Average(ranking => ranking[m]) : double.NaN)];
        }
    }

    private string AgreementInWords => double.IsNaN(W) ? "Ranks need two maps and two metrics that rank them."
        : $"Kendall's W of the ranks is {W:0.00} over {Rankings.Length} scores: 1 where all scores rank the maps alike, 0 where they do not "
            + "agree at all.";

    private static double? RankOf(Column column, int map) => column.Means[map].Count == 0 ? null
        : RankCorrelation.Ranks([.. column.Means.Select(mean => mean.Count == 0 ? float.MaxValue
            : (float)(column.IsHigherBetter ? -mean.Value : mean.Value))])[map];

    private static string CellOf(Column column, SampleMean mean, int map) => mean.Count == 0 ? "-"
        : $"{mean.Rounded(3)}{(double.IsNaN(mean.Deviation) ? "" : $" ±{SampleMean.Rounded(mean.High - mean.Value, 3)}")} ("
            + string.Create(CultureInfo.InvariantCulture, $"{RankOf(column, map):0.#})");

    private static double? NumberOrNull(double value) => double.IsNaN(value) ? null : value;

    private int? PicturesOf(MetricKind kind) => Evaluated.GivenPictures ?? kind.Pictures;

    private bool Takes(MetricKind kind, EvaluatedPicture picture)
    {
        if (PicturesOf(kind) is not { } wanted || wanted >= picture.Total) return true;
        long i = picture.Number;
        return (i + 1) * wanted / picture.Total > i * wanted / picture.Total;
    }

    /// <summary>One of the metrics.</summary>
    /// <param name="Kind">Which.</param>
    /// <param name="Metric">Its measurement.</param>
    /// <param name="Offset">Where its numbers begin: first 1 or 0 for a picture that it took or not.</param>
    private sealed record Part(MetricKind Kind, PictureMetric Metric, int Offset);

    private sealed record Column(string Metric, string Score, bool IsHigherBetter, SampleMean[] Means);
}
