using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Kernels;
using NetViz.Procedures;
using NetViz.Visualisation.ClassModels;
using Spectre.Console;

namespace NetViz.Cli.ClassModels;

/// <summary><c>netviz class-model</c>: the images that a network's classes stand for.</summary>
internal static class ClassModelCommand
{
    private static readonly Option<string[]> Classes = new("--class", "-c")
    {
        Description = "A class by number or name; may be repeated: all rise together in one batch. "
            + $"[default, for the default model: {string.Join(", ", ClassModelJob.DefaultClasses)}]",
        HelpName = "N|NAME",
    };

    private static readonly Option<string?> Start = new("--layer", "--start")
    {
        Description = "What is raised instead of a class score: LAYER:c,y,x one neuron, LAYER:c a channel, or LAYER all of it.",
        HelpName = "LAYER[:c[,y,x]]",
    };

    private static readonly Option<string[]> Presets = new("--preset")
    {
        Description = "The procedure: paper (S - lambda ||I||^2 from the zero image, the mean added at the end [paper]; rates "
            + "[ours]); cs231n (steps of one length, jitter, blur [secondary]); yosinski or yosinski-1 to -4 (decay, blur, "
            + "clipping [secondary]; yosinski is row 3); lucid (Adam on a spectrum in decorrelated colours, random views "
            + "[secondary]); netviz (lucid, larger shifts, total variation [ours]). May be repeated. [default: paper, netviz]",
        HelpName = "PRESET",
    };

    private static readonly Option<string> Target = new("--target")
    {
        Description = "score: S_c before the softmax [paper]; posterior: P_c, which can rise by lowering the other scores.",
        HelpName = "score|posterior",
        DefaultValueFactory = _ => "score",
    };

    private static readonly Option<double?> Norm = new("--norm")
    {
        Description = "The norm ||I|| at which the ascent shall end, in the network's units and without the mean: lambda is "
            + $"searched for it, in up to {NormSearch.MostTries} ascents a class [ours]. For presets with a lambda (paper, "
            + "cs231n); the others stay as they are.",
        HelpName = "X",
    };

    private static readonly Option<bool> Compare = new("--compare")
    {
        Description = "Do both targets, score and posterior, and lay them side by side.",
    };

    private static readonly Option<long> SeedOption = new("--seed")
    {
        Description = "Of random views and noise. The same seed gives the same bytes.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    // A preset's constants that an option sets.
    private static readonly Dictionary<string, Option<double?>> Numbers = ClassModelOptions.Meanings.ToDictionary(
        number => number.Key, number => new Option<double?>($"--{number.Key}")
        {
            Description = $"{number.Value} [default: the preset's]",
            HelpName = "X",
        });

    public static Command Create() => CommonOptions.Create("class-model",
        "Draws the image that a class stands for: gradient ascent on its score from the zero image (arXiv 1312.6034, section 2). "
        + "For the model x it writes x.CLASS.PRESET.png, .webp (the way there), .curve.png (score and norm), .npy (the image itself) and .json (all "
        + "constants, with their origin), and x.sheet.png; [paper], [secondary] (published elsewhere) and [ours] mark where "
        + "constants come from. --algorithm auto is direct here: many steps amplify the rounding of winograd. What cannot be drawn is "
        + "named at the end on standard error; the exit code is 0 where at least one picture was drawn, otherwise 2.",
        [Classes, Start, Presets, Target, Norm, Compare, .. Numbers.Values, SeedOption, .. LookOptions.OfSheets, CommonOptions.OutputFolder], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = ResultFiles.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        if (parsed.GetValue(Target) is not ("score" or "posterior"))
            throw new NetVizException($"--target '{parsed.GetValue(Target)}' is unknown; there are score, posterior");
        var usual = new ClassModelOptions();
        var options = new ClassModelOptions
        {
            Classes = parsed.GetValue(Classes) ?? [],
            Layer = parsed.GetValue(Start),
            Presets = parsed.GetValue(Presets) is { Length: > 0 } names ? names : usual.Presets,
            Constants = Numbers.Where(number => parsed.GetValue(number.Value) is not null)
                .ToDictionary(number => number.Key, number => parsed.GetValue(number.Value)!.Value),
            Target = parsed.GetValue(Compare) ? ClassModelTarget.Both
                : parsed.GetValue(Target) == "posterior" ? ClassModelTarget.Posterior : ClassModelTarget.Score,
            Norm = parsed.GetValue(Norm),
            Seed = unchecked((ulong)parsed.GetValue(SeedOption)),
        };
        options.Check();
        Look look = LookOptions.Of(parsed);

        // Hundreds of steps amplify the rounding of the transforms to another picture, so `auto` is the plain sum here.
        using Explainer model = CommonOptions.Open(parsed, auto: ConvAlgorithm.Direct);
        ClassModelResults results = model.ClassModels(options, ConsoleProgress.Of(parsed));
        IReadOnlyList<ClassModelReport> reports = results.Write(folder, look);
        if (json) Output.PrintJson(reports.Select(report => report with { Curve = null }));
        else if (!quiet) Print(reports, folder);
        foreach (string failure in results.Failures) Output.Warn($"not drawn: {failure}");
        return 0;
    }

    private static void Print(IReadOnlyList<ClassModelReport> reports, string folder)
    {
        Table table = Output.Table("\ntarget", "<\npreset", "\nsteps", "value\nat the end", "norm\n||I||", "cut\noff, %",
            "from the PNG\nscore",
            "\nP, %", "\ntop-1", "top-1 of\n4 shifted");
        foreach (ClassModelReport report in reports)
        {
            ReadBack? back = report.ReadBack?[0];
            table.AddRow(Markup.Escape(Printable.Line(report.Target)), report.Preset, $"{report.Steps}",
                NumberText.Fixed(report.Value, "G4"), $"{report.Norm:0.0}", $"{100 * report.CutOff:0.0}",
                back is null ? "-" : NumberText.Fixed(back.Score, "0.00"),
                back?.Probability is { } p ? $"{100 * p:0.0}" : "-",
                back is null ? "-" : back.IsTop ? "yes" : $"no: {Markup.Escape(Printable.Line(report.TopName!))}",
                report.ReadBack is null ? "-" : $"{report.ReadBack.Skip(1).Count(shifted => shifted.IsTop)}");
        }
        Output.Console.Write(table);
        foreach (string remark in reports.SelectMany(report => report.Remarks ?? [])) Output.Line(SettingNames.AsOptions(remark));
        Console.WriteLine("value: what was raised, of the image before it is rounded to 8 bits; norm: in the network's units, of "
            + "the image\nwithout the mean; cut off: samples that a picture cannot hold, below 0 or above "
            + "255; from the PNG:\nwhat the network says of the picture as it was written, and shifted by "
            + $"{ReadBack.Shift} pixels\nup, down, left and right.");
        Console.WriteLine(Printable.Line($"{reports[0].Files["picture"]}, .webp, .curve.png, .npy, .json"
            + $"{(reports.Count > 1 ? $" and {reports.Count - 1} more like them" : "")}, "
            + $"{reports[0].Files["sheet"]} in {folder}{Path.DirectorySeparatorChar}"));
    }
}
