using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Rules;
using NetViz.Procedures;
using NetViz.Visualisation.Rendering.Pages;
using Spectre.Console;

namespace NetViz.Cli.Unpool;

/// <summary>
/// <c>netviz unpool</c>: reconstructions with other switches than the image's own, beside those with its own.
/// </summary>
internal static class UnpoolCommand
{
    private static readonly Option<string> With = new("--with")
    {
        Description = "Where the other switches come from: a picture, a .npy, sample:NAME, or a record that "
            + "`unpool export` wrote.",
        HelpName = "IMAGE|RECORD",
        Required = true,
    };

    private static readonly Option<string?> MaybeWith = new("--with")
    {
        Description = With.Description + " Without it nothing is transplanted.",
        HelpName = With.HelpName,
    };

    private static readonly Option<ulong> RandomSeed = new("--seed")
    {
        Description = "The same seed draws the same switches.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string> RecordFile = new("--output", "-o")
    {
        Description = "The record to write, FILE.zip; or a folder for STEM.record.zip.",
        HelpName = "FILE.zip",
        DefaultValueFactory = _ => "netviz-out",
    };

    private static readonly Option<string[]> Layers = new("--layer", "-l")
    {
        Description = "A max-pooling whose switches change; may be repeated. [default: all of them]",
        HelpName = "LAYER",
    };

    public static Command Create(string name = "unpool")
    {
        var command = new Command(name,
            "The switch lab: what a reconstruction owes to the places of the maxima in the max-poolings, and what to the "
            + "weights. Sends the class score down with other switches than the image's own; everything else, the rectifiers' "
            + "bits included, stays the image's own.");
        command.Subcommands.Add(CommonOptions.Create("export",
            "Writes the forward record, switches and bits included, to a .zip, for `transplant --with`.",
            [ImageArguments.One, RecordFile, CommonOptions.MaxPixels], Export));
        command.Subcommands.Add(Lab("transplant", "With the switches of another image.", [With],
            (parsed, options) => options with { With = parsed.GetValue(With)! }));
        command.Subcommands.Add(Lab("random", "With switches drawn at random.", [RandomSeed],
            (parsed, options) => options with { RandomSeed = parsed.GetValue(RandomSeed) }));
        command.Subcommands.Add(Lab("centre", "With every switch at the centre of its window.", [],
            (_, options) => options with { Centre = true }));
        command.Subcommands.Add(Lab("drop", "Without switches: each signal spread evenly over its window.", [],
            (_, options) => options with { Drop = true }));
        command.Subcommands.Add(Lab("all", "All of these side by side.", [MaybeWith, RandomSeed],
            (parsed, options) => options with
            {
                With = parsed.GetValue(MaybeWith),
                RandomSeed = parsed.GetValue(RandomSeed),
                Centre = true,
                Drop = true,
            }));
        return command;
    }

    private static Command Lab(string name, string description, IReadOnlyList<Option> own,
        Func<ParseResult, UnpoolOptions, UnpoolOptions> choose) =>
        CommonOptions.Create(name, description,
            [ImageArguments.One, .. own, ImageArguments.ClassName, ImageArguments.Start, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.BoxAlone,
                Layers, .. LookOptions.OfSignals, CommonOptions.OutputFolder, CommonOptions.MaxPixels],
            parsed => Run(parsed, name, choose));

    private static int Export(ParseResult parsed)
    {
        string output = parsed.GetValue(RecordFile)!;
        if (!output.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)) ResultFiles.CheckFolder(output);
        using Explainer model = CommonOptions.Open(parsed);
        InputFile file = ImageArguments.OneOf(parsed);
        ExportedRecord record = model.ExportRecord(file, output, ConsoleProgress.Of(parsed));
        if (parsed.GetValue(CommonOptions.Json))
        {
            Output.PrintJson(new { Image = file.Path, Record = record.Path, record.Pools, record.Switches, record.ModelSha256,
                record.InputSha256 });
        }
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            Output.Line($"{record.Path}: {Counted.Of(record.Switches, "switch", "N0")} of "
                + $"{Counted.Of(record.Pools.Count, "max-pooling")} of {file.Path}, with bits and scores");
        }

        return 0;
    }

    private static int Run(ParseResult parsed, string kind, Func<ParseResult, UnpoolOptions, UnpoolOptions> choose)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = ResultFiles.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        Look look = LookOptions.Of(parsed);
        using Explainer model = CommonOptions.Open(parsed);
        InputFile file = ImageArguments.OneOf(parsed);
        string stem = UnpoolResult.StemOf(file, kind);
        ResultFiles.Check(folder, $"{stem}.json", stem + look.Format.Extension());
        UnpoolResult result = model.Unpool(file, choose(parsed, new UnpoolOptions
        {
            Class = parsed.GetValue(ImageArguments.ClassName)!,
            Start = parsed.GetValue(ImageArguments.Start),
            Rules = parsed.GetValue(RuleOptions.Rules) ?? [],
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Layers = parsed.GetValue(Layers) ?? [],
        }), ConsoleProgress.Of(parsed));
        var writer = new ResultWriter(folder, look);
        SwitchReport report = result.Write(writer);
        if (json) Output.PrintJson(report);
        else if (!quiet)
        {
            Print(result.Title, report);
            Output.Wrote(folder, writer.Names);
        }

        return 0;
    }

    private static void Print(string title, SwitchReport report)
    {
        Console.WriteLine(title);
        bool other = report.Variants.Any(v => v.Signals.Any(s => s.CosineToOther is not null));
        Table table = Output.Table(["<rule", "<switches", "like its own", .. other ? ["like the other's"] : Array.Empty<string>(),
            "norm"]);
        for (int rule = 0; rule < report.Rules.Count; rule++)
        {
            foreach (SwitchVariantReport variant in report.Variants)
            {
                SwitchSignal signal = variant.Signals[rule];
                string[] cells = [report.Rules[rule], variant.Name, UnpoolResult.Number(signal.CosineToOwn),
                    .. other ? [UnpoolResult.Number(signal.CosineToOther)] : Array.Empty<string>(), UnpoolResult.Number(signal.NormToOwn)];
                table.AddRow([.. cells.Select(cell => Markup.Escape(Printable.Line(cell)))]);
            }
        }

        Output.Console.Write(table);
        foreach (SwitchVariantReport variant in report.Variants.Where(v => v.Agreement.Count > 0))
        {
            Console.WriteLine(Printable.Line($"{variant.Name}: switches that are the image's own: "
                + string.Join(", ", variant.Agreement.Select(a => $"{a.Pool} {a.Share:P0}"))));
        }

        Console.WriteLine("like: the cosine between two signals at the input, 1 for the same but for a factor; "
            + "norm: Euclidean, over that with its own switches.");
        if (report.Variants.Any(v => v.Signals.Any(s => s.Rule == BackwardRule.DeconvNet.Name && s.CosineToOther > 0.9999)))
        {
            Console.WriteLine("Under deconvnet the other's switches give the other's own signal: this rule reads no bits, so all "
                + "that it knows of an image are its switches.");
        }

        Output.RuleNote(report.RuleNote);
    }
}
