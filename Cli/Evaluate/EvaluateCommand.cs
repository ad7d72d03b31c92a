using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Maps;
using NetViz.Weights.InputPreprocessing;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Cli.Evaluate;

/// <summary><c>netviz evaluate</c>: how good a network is on labelled pictures.</summary>
internal static class EvaluateCommand
{
    private const string ValidationSplit = "val";

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The pictures: a folder with a folder of pictures for each class (below train/ and val/, or just so), or a "
            + ".tar or .tar.gz of one. In it, classes.txt may tell the classes' names, and val.tsv boxes around the objects. Or "
            + "pictures with annotations in PASCAL VOC's XML (VOC, ILSVRC): there a picture counts once for each class on it.",
        HelpName = "DIR|TAR.GZ",
        Required = true,
    };

    private static readonly Option<string> Metric = new("--metric")
    {
        Description = "What is measured. " + string.Join("; ", MetricKind.All.Select(kind => $"{kind.Name}: {kind.Description}"))
            + ".",
        HelpName = string.Join('|', MetricKind.All.Select(kind => kind.Name)),
        DefaultValueFactory = _ => MetricKind.All[0].Name,
    };

    private static readonly Option<string?> Split = new("--split")
    {
        Description = "The part of the pictures: train, val, trainval, test, or all where there are none. Default: val, or the "
            + "only one.",
        HelpName = "NAME",
    };

    private static readonly Option<int> Batch = new("--batch")
    {
        Description = "Pictures at once.",
        HelpName = "N",
        DefaultValueFactory = _ => 16,
    };

    private static readonly Option<int?> Pictures = new("--pictures")
    {
        Description = "Take only so many pictures, spread evenly over the set. Default: all, and "
            + string.Join(", ", MetricKind.All.Where(kind => kind.Pictures is not null)
                .Select(kind => $"{kind.Pictures} for {kind.Name}")) + " [ours].",
        HelpName = "N",
    };

    private static readonly Option<bool> ByPosition = new("--match-by-position")
    {
        Description = "Class i of the set is score i of the network, whatever their names. Default: only where both list the "
            + "same names in one order, or one of them has no names.",
    };

    private static readonly Option<bool> PerClass = new("--per-class")
    {
        Description = "Show all classes, not only the worst.",
    };

    private static readonly Option<string?> TableFile = new("--output", "-o")
    {
        Description = "Write a table with a line for each picture, as comma-separated values, and beside it the plot of a metric "
            + "that has one. While it is measured, FILE.csv.part keeps what is done, and the same command goes on from there.",
        HelpName = "FILE.csv",
    };

    private static readonly Option<string?> PlotFile = new("--plot")
    {
        Description = "Draw the result. Default: FILE.png beside --output's FILE.csv.",
        HelpName = "FILE.png",
    };

    public static Command Create() => CommonOptions.Create("evaluate",
        "Measures how good a network is on labelled pictures, each prepared as for classify. The network's classes are found "
        + "among the set's by position where both list the same, otherwise by name; pictures of classes that it does not know "
        + "are left out, and counted. Where no name is known to both, --match-by-position is needed." + BrokenPictures.Help,
        [Data, Metric, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.Relevance, Split, Pictures, Batch, .. MetricOptions.All, ByPosition,
            PerClass, TableFile, PlotFile, BrokenPictures.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        int batch = parsed.GetValue(Batch);
        if (batch < 1) throw new NetVizException($"--batch {batch}; at least 1 is supported");
        MetricKind kind = MetricKind.Find(parsed.GetValue(Metric)!);
        int? wanted = parsed.GetValue(Pictures);
        if (wanted < 1) throw new NetVizException($"--pictures {wanted}; at least 1 is supported");
        string? output = Output.CheckFile("--output", parsed.GetValue(TableFile)),
            plot = Output.CheckFile("--plot", parsed.GetValue(PlotFile));
        if (plot is not null && !kind.HasPlot) throw new NetVizException($"--plot: {kind.Name} has nothing to draw");
        if (output is not null && kind.HasPlot) plot ??= Path.ChangeExtension(output, ".png");
        if (plot is not null && plot == output)
            throw new NetVizException($"--output '{output}' would be the table and the plot", "name it FILE.csv, or give --plot");
        if (output is not null)
        {
            OutputFile.Check(output, ResultKind.Table);
            MetricJournal.Check(output);
        }

        if (plot is not null) OutputFile.Check(plot, ResultKind.Picture);
        MetricOptions options = MetricOptions.Of(parsed, batch);

        using LoadedModel model = LoadedModel.Open(parsed);
        LabelledSet set = JobProgress.Run("looking through the pictures", 0, quiet,
            _ => InputFile.OpenSet(parsed.GetValue(Data)!, parsed.GetValue(CommonOptions.MaxPixels)));
        string split = parsed.GetValue(Split) ?? DefaultSplit(set);
        ClassMatching classes = ClassMatching.Of(set, model.Model.Path, model.Model.Labels, model.Model.ClassCount,
            parsed.GetValue(ByPosition));
        var evaluated = new EvaluatedModel(model, set, split, classes, parsed.GetValue(PerClass),
            RuleOptions.Of(parsed, model, BackwardRule.All)) { Options = options };
        PictureMetric metric = kind.Create(evaluated);
        var chosen = new PictureChoice(set, split, classes, wanted ?? kind.Pictures);
        using MetricJournal? journal = output is null ? null : JournalOf(evaluated, kind, metric, chosen, output, quiet);
        // It ends the process all the same.
        using PosixSignalRegistration? interrupted = journal is null || quiet ? null : PosixSignalRegistration.Create(
            PosixSignal.SIGINT, _ => Output.Warn($"{output}.part keeps what is done; the same command goes on from there"));

        var broken = new BrokenPictures(parsed, chosen.Count);
        set.WhenBroken = broken.Add;
        long start = Stopwatch.GetTimestamp();
        int found = journal?.Found.Count ?? 0;
        int judged = found + JobProgress.Run($"evaluating {kind.Name}", chosen.Count, quiet,
            progress => Evaluate(evaluated, metric, chosen, found, broken, progress));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        broken.RequireAny(judged);
        if (judged == 0)
        {
            throw new NetVizException($"{set.Path}: {split} has no picture of a class that the network knows",
                $"it knows {classes.Count} of the set's classes");
        }

        if (output is not null) Csv.Write(output, metric.Columns, metric.Rows);
        if (plot is not null) metric.Plot?.WritePng(plot);
        journal?.Finish();
        string[] warnings = [.. classes.Warnings, .. metric.Warnings];
        if (!quiet)
        {
            foreach (string warning in warnings) Output.Warn($"{set.Path}: {warning}");
        }

        var run = new EvaluationRun(judged, found, chosen, broken, seconds, warnings);
        if (json) PrintJson(evaluated, kind, metric, run);
        else if (!quiet) Print(evaluated, kind, metric, run);
        broken.Tell(judged);
        return 0;
    }

    /// <summary>Takes up what an earlier run of the same command measured before it was cut off.</summary>
    private static MetricJournal JournalOf(EvaluatedModel evaluated, MetricKind kind, PictureMetric metric, PictureChoice chosen,
        string output, bool quiet)
    {
        MetricJournal journal = MetricJournal.Open(output, $"{kind.Name}; {metric.Settings}; {chosen}; {evaluated.Key}",
            metric.ValueCount);
        if (journal.WasOther && !quiet)
            Output.Warn($"{output}.part was of another measurement, or of other options, and is begun anew");
        chosen.Skip(journal.Found.Select(picture => (picture.Name, picture.Class)));
        metric.Restore(journal.Found);
        metric.WhenMeasured = journal.Write;
        return journal;
    }

    /// <summary>The split that is taken where none is named: val, or the only one.</summary>
    /// <exception cref="NetVizException">There are several, and none is val.</exception>
    public static string DefaultSplit(LabelledSet set) => set.Splits.Contains(ValidationSplit) ? ValidationSplit
        : set.Splits.Count == 1 ? set.Splits[0]
        : throw new NetVizException($"{set.Path} has no split '{ValidationSplit}'",
            $"choose one of {string.Join(", ", set.Splits)} with --split");

    /// <summary>Sends the chosen pictures through the network.</summary>
    /// <returns>How many there were.</returns>
    private static int Evaluate(EvaluatedModel evaluated, PictureMetric metric, PictureChoice chosen, int found,
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

    private static void PrintJson(EvaluatedModel evaluated, MetricKind kind, PictureMetric metric, EvaluationRun run) =>
        Output.PrintJson(new
        {
            Model = evaluated.Model.Model.Path,
            ModelSha256 = evaluated.Model.Model.Sha256,
            evaluated.Model.Model.Head,
            Preprocessing = evaluated.Model.Preprocessing.Describe(),
            Data = evaluated.Set.Path,
            evaluated.Split,
            Metric = kind.Name,
            Pictures = run.Judged,
            PicturesLeftOut = run.Chosen.Unknown,
            PicturesNotTaken = run.Chosen.Known - run.Chosen.Count,
            PicturesBroken = run.Broken.Found,
            PicturesOfEarlierRun = run.Found,
            Classes = evaluated.Classes.Count,
            ClassesLeftOut = evaluated.Classes.LeftOut.Select(c => c.Name),
            Annotations = evaluated.Set.CountAnnotations(evaluated.Split),
            MatchedBy = evaluated.Classes.By.ToString().ToLowerInvariant(),
            RuleNote = kind.UsesRules ? evaluated.Model.RuleNote : null,
            metric.Result,
            run.Seconds,
            ImagesPerSecond = (run.Judged - run.Found) / run.Seconds,
            Device = evaluated.Model.Prepared.Kernels.Name,
            Warnings = run.Warnings.Length > 0 ? run.Warnings : null,
            Output.Version,
        });

    private static void Print(EvaluatedModel evaluated, MetricKind kind, PictureMetric metric, EvaluationRun run)
    {
        ClassMatching classes = evaluated.Classes;
        string count = run.Judged < run.Chosen.Known ? $"{run.Judged} of {run.Chosen.Known}" : $"{run.Judged}";
        Console.WriteLine(Printable.Line($"{evaluated.Model.Model.Path} on {evaluated.Set.Path}, {evaluated.Split}: {count} "
            + $"{(run.Judged == 1 && run.Chosen.Known == 1 ? "picture" : "pictures")} of "
            + $"{Counted.Of(classes.Count, "class")}, matched by {classes.By.ToString().ToLowerInvariant()}; "
            + $"{run.Seconds:0.0} s, {(run.Judged - run.Found) / run.Seconds:0} images/s"));
        if (run.Found > 0)
        {
            Console.WriteLine($"{Counted.Of(run.Found, "picture")} {Counted.Form(run.Found, "was", "were")} measured by an "
                + "earlier run.");
        }

        if (classes.LeftOut.Count > 0)
        {
            Console.WriteLine(Printable.Line($"left out: {Counted.Of(run.Chosen.Unknown, "picture")} of "
                + $"{Counted.Of(classes.LeftOut.Count, "class")} that "
                + $"the network does not know ({string.Join(", ", classes.LeftOut.Take(5).Select(c => c.Name))}"
                + $"{(classes.LeftOut.Count > 5 ? ", ..." : "")})"));
        }

        if (evaluated.Set.CountAnnotations(evaluated.Split) is { } counts)
        {
            Console.WriteLine($"{Counted.Of(counts.Photos, "photograph")}, each counted once for each class on it; left out: "
                + $"{Counted.Of(counts.DifficultObjects, "object")} marked as difficult, "
                + $"{Counted.Of(counts.PhotosWithoutObject, "photograph")} without any "
                + $"other, {Counted.Of(counts.AnnotationsWithoutPicture, "annotation")} without picture");
        }

        metric.Print(Output.Console);
        if (kind.UsesRules) evaluated.Model.PrintRuleNote();
    }

    /// <param name="Judged">Pictures in the result.</param>
    /// <param name="Found">How many of them an earlier run measured.</param>
    /// <param name="Chosen">What they were chosen from.</param>
    /// <param name="Broken">What was left out, since it cannot be read.</param>
    /// <param name="Seconds">How long this run took.</param>
    /// <param name="Warnings">What the user should know.</param>
    private sealed record EvaluationRun(int Judged, int Found, PictureChoice Chosen, BrokenPictures Broken, double Seconds,
        string[] Warnings);
}
