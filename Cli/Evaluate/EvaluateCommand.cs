using System.CommandLine;
using System.Runtime.InteropServices;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using NetViz.Visualisation;

namespace NetViz.Cli.Evaluate;

/// <summary><c>netviz evaluate</c>: how good a network is on labelled pictures.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<string?> Data = new("--data")
    {
        Description = "The pictures: a folder with a folder of pictures for each class (below train/ and val/, or just so), or a "
            + ".tar or .tar.gz of one. In it, classes.txt may tell the classes' names, and val.tsv boxes around the objects. Or "
            + "pictures with annotations in PASCAL VOC's XML (VOC, ILSVRC): there a picture counts once for each class on it.",
        HelpName = "DIR|TAR.GZ",
    };

    private static readonly Option<string?> Again = new("--again")
    {
        Description = "Make a table again from the .json beside it: the same metrics, maps, model and pictures. Other options of what is "
            + "measured do not count.",
        HelpName = "FILE.json",
    };

    private static readonly Option<string[]> Map = new("--map")
    {
        Description = "The maps that are judged, as netviz saliency computes them: signal under each --rule, smoothgrad, input-x-gradient, "
            + "integrated-gradients, occlusion, grad-cam, deep-lift and so on. May be repeated. [default: signal]",
        HelpName = string.Join('|', MapNames.All.Keys),
    };

    private static readonly Option<string?> Reduce = new("--reduce")
    {
        Description = "How the channels of a map become one number a pixel: max, sum or mean of magnitudes, or the signed sum. [default: max "
            + "of signals; signed of maps whose numbers have a sign, of relevance in metrics of positive mass]",
        HelpName = "max|sum|mean|signed",
    };

    private static readonly Option<string> Metric = new("--metric")
    {
        Description = "What is measured. " + string.Join("; ", MetricKind.All.Select(kind => $"{kind.Name}: {kind.Description}"))
            + ". Several, separated by commas, share the maps and make one table.",
        HelpName = string.Join('|', MetricKind.All.Select(kind => kind.Name)) + "[,...]",
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
        Description = "Take at most this number of pictures, spread evenly over the set. Default: all, and "
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
        + "are left out, and counted. Where no name is known to both, --match-by-position is needed." + ImageArguments.Help,
        [Data, Metric, Map, Reduce, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.Relevance, Split, Pictures, ShardOption.Shard, Batch, .. MetricArguments.All, Again, ByPosition,
            PerClass, TableFile, PlotFile, ImageArguments.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string? output = parsed.GetValue(TableFile);
        var options = new EvaluateOptions
        {
            Metric = parsed.GetValue(Metric)!,
            Rules = parsed.GetValue(RuleOptions.Rules) ?? [],
            Maps = parsed.GetValue(Map) ?? [],
            Reduction = parsed.GetValue(Reduce) is { } reduction ? CommonOptions.ParseChoice<Reduction>("--reduce", reduction) : null,
            MapConstants = MetricArguments.MapsOf(parsed),
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Split = parsed.GetValue(Split),
            Pictures = parsed.GetValue(Pictures),
            Constants = MetricArguments.Of(parsed, parsed.GetValue(Batch)),
            MatchByPosition = parsed.GetValue(ByPosition),
            PerClass = parsed.GetValue(PerClass),
            Strict = parsed.GetValue(ImageArguments.Strict),
            Output = output,
            Plot = parsed.GetValue(PlotFile),
            Shard = ShardOption.Of(parsed),
        };
        string? data = parsed.GetValue(Data);
        EvaluationRun? again = parsed.GetValue(Again) is { } file ? EvaluationRun.ReadFrom(file) : null;
        if (again is not null) options = again.Options with { Output = output, Shard = options.Shard, Strict = options.Strict };
        if (data is null && again is null) throw new NetVizException("--data is missing", "give a folder or an archive of labelled pictures");
        options.Check();

        using Explainer model = again is null ? CommonOptions.Open(parsed) : Explainer.Open(again.Model, ConsoleProgress.Of(parsed));
        // It ends the process all the same.
        using PosixSignalRegistration? interrupted = output is null || quiet ? null : PosixSignalRegistration.Create(
            PosixSignal.SIGINT, _ =>
            {
                if (File.Exists($"{output}.part"))
                    Output.Warn($"{output}.part keeps what is done; the same command goes on from there");
            });
        EvaluateResult result = model.Evaluate(data ?? again!.Data, options, ConsoleProgress.Of(parsed));
        if (json) Output.PrintJson(result.Report);
        else if (!quiet) Output.Print(result.Describe());
        ImageArguments.Tell(result.Broken, result.Judged);
        return 0;
    }
}
