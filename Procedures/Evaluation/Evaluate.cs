using System.Diagnostics;
using System.Text.Json.Serialization;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
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

    /// <summary>The maps that are judged, by the names of <see cref="MapKind"/>; none for the signal of each rule.</summary>
    public IReadOnlyList<string> Maps { get; init; } = [];

    /// <summary>
    /// How the channels of a map become one number a pixel; null for the maximum of magnitudes of signals, and for the sum where
    /// numbers have a sign.
    /// </summary>
    public Reduction? Reduction { get; init; }

    /// <summary>The constants of maps.</summary>
    public MapSettings MapConstants { get; init; } = new();

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

    /// <summary>
    /// The part of the pictures that is measured, for <see cref="Shards.Merge"/>: <see cref="Output"/> gets its rows, and
    /// OUTPUT.shard what the merge needs; null for all of them.
    /// </summary>
    public Shard? Shard { get; init; }

    /// <summary>A metric of one's own, which is measured instead of <see cref="Metric"/>; null for none.</summary>
    [JsonIgnore]
    public MetricKind? Own { get; init; }

    internal IReadOnlyList<MapKind> MapKinds => Maps.Count == 0 ? [MapKind.Signal] : [.. Maps.Select(MapNames.Find).Distinct()];

    internal MetricKind Kind => Own ?? MetricKind.Find(Metric);

    internal string? PlotFile => Shard is not null ? null : Plot ?? (Output is not null && Kind.HasPlot ? Path.ChangeExtension(Output, ".png") : null);

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

        if (Shard is not null)
        {
            if (Output is null) throw new NetVizException("`Shard` needs `Output` FILE.csv, which gets the rows of the part");
            if (Plot is not null) throw new NetVizException("`Shard` and `Plot` do not go together", "netviz merge draws the plot");
            if (Own is not null) throw new NetVizException("`Shard` measures metrics by name, and no metric of a program's own");
            OutputFile.Check(Output + ShardFile.Ending, ResultKind.Json);
        }

        if (Output is not null)
        {
            OutputFile.Check(Output, ResultKind.Table);
            MetricJournal.Check(Output);
        }

        if (kind.IsTable && Output is not null && Shard is null)
        {
            foreach (string page in TableMetric.PathsOf(Output))
            {
                if (page == Output)
                {
                    throw new NetVizException($"`{nameof(Output)}` '{Output}' would be the rows and the page of the table",
                        "name it FILE.csv");
                }

                OutputFile.Check(page, Path.GetExtension(page) == ".md" ? ResultKind.Chapter : ResultFiles.KindOf(page));
            }
        }

        if (Constants.Masks is { } masks && !Directory.Exists(masks))
            throw new NetVizException($"`Masks` '{masks}' is no folder", "give a folder with a .png for each picture, by the same name");
        (MapConstants with { Kinds = MapKinds }).Check(Rules.Count > 0 && MapKinds.Any(map => map <= MapKind.InputXGradient), isInner: false,
            hasLedger: false);
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

    /// <summary>The part of the pictures that was measured; null for all.</summary>
    public Shard? Shard { get; init; }

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

    /// <summary>What repeats a table.</summary>
    internal EvaluationRun? Run { get; init; }

    /// <summary>The result without what differs from run to run.</summary>
    internal object PageReport => new
    {
        Run = Run is null ? (System.Text.Json.JsonElement?)null : ShardFile.Element(Run),
        ModelSha256 = _evaluated.Model.Model.Sha256,
        DataSha256 = _evaluated.Set.Sha256Of(_evaluated.Split),
        Preprocessing = _evaluated.Model.Preprocessing.Describe(),
        _evaluated.Split,
        Metric = _kind.Name,
        Pictures = Judged,
        PicturesBroken = Broken.Found,
        RuleNote,
        _metric.Result,
        Device = _evaluated.Model.Prepared.Kernels.Name,
        ResultFiles.Version,
    };

    /// <summary>What a page was made with.</summary>
    internal IReadOnlyList<(string Name, string Value)> Facts =>
    [
        ("model", Path.GetFileName(_evaluated.Model.Model.Path)), ("model SHA-256", _evaluated.Model.Model.Sha256),
        ("preprocessing", _evaluated.Model.Preprocessing.Describe()),
        ("pictures", $"{Judged} of {Path.GetFileName(_evaluated.Set.Path)}, {_evaluated.Split}"),
        ("device", _evaluated.Model.Prepared.Kernels.Name), ("netviz", ResultFiles.Version),
    ];

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
        PicturesNotTaken = _chosen.Known - _chosen.Total,
        Shard = Shard?.ToString(),
        PicturesBroken = Broken.Found,
        PicturesOfEarlierRun = Found,
        Classes = _evaluated.Classes.Count,
        ClassesLeftOut = _evaluated.Classes.LeftOut.Select(c => c.Name),
        Annotations = _evaluated.Set.CountAnnotations(_evaluated.Split),
        MatchedBy = _evaluated.Classes.By.ToString().ToLowerInvariant(),
        RuleNote = _kind.UsesRules ? RuleNote : null,
        Result = Judged > 0 ? _metric.Result : null,
        Seconds,
        ImagesPerSecond = (Judged - Found) / Seconds,
        Device = _evaluated.Model.Prepared.Kernels.Name,
        Warnings = Warnings.Count > 0 ? Warnings : null,
        ResultFiles.Version,
    };

    /// <summary>The result in words and tables.</summary>
    public ResultText Describe()
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ClassMatching classes = _evaluated.Classes;
        var text = new ResultText();
        string count = Judged < _chosen.Known ? $"{Judged} of {_chosen.Known}" : $"{Judged}";
        text.Line($"{_evaluated.Model.Model.Path} on {_evaluated.Set.Path}, {_evaluated.Split}: {count} "
            + $"{(Judged == 1 && _chosen.Known == 1 ? "picture" : "pictures")} of "
            + $"{Counted.Of(classes.Count, "class")}, matched by {classes.By.ToString().ToLowerInvariant()}; "
            + $"{Seconds:0.0} s, {(Judged - Found) / Seconds:0} images/s");
        if (Shard is { } shard)
        {
            text.Line($"shard {shard}: pictures {_chosen.Range.First + 1} to {_chosen.Range.End} of {_chosen.Total}; netviz merge "
                + "puts the shards together");
        }

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

        if (Judged > 0) _metric.Describe(text);
        if (RuleNote is not null) text.Line(RuleNote);
        return text;
    }
}

