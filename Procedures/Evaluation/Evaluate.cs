using System.Diagnostics;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Maps;
using NetViz.Visualisation.Rendering.Pages;
using NetViz.Weights.InputPreprocessing;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>What <see cref="Explainer.Evaluate"/> measures, and on which pictures.</summary>
public sealed record EvaluateOptions : RuleSettings
{
    /// <summary>The metric: accuracy, localisation, pointing-game, deletion, insertion, randomisation, sparseness.</summary>
    public string Metric { get; init; } = MetricKind.All[0].Name;

    /// <summary>The rules that are compared; none for gradient, deconvnet and guided.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>The part of the pictures; null for val, or the only one.</summary>
    public string? Split { get; init; }

    /// <summary>Take only this many pictures, spread evenly over the set; null for what the metric takes.</summary>
    public int? Pictures { get; init; }

    /// <summary>The constants of the metrics.</summary>
    public MetricOptions Constants { get; init; } = new();

    /// <summary>Whether class i of the set is score i of the network, whatever their names.</summary>
    public bool MatchByPosition { get; init; }

    /// <summary>Whether the description shows all classes, not only the worst.</summary>
    public bool PerClass { get; init; }

    /// <summary>Whether the first picture that cannot be read ends the run.</summary>
    public bool Strict { get; init; }

    /// <summary>
    /// A table to write, with a line for each picture (.csv); null for none. While it is measured, FILE.part keeps what is done,
    /// and the same call goes on from there.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>A plot to write (.png); null for one beside <see cref="Output"/>, where the metric has one.</summary>
    public string? Plot { get; init; }

    /// <summary>A metric of one's own, which is measured instead of <see cref="Metric"/>; null for none.</summary>
    public MetricKind? Own { get; init; }

    internal MetricKind Kind => Own ?? MetricKind.Find(Metric);

    internal string? PlotFile => Plot ?? (Output is not null && Kind.HasPlot ? Path.ChangeExtension(Output, ".png") : null);

    /// <summary>Refuses what makes no sense, and files that must not be written, before a model is loaded.</summary>
    /// <exception cref="NetVizException">A metric is unknown, a number is out of range, or a file must not be
    /// written.</exception>
    public void Check()
    {
        if (Constants.Batch < 1) throw new NetVizException($"`Batch` {Constants.Batch}; at least 1 is supported");
        MetricKind kind = Kind;
        if (Pictures < 1) throw new NetVizException($"`{nameof(Pictures)}` {Pictures}; at least 1 is supported");
        ResultFiles.CheckFile(nameof(Output), Output);
        ResultFiles.CheckFile(nameof(Plot), Plot);
        if (Plot is not null) SheetFormats.OfFile(nameof(Plot), Plot);
        if (Plot is not null && !kind.HasPlot) throw new NetVizException($"`{nameof(Plot)}`: {kind.Name} has nothing to draw");
        if (PlotFile is { } plot && plot == Output)
        {
            throw new NetVizException($"`{nameof(Output)}` '{Output}' would be the table and the plot",
                "name it FILE.csv, or give `Plot`");
        }

        if (Output is not null)
        {
            OutputFile.Check(Output, ResultKind.Table);
            MetricJournal.Check(Output);
        }

        if (PlotFile is { } file) OutputFile.Check(file, SheetFormats.OfFile(nameof(Plot), file).Kind());
        Constants.Check();
    }
}

/// <summary>A metric over labelled pictures.</summary>
public sealed class EvaluateResult
{
    private readonly EvaluatedModel _evaluated;
    private readonly MetricKind _kind;
    private readonly PictureMetric _metric;
    private readonly PictureChoice _chosen;

    internal EvaluateResult(EvaluatedModel evaluated, MetricKind kind, PictureMetric metric, PictureChoice chosen)
    {
        (_evaluated, _kind, _metric, _chosen) = (evaluated, kind, metric, chosen);
        RuleNote = kind.UsesRules ? LrnNote.Of(evaluated.Rules, evaluated.Model.Network) : null;
    }

    /// <summary>Pictures in the result.</summary>
    public required int Judged { get; init; }

    /// <summary>How many of them an earlier run measured.</summary>
    public required int Found { get; init; }

    /// <summary>How long this run took, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>What was left out, since it cannot be read.</summary>
    public required BrokenPictures Broken { get; init; }

    /// <summary>What the user should know.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The heading of the table with a line for each picture.</summary>
    public IReadOnlyList<string> Columns => _metric.Columns;

