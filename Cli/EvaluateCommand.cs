using System.CommandLine;
using System.Diagnostics;
using NetViz.Cli.Metrics;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using NetViz.Weights;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Cli;

/// <summary><c>netviz evaluate</c>: how good a network is on labelled pictures.</summary>
internal static class EvaluateCommand
{
    private const string ValidationSplit = "val";

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The pictures: a folder with a folder of pictures for each class (below train/ and val/, or just so), or a "
            + ".tar or .tar.gz of one. In it, classes.txt may tell the classes' names, and val.tsv boxes around the objects.",
        HelpName = "DIR|TAR.GZ",
        Required = true,
    };

    private static readonly Option<string> Metric = new("--metric")
    {
        Description = "What is measured. accuracy: how often the right class has the highest score, or one of the five highest. "
            + "localisation: how often the box found by each rule is wrong (ILSVRC's error), by graph cut and by threshold, beside "
            + "boxes that need no network.",
        HelpName = string.Join('|', MetricKind.All.Select(kind => kind.Name)),
        DefaultValueFactory = _ => MetricKind.All[0].Name,
    };

    private static readonly Option<string?> Split = new("--split")
    {
        Description = "The part of the pictures: train, val, or all where there are none. Default: val, or the only one.",
        HelpName = "NAME",
    };

    private static readonly Option<int> Batch = new("--batch")
    {
        Description = "Pictures at once.",
        HelpName = "N",
        DefaultValueFactory = _ => 16,
    };

    private static readonly Option<bool> PerClass = new("--per-class")
    {
        Description = "Show all classes, not only the worst.",
    };

    private static readonly Option<string?> OutputFile = new("--output", "-o")
    {
        Description = "Write a table with a line for each picture, as comma-separated values.",
        HelpName = "FILE.csv",
    };

    public static Command Create() => CommonOptions.Create("evaluate",
        "Measures how good a network is on labelled pictures, each prepared as for classify. The network's classes are found "
        + "among the set's by position where both list the same, otherwise by name; pictures of classes that it does not know "
        + "are left out, and counted.",
        [Data, Metric, RuleOptions.Rules, RuleOptions.RuleFile, Split, Batch, PerClass, OutputFile, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        int batch = parsed.GetValue(Batch);
        if (batch < 1) throw new NetVizException($"--batch {batch}; at least 1 is supported");
        MetricKind kind = MetricKind.Find(parsed.GetValue(Metric)!);
        string? output = parsed.GetValue(OutputFile);
        if (output is not null && Directory.Exists(output))
            throw new NetVizException($"--output '{output}' is a folder; a file is wanted");

        using LoadedModel model = LoadedModel.Open(parsed);
        LabelledSet set = Progress.Run("looking through the pictures", 0, quiet,
            _ => LabelledSet.Open(parsed.GetValue(Data)!, parsed.GetValue(CommonOptions.MaxPixels)));
        string split = parsed.GetValue(Split) ?? DefaultSplit(set);
        int count = set.CountOf(split);
        ClassMatching classes = ClassMatching.Of(set, model.Model.Path, model.Model.Labels, model.Model.ClassCount);
        var evaluated = new EvaluatedModel(model, set, split, classes, parsed.GetValue(PerClass),
            RuleOptions.Of(parsed, model.Network, BackwardRule.All));
        IMetric metric = kind.Create(evaluated);

        long start = Stopwatch.GetTimestamp();
        int judged = Progress.Run($"evaluating {kind.Name}", count, quiet,
            progress => Evaluate(evaluated, metric, batch, progress));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (judged == 0)
        {
            throw new NetVizException($"{set.Path}: {split} has no picture of a class that the network knows",
                $"it knows {classes.Count} of the set's classes");
        }

        if (output is not null) Csv.Write(output, metric.Columns, metric.Rows);
        string[] warnings = [.. metric.Warnings];
        if (!quiet)
        {
            foreach (string warning in warnings) Output.Warn($"{set.Path}: {warning}");
        }

        if (json) PrintJson(evaluated, kind, metric, judged, count - judged, seconds, warnings);
        else if (!quiet) Print(evaluated, metric, judged, count - judged, seconds);
        return 0;
    }

    /// <summary>The split that is taken where none is named: val, or the only one.</summary>
    /// <exception cref="NetVizException">There are several, and none is val.</exception>
    public static string DefaultSplit(LabelledSet set) => set.Splits.Contains(ValidationSplit) ? ValidationSplit
        : set.Splits.Count == 1 ? set.Splits[0]
        : throw new NetVizException($"{set.Path} has no split '{ValidationSplit}'",
            $"choose one of {string.Join(", ", set.Splits)} with --split");

    /// <summary>Sends the pictures of known classes through the network.</summary>
    /// <returns>How many there were.</returns>
    private static int Evaluate(EvaluatedModel evaluated, IMetric metric, int batch, Progress progress)
    {
        Preprocessing preprocessing = evaluated.Model.Preprocessing;
        var inputs = new List<float[]>();
        var pictures = new List<EvaluatedPicture>();
        int seen = 0, judged = 0;
        foreach (LabelledPicture picture in evaluated.Set.Read(evaluated.Split))
        {
            progress.Report(++seen);
            int score = evaluated.Classes.ScoreOf(picture.Class);
            if (score < 0) continue;
            (float[] input, InputPlacement placement) = preprocessing.Apply(picture.Photo);
            inputs.Add(input);
            pictures.Add(new EvaluatedPicture(picture.Name, picture.Class, score, picture.Box, placement, picture.Photo,
                input));
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
            inputs.Clear();
            pictures.Clear();
        }
    }

    private static void PrintJson(EvaluatedModel evaluated, MetricKind kind, IMetric metric, int judged, int leftOut,
        double seconds, string[] warnings) =>
        Output.PrintJson(new
        {
            Model = evaluated.Model.Model.Path,
            ModelSha256 = evaluated.Model.Model.Sha256,
            Preprocessing = evaluated.Model.Preprocessing.Describe(),
            Data = evaluated.Set.Path,
            evaluated.Split,
            Metric = kind.Name,
            Pictures = judged,
            PicturesLeftOut = leftOut,
            Classes = evaluated.Classes.Count,
            ClassesLeftOut = evaluated.Classes.LeftOut.Select(c => c.Name),
            MatchedBy = evaluated.Classes.ByPosition ? "position" : "name",
            metric.Result,
            Seconds = seconds,
            ImagesPerSecond = judged / seconds,
            Device = evaluated.Model.Prepared.Kernels.Name,
            Warnings = warnings.Length > 0 ? warnings : null,
            Output.Version,
        });

    private static void Print(EvaluatedModel evaluated, IMetric metric, int judged, int leftOut, double seconds)
    {
        ClassMatching classes = evaluated.Classes;
        Console.WriteLine(Printable.Line($"{evaluated.Model.Model.Path} on {evaluated.Set.Path}, {evaluated.Split}: {judged} "
            + $"pictures of {classes.Count} classes, matched by {(classes.ByPosition ? "position" : "name")}; {seconds:0.0} s, "
            + $"{judged / seconds:0} images/s"));
        if (classes.LeftOut.Count > 0)
        {
            Console.WriteLine(Printable.Line($"left out: {leftOut} pictures of {classes.LeftOut.Count} classes that the network "
                + $"does not know ({string.Join(", ", classes.LeftOut.Take(5).Select(c => c.Name))}"
                + $"{(classes.LeftOut.Count > 5 ? ", ..." : "")})"));
        }

        metric.Print(Output.Console);
    }
}