/// <summary>All that a table of metrics was made from, with which it is made again.</summary>
/// <param name="Data">Where the pictures lie.</param>
/// <param name="Model">The model and how it is computed.</param>
/// <param name="Options">What was measured.</param>
public sealed record EvaluationRun(string Data, ModelOptions Model, EvaluateOptions Options)
{
    /// <summary>Reads the run of a table's .json.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NetVizException">It cannot be read, or is no such file.</exception>
    public static EvaluationRun ReadFrom(string path)
    {
        try
        {
            using System.Text.Json.JsonDocument json = StrictJson.Parse(UntrustedFile.ReadText(path, FileKind.Result));
            return json.RootElement.TryGetProperty("run", out System.Text.Json.JsonElement run)
                ? ShardFile.ValueOf<EvaluationRun>(run, path)
                : throw new NetVizException($"{path} holds no run of netviz evaluate", "give the .json that lies beside a table of metrics");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            throw new NetVizException($"{path} cannot be read: {error.Message}", inner: error);
        }
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
        using InvariantCulture culture = InvariantCulture.Begin();
        options ??= new EvaluateOptions();
        options.Check();
        return EvaluateOn(data, options, null, new ProcedureRun(progress, token));
    }

    /// <summary>Measures the pictures, or takes them as shards measured them.</summary>
    internal EvaluateResult EvaluateOn(string data, EvaluateOptions options, IReadOnlyList<ShardFile>? shards, ProcedureRun run)
    {
        MetricKind kind = options.Kind;
        LabelledSet set = run.Do("looking through the pictures", 0,
            _ => InputFile.OpenSet(data, run.Note, _options.MaxPixels));
        string split = options.Split ?? Splits.DefaultOf(set);
        ClassMatching classes = ClassMatching.Of(set, Model.Path, Model.Labels, Model.ClassCount, options.MatchByPosition);
        BackwardRule[] rules = RulesOf(options.Rules, options, BackwardRule.All);
        var evaluated = new EvaluatedModel(this, set, split, classes, options.PerClass, rules)
        {
            Options = options.Constants,
            Maps = EvaluatedMap.Of(options.MapKinds, rules, this),
            Reduction = options.Reduction,
            GivenPictures = options.Pictures,
            Source = new MapSource(this, options.MapConstants with { Kinds = options.MapKinds }),
            BatchSize = Math.Min(options.Constants.Batch, Batches.SizeFor(Network, new([.. Preprocessing.InputShape]))),
        };
        PictureMetric metric = kind.Create(evaluated);
        using var disposable = metric as IDisposable;
        metric.IsPart = options.Shard is not null;
        var chosen = new PictureChoice(set, split, classes, options.Pictures ?? kind.Pictures, options.Shard);
        var broken = new BrokenPictures(options.Strict, chosen.Total);
        set.WhenBroken = broken.Add;
        ShardFile Manifest() => EvaluatedShard.Manifest(this, evaluated, data, options, metric, chosen);
        shards ??= EvaluatedShard.Finished(options, Manifest) is { } finished ? [finished] : null;
        using MetricJournal? journal = options.Output is null || shards is not null ? null
            : JournalOf(evaluated, kind, metric, chosen, options.Output, run);
        if (shards is not null) EvaluatedShard.Restore(shards, Manifest(), metric, broken);

        long start = Stopwatch.GetTimestamp();
        int found = journal?.Found.Count ?? shards?.Sum(shard => shard.Rows.Count) ?? 0;
        int judged = found + (shards is not null ? 0 : run.Do($"evaluating {kind.Name}", chosen.Count,
            bar => MeasureAll(evaluated, metric, chosen, found, broken, bar)));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (options.Shard is null)
        {
            broken.RequireAny(judged);
            if (judged == 0)
            {
                throw new NetVizException($"{set.Path}: {split} has no picture of a class that the network knows",
                    $"it knows {classes.Count} of the set's classes");
            }
        }

        if (options.Output is not null) Csv.Write(options.Output, metric.Columns, metric.Rows);
        if (options.PlotFile is { } plot) metric.Plot?.Write(plot);
        if (options.Shard is not null) EvaluatedShard.Write(Manifest(), options.Output!, metric, broken);
        journal?.Finish();
        string[] warnings = [.. classes.Warnings, .. judged == 0 ? [] : metric.Warnings];
        foreach (string warning in warnings) run.Warn($"{set.Path}: {warning}");
        var result = new EvaluateResult(evaluated, kind, metric, chosen)
        {
            Judged = judged, Found = found, Seconds = seconds, Broken = broken, Warnings = warnings, Shard = options.Shard,
            Run = kind.IsTable ? new EvaluationRun(Path.GetFullPath(data), Portable, EvaluatedShard.WholeOf(options)) : null,
        };
        if (metric is TableMetric table && options is { Output: { } rows, Shard: null }) table.WritePages(rows, result.PageReport, result.Facts);
        return result;
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
        int batch = evaluated.BatchSize;
        string[] keeps = evaluated.Source.Keeps(evaluated.Maps);
        int judged = 0;
        foreach (LabelledPicture picture in evaluated.Set.Read(evaluated.Split, chosen.Takes, () => chosen.IsDone))
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

            (int Number, int Boxed) place = chosen.PlaceOf(picture.Name, picture.Class);
            inputs.Add(prepared.Input);
            pictures.Add(new EvaluatedPicture(picture.Name, picture.Class, score, picture.Boxes, prepared.Placement,
                picture.Photo, prepared.Input) 
            {
                BoxedBefore = place.Boxed, Number = place.Number, Total = chosen.Total,
            });
            if (pictures.Count == batch) Judge();
        }

        if (pictures.Count > 0) Judge();
        return judged;

        void Judge()
        {
            float[] values = [.. inputs.SelectMany(input => input)];
            nint[] lengths = [inputs.Count, .. preprocessing.InputShape.Skip(1).Select(length => (nint)length)];
            using ForwardRecord record = evaluated.Model.Prepared.Forward(Numbers.Create(values, lengths), keeps);
            metric.Add(new EvaluatedBatch(record, pictures));
            judged += pictures.Count;
            progress.Report(found + judged);
            inputs.Clear();
            pictures.Clear();
        }
    }
}