    /// <summary>The lines of that table.</summary>
    public IEnumerable<IReadOnlyList<object?>> Rows => _metric.Rows;

    /// <summary>The result as <c>netviz evaluate --json</c> prints it.</summary>
    public string ToJson() => ResultFiles.Json(Report);

    private string? RuleNote { get; }

    /// <summary>The result as JSON has it.</summary>
    internal object Report => new
    {
        Model = _evaluated.Model.Model.Path,
        ModelSha256 = _evaluated.Model.Model.Sha256,
        _evaluated.Model.Model.Head,
        Preprocessing = _evaluated.Model.Preprocessing.Describe(),
        Data = _evaluated.Set.Path,
        _evaluated.Split,
        Metric = _kind.Name,
        Pictures = Judged,
        PicturesLeftOut = _chosen.Unknown,
        PicturesNotTaken = _chosen.Known - _chosen.Count,
        PicturesBroken = Broken.Found,
        PicturesOfEarlierRun = Found,
        Classes = _evaluated.Classes.Count,
        ClassesLeftOut = _evaluated.Classes.LeftOut.Select(c => c.Name),
        Annotations = _evaluated.Set.CountAnnotations(_evaluated.Split),
        MatchedBy = _evaluated.Classes.By.ToString().ToLowerInvariant(),
        RuleNote = _kind.UsesRules ? RuleNote : null,
        _metric.Result,
        Seconds,
        ImagesPerSecond = (Judged - Found) / Seconds,
        Device = _evaluated.Model.Prepared.Kernels.Name,
        Warnings = Warnings.Count > 0 ? Warnings : null,
        ResultFiles.Version,
    };

    /// <summary>The result in words and tables.</summary>
    public ResultText Describe()
    {
        ClassMatching classes = _evaluated.Classes;
        var text = new ResultText();
        string count = Judged < _chosen.Known ? $"{Judged} of {_chosen.Known}" : $"{Judged}";
        text.Line($"{_evaluated.Model.Model.Path} on {_evaluated.Set.Path}, {_evaluated.Split}: {count} "
            + $"{(Judged == 1 && _chosen.Known == 1 ? "picture" : "pictures")} of "
            + $"{Counted.Of(classes.Count, "class")}, matched by {classes.By.ToString().ToLowerInvariant()}; "
            + $"{Seconds:0.0} s, {(Judged - Found) / Seconds:0} images/s");
        if (Found > 0)
        {
            text.Line($"{Counted.Of(Found, "picture")} {Counted.Form(Found, "was", "were")} measured by an "
                + "earlier run.");
        }

        if (classes.LeftOut.Count > 0)
        {
            text.Line($"left out: {Counted.Of(_chosen.Unknown, "picture")} of "
                + $"{Counted.Of(classes.LeftOut.Count, "class")} that "
                + $"the network does not know ({string.Join(", ", classes.LeftOut.Take(5).Select(c => c.Name))}"
                + $"{(classes.LeftOut.Count > 5 ? ", ..." : "")})");
        }

        if (_evaluated.Set.CountAnnotations(_evaluated.Split) is { } counts)
        {
            text.Line($"{Counted.Of(counts.Photos, "photograph")}, each counted once for each class on it; left out: "
                + $"{Counted.Of(counts.DifficultObjects, "object")} marked as difficult, "
                + $"{Counted.Of(counts.PhotosWithoutObject, "photograph")} without any "
                + $"other, {Counted.Of(counts.AnnotationsWithoutPicture, "annotation")} without picture");
        }

        _metric.Describe(text);
        if (RuleNote is not null) text.Line(RuleNote);
        return text;
    }
}

