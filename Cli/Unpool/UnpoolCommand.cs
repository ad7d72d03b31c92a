using System.CommandLine;
using System.Globalization;
using NetViz.Analysis.SwitchChanges;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Files;
using NetViz.Engine.Rules;
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
            "Writes the forward record, switches and bits included, to STEM.record.zip, for `transplant --with`.",
            [OneImage.Argument, CommonOptions.OutputFolder, CommonOptions.MaxPixels], Export));
        command.Subcommands.Add(Lab("transplant", "With the switches of another image.", [With],
            (parsed, lab) => [lab.Transplanted(parsed.GetValue(With)!)]));
        command.Subcommands.Add(Lab("random", "With switches drawn at random.", [RandomSeed],
            (parsed, lab) => [lab.Random(parsed.GetValue(RandomSeed))]));
        command.Subcommands.Add(Lab("centre", "With every switch at the centre of its window.", [], (_, lab) => [lab.Centre()]));
        command.Subcommands.Add(Lab("drop", "Without switches: each signal spread evenly over its window.", [],
            (_, lab) => [lab.Dropped()]));
        command.Subcommands.Add(Lab("all", "All of these side by side.", [MaybeWith, RandomSeed],
            (parsed, lab) =>
            [
                .. parsed.GetValue(MaybeWith) is string with ? [lab.Transplanted(with)] : Array.Empty<SwitchVariant>(),
                lab.Random(parsed.GetValue(RandomSeed)),
                lab.Centre(),
                lab.Dropped(),
            ]));
        return command;
    }

    private static Command Lab(string name, string description, IReadOnlyList<Option> own,
        Func<ParseResult, SwitchBench, IReadOnlyList<SwitchVariant>> variants) =>
        CommonOptions.Create(name, description,
            [OneImage.Argument, .. own, OneImage.ClassName, OneImage.Start, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.BoxAlone, Layers,
                CommonOptions.OutputFolder, CommonOptions.MaxPixels],
            parsed => Run(parsed, variants));

    private static int Export(ParseResult parsed)
    {
        string folder = Output.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        using LoadedModel model = LoadedModel.Open(parsed);
        IReadOnlyList<string> pools = SwitchLab.PoolsOf(model.Network);
        (InputFile file, ForwardRecord record) = OneImage.Forward(parsed.GetValue(OneImage.Argument), model);
        using (record)
        {
            string path = Path.Combine(folder, $"{file.Stem}.record.zip");
            PortableRecord portable = record.Export();
            OutputFile.Write(path, ResultKind.Record, portable.Save);
            long count = portable.Layers.Sum(layer => (long)layer.Switches.Length);
            if (parsed.GetValue(CommonOptions.Json))
            {
                Output.PrintJson(new { Image = file.Path, Record = path, Pools = pools, Switches = count, portable.ModelSha256,
                    portable.InputSha256 });
            }
            else if (!parsed.GetValue(CommonOptions.Quiet))
            {
                Console.WriteLine(Printable.Line($"{path}: {Counted.Of(count, "switch", "N0")} of "
                    + $"{Counted.Of(pools.Count, "max-pooling")} of {file.Path}, "
                    + "with bits and scores"));
            }
        }

        return 0;
    }

    private static int Run(ParseResult parsed, Func<ParseResult, SwitchBench, IReadOnlyList<SwitchVariant>> choose)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = Output.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        using LoadedModel model = LoadedModel.Open(parsed);
        BackwardRule[] rules = RuleOptions.Of(parsed, model, BackwardRule.All);
        using OneImage image = OneImage.Open(parsed, model);
        Output.CheckResults(folder, $"{image.File.Stem}.switches.json", $"{image.File.Stem}.switches.png");
        using var lab = new SwitchBench(image, parsed.GetValue(Layers) ?? []);
        IReadOnlyList<SwitchVariant> variants = choose(parsed, lab);
        SwitchReport report = lab.Report(rules, variants, folder);
        Output.WriteJson(Path.Combine(folder, $"{image.File.Stem}.switches.json"), report);
        if (json) Output.PrintJson(report);
        else if (!quiet) Print(image, report, folder);
        return 0;
    }

    private static void Print(OneImage image, SwitchReport report, string folder)
    {
        Console.WriteLine(image);
        bool other = report.Variants.Any(v => v.Signals.Any(s => s.CosineToOther is not null));
        Table table = Output.Table(["<rule", "<switches", "like its own", .. other ? ["like the other's"] : Array.Empty<string>(),
            "norm"]);
        for (int rule = 0; rule < report.Rules.Count; rule++)
        {
            foreach (SwitchVariantReport variant in report.Variants)
            {
                SwitchSignal signal = variant.Signals[rule];
                string[] cells = [report.Rules[rule], variant.Name, Number(signal.CosineToOwn),
                    .. other ? [Number(signal.CosineToOther)] : Array.Empty<string>(), Number(signal.NormToOwn)];
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

        image.Model.PrintRuleNote();
        if (report.Sheet is not null)
            Console.WriteLine(Printable.Line($"all in one picture: {Path.Combine(folder, report.Sheet)}"));
    }

    /// <summary>A number without the sign of a zero; nothing for null.</summary>
    internal static string Number(double? value, string format = "0.000") =>
        value is not double number ? ""
        : number.ToString(format, CultureInfo.InvariantCulture).TrimStart('-').Trim('0', '.').Length == 0
            ? 0.0.ToString(format, CultureInfo.InvariantCulture)
            : number.ToString(format, CultureInfo.InvariantCulture);
}
