using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Kernels;
using NetViz.Visualisation;
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

    // A preset's constants that an option sets: its unit, as help tells it.
    private static readonly Dictionary<string, Option<double?>> Numbers = new Dictionary<string, string>
    {
        ["lambda"] = "lambda of lambda ||I||^2, for torchvision's units at 224x224; scaled to the model's [ours].",
        ["steps"] = "Passes forward and backward.",
        ["rate"] = "Length of a step, for torchvision's units at 224x224 and scaled [ours]; with paper of the first; with lucid "
            + "and netviz Adam's rate.",
        ["jitter"] = "Largest random shift, in pixels of 224, scaled to the input's side [ours].",
        ["blur"] = "Sigma of the blur in pixels of the input.",
        ["blur-every"] = "Steps from one blur to the next.",
        ["decay"] = "Share of the image lost at each step.",
        ["tv"] = "Weight of the total variation, for torchvision's units at 224x224; scaled [ours]. In no preset.",
        ["pad"] = "Border around the image, in pixels of 224.",
        ["scale"] = "Random scaling by 1 - x to 1 + x.",
        ["rotate"] = "Largest random turn in degrees.",
        ["clip-norm"] = "Percent of the pixels, those of the smallest norm, set to 0 at each step.",
        ["clip-contribution"] = "Percent of the pixels, those of the smallest contribution, set to 0 at each step.",
    }.ToDictionary(number => number.Key, number => new Option<double?>($"--{number.Key}")
    {
        Description = $"{number.Value} [default: the preset's]",
        HelpName = "X",
    });

    public static Command Create() => CommonOptions.Create("class-model",
        "Draws the image that a class stands for: gradient ascent on its score from the zero image (arXiv 1312.6034, section 2). "
        + "For the model x it writes x.CLASS.PRESET.png, .webp (the way there), .curve.png (score and norm) and .json (all "
        + "constants, with their origin), and x.sheet.png; [paper], [secondary] (published elsewhere) and [ours] mark where "
        + "constants come from. --algorithm auto is direct here: many steps amplify the rounding of winograd. What cannot be drawn is "
        + "named at the end on standard error; the exit code is 0 where at least one picture was drawn, otherwise 2.",
        [Classes, Start, Presets, Target, Norm, Compare, .. Numbers.Values, SeedOption, CommonOptions.OutputFolder], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = Output.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        if (parsed.GetValue(Target) is not ("score" or "posterior"))
            throw new NetVizException($"--target '{parsed.GetValue(Target)}' is unknown; there are score, posterior");
        bool compare = parsed.GetValue(Compare);
        bool[] posterior = compare ? [false, true] : [parsed.GetValue(Target) == "posterior"];
        ClassModelSettings[] settings = [.. (parsed.GetValue(Presets) is { Length: > 0 } names ? names : ["paper", "netviz"])
            .Select(name => Changed(ClassModelPresets.Find(name), parsed)).DistinctBy(preset => preset.Preset)];
        double? norm = parsed.GetValue(Norm);
        if (norm is { } n && !(n > 0 && double.IsFinite(n)))
            throw new NetVizException($"--norm {n}; a positive number is supported");
        if (norm is not null && parsed.GetValue(Numbers["lambda"]) is not null)
            throw new NetVizException("--norm and --lambda do not go together: lambda is searched for the norm");
        if (norm is not null && settings.All(preset => preset["lambda"] == 0))
        {
            throw new NetVizException($"--norm needs a preset with a lambda, and {settings[0].Preset} has none",
                "take --preset paper or cs231n");
        }

        string? start = parsed.GetValue(Start);
        if (start is not null && (compare || posterior[0] || parsed.GetValue(Classes) is { Length: > 0 }))
            throw new NetVizException("--layer raises a layer and no class", "leave out --class, --target and --compare");

        // Hundreds of steps amplify the rounding of the transforms to another picture, so `auto` is the plain sum here.
        using LoadedModel model = LoadedModel.Open(parsed, auto: ConvAlgorithm.Direct);
        if (posterior.Contains(true) && !model.Model.HasProbabilities)
        {
            throw new NetVizException($"{model.Model.Path} has one score: its posterior is 1 whatever the image",
                "take --target score");
        }

        var job = new ClassModelJob(model, unchecked((ulong)parsed.GetValue(SeedOption)), folder) { Norm = norm };
        int[] classes = start is null ? job.ClassesOf(parsed.GetValue(Classes) ?? []) : [];
        int batches = Math.Max(1, ClassModelJob.Batches(classes).Count());
        double total = settings.Sum(preset => preset.Steps * job.AscentsFor(preset, classes.Length)) * posterior.Length * batches;
        IReadOnlyList<ClassModelReport> reports = JobProgress.Run("class models", total, quiet, progress => start is null
            ? job.OfClasses(classes, settings, posterior, progress.Report)
            : job.OfLayer(start, settings, progress.Report));
        if (json) Output.PrintJson(reports.Select(report => report with { Curve = null }));
        else if (!quiet) Print(reports, folder);
        foreach (string failure in job.Failures) Output.Warn($"not drawn: {failure}");
        return 0;
    }

    private static ClassModelSettings Changed(ClassModelSettings preset, ParseResult parsed)
    {
        foreach ((string name, Option<double?> option) in Numbers)
            if (parsed.GetValue(option) is double value) preset = preset.With(name, value, Origin.Given, option.Description!);
        return preset;
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
        foreach (string remark in reports.SelectMany(report => report.Remarks ?? [])) Console.WriteLine(Printable.Line(remark));
        Console.WriteLine("value: what was raised, of the image before it is rounded to 8 bits; norm: in the network's units, of "
            + "the image\nwithout the mean; cut off: samples that a picture cannot hold, below 0 or above "
            + "255; from the PNG:\nwhat the network says of the picture as it was written, and shifted by "
            + $"{ReadBack.Shift} pixels\nup, down, left and right.");
        Console.WriteLine(Printable.Line($"{reports[0].Files["picture"]}, .webp, .curve.png, .json"
            + $"{(reports.Count > 1 ? $" and {reports.Count - 1} more like them" : "")}, "
            + $"{reports[0].Files["sheet"]} in {folder}{Path.DirectorySeparatorChar}"));
    }
}