public sealed partial class Explainer
{
    /// <summary>How good a network is on labelled pictures, each prepared as for classification.</summary>
    /// <param name="data">A folder with a folder of pictures for each class, or a .tar or .tar.gz of one.</param>
    /// <param name="options">Which metric and pictures; null for accuracy on all of val.</param>
    /// <param name="progress">Receives an event for each batch.</param>
    /// <param name="token">Cancels it between batches; what a journal keeps is kept.</param>
    /// <exception cref="NetVizException">The pictures cannot be read, no class is known, or an option does not fit.</exception>
    public EvaluateResult Evaluate(string data, EvaluateOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        options ??= new EvaluateOptions();
        options.Check();
        MetricKind kind = options.Kind;
        var run = new ProcedureRun(progress, token);
        LabelledSet set = run.Do("looking through the pictures", 0,
            _ => InputFile.OpenSet(data, run.Note, _options.MaxPixels));
        string split = options.Split ?? Splits.DefaultOf(set);
        ClassMatching classes = ClassMatching.Of(set, Model.Path, Model.Labels, Model.ClassCount, options.MatchByPosition);
        var evaluated = new EvaluatedModel(this, set, split, classes, options.PerClass,
            RulesOf(options.Rules, options, BackwardRule.All)) { Options = options.Constants };
        PictureMetric metric = kind.Create(evaluated);
        var chosen = new PictureChoice(set, split, classes, options.Pictures ?? kind.Pictures);
        using MetricJournal? journal =
            options.Output is null ? null : JournalOf(evaluated, kind, metric, chosen, options.Output, run);

        var broken = new BrokenPictures(options.Strict, chosen.Count);
        set.WhenBroken = broken.Add;
        long start = Stopwatch.GetTimestamp();
        int found = journal?.Found.Count ?? 0;
        int judged = found + run.Do($"evaluating {kind.Name}", chosen.Count,
            bar => MeasureAll(evaluated, metric, chosen, found, broken, bar));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        broken.RequireAny(judged);
        if (judged == 0)
        {
            throw new NetVizException($"{set.Path}: {split} has no picture of a class that the network knows",
                $"it knows {classes.Count} of the set's classes");
        }

        if (options.Output is not null) Csv.Write(options.Output, metric.Columns, metric.Rows);
        if (options.PlotFile is { } plot) metric.Plot?.Write(plot);
        journal?.Finish();
        string[] warnings = [.. classes.Warnings, .. metric.Warnings];
        foreach (string warning in warnings) run.Warn($"{set.Path}: {warning}");
        return new EvaluateResult(evaluated, kind, metric, chosen)
        {
            Judged = judged, Found = found, Seconds = seconds, Broken = broken, Warnings = warnings,
        };
    }

    /// <summary>Takes up what an earlier run of the same command measured before it was cut off.</summary>
    private static MetricJournal JournalOf(EvaluatedModel evaluated, MetricKind kind, PictureMetric metric, PictureChoice chosen,
        string output, ProcedureRun run)
    {
        MetricJournal journal = MetricJournal.Open(output, $"{kind.Name}; {metric.Settings}; {chosen}; {evaluated.Key}",
            metric.ValueCount);
        if (journal.WasOther)
            run.Warn($"{output}.part was of another measurement, or of other options, and is begun anew");
        chosen.Skip(journal.Found.Select(picture => (picture.Name, picture.Class)));
        metric.Restore(journal.Found);
        metric.WhenMeasured = journal.Write;
        return journal;
    }

    /// <summary>Sends the chosen pictures through the network.</summary>
    /// <returns>How many there were.</returns>
    private static int MeasureAll(EvaluatedModel evaluated, PictureMetric metric, PictureChoice chosen, int found,
        BrokenPictures broken, JobProgress progress)
    {
        Preprocessing preprocessing = evaluated.Model.Preprocessing;
        var inputs = new List<float[]>();
        var pictures = new List<EvaluatedPicture>();
        // A network that takes one image at a time gets one.
        int batch = Math.Min(evaluated.Options.Batch,
            Batches.SizeFor(evaluated.Model.Network, new([.. preprocessing.InputShape])));
        int judged = 0;
        foreach (LabelledPicture picture in evaluated.Set.Read(evaluated.Split, chosen.Takes))
        {
            int score = evaluated.Classes.ScoreOf(picture.Class);
            (float[] Input, InputPlacement Placement) prepared;
            try
            {
                prepared = preprocessing.Apply(picture.Photo);
            }
            catch (NetVizException problem) when (broken.Add is { } leaveOut)
            {
                leaveOut(picture.Name, problem);
                continue;
            }

            inputs.Add(prepared.Input);
            pictures.Add(new EvaluatedPicture(picture.Name, picture.Class, score, picture.Boxes, prepared.Placement,
                picture.Photo, prepared.Input));
            if (pictures.Count == batch) Judge();
        }

        if (pictures.Count > 0) Judge();
        return judged;

        void Judge()
        {
            float[] values = [.. inputs.SelectMany(input => input)];
            nint[] lengths = [inputs.Count, .. preprocessing.InputShape.Skip(1).Select(length => (nint)length)];
            using ForwardRecord record = evaluated.Model.Prepared.Forward(Numbers.Create(values, lengths));
            metric.Add(new EvaluatedBatch(record, pictures));
            judged += pictures.Count;
            progress.Report(found + judged);
            inputs.Clear();
            pictures.Clear();
        }
    }
}
