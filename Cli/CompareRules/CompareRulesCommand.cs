using System.CommandLine;
using NetViz.Analysis.RuleComparisons;
using NetViz.Cli.Common;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.CompareRules;

/// <summary><c>netviz compare-rules</c>: where gradient, DeconvNet and guided part, rectifier by rectifier.</summary>
internal static class CompareRulesCommand
{
    private static readonly Option<string> Trajectory = new("--trajectory")
    {
        Description = "The rule of the backward pass whose signal r is counted: gradient, deconvnet, guided, or a composite as for "
            + "--rule of netviz saliency.",
        HelpName = "RULE",
        DefaultValueFactory = _ => "gradient",
    };

    private static readonly Option<string[]> Layers = new("--layer")
    {
        Description = "The rectifier whose cases are drawn. May be repeated. [default: the last before "
            + "each pool]",
        HelpName = "LAYER",
    };

    private static readonly Option<int?> Channel = new("--channel")
    {
        Description = "A channel of the drawn layers whose cases are shown element by element.",
        HelpName = "C",
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for x.parting.json, with the numbers channel by channel, and for each drawn layer x.parting.LAYER.png and .npy, the signal r.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Command Create(string name = "compare-rules") => CommonOptions.Create(name,
        "Shows where gradient, DeconvNet and guided part: at each rectifier the signal r that comes down, in the four cases of "
        + "(x > 0, r > 0), as counts and as L1 mass (arXiv 1312.6034, section 4).",
        [ImageArguments.One, ImageArguments.ClassName, ImageArguments.Start, Trajectory, RuleOptions.RuleFile, .. RuleOptions.BoxAlone, Layers, Channel,
            .. LookOptions.OfMaps, OutputFolder, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder)!);
        Look look = LookOptions.Of(parsed);

        using Explainer model = CommonOptions.Open(parsed);
        InputFile file = ImageArguments.OneOf(parsed);
        ResultFiles.Check(folder, $"{file.Stem}.parting.json");
        CompareRulesResult result = model.CompareRules(file, new CompareRulesOptions
        {
            Class = parsed.GetValue(ImageArguments.ClassName)!,
            Start = parsed.GetValue(ImageArguments.Start),
            Trajectory = parsed.GetValue(Trajectory)!,
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Layers = parsed.GetValue(Layers) ?? [],
            Channel = parsed.GetValue(Channel),
        }, ConsoleProgress.Of(parsed));
        IReadOnlyList<string> written = result.Save(folder, look);
        if (json) Output.PrintJson(result.Report);
        else if (!quiet) Print(result, model.Network, folder, written);
        return result.Comparison.AddsUp ? 0 : 1;
    }

    private static void Print(CompareRulesResult result, Network network, string folder, IReadOnlyList<string> written)
    {
        (RuleComparison ledger, PartingReport report) = (result.Comparison, result.Report);
        Console.WriteLine(result.Title);
        Console.WriteLine(Printable.Line($"the signal r of {ledger.Trajectory}, at each rectifier"));
        if (ledger.Layers.Count == 0)
        {
            Console.WriteLine("the network has no rectifier on this way: gradient, DeconvNet and guided part at LRN at most");
            Output.Wrote(folder, written);
            return;
        }
        Table table = Output.Table("\nrectifier", "\nelements", "count\nr = 0", "count\nboth", "count\nonly G", "count\nonly D",
            "count\nneither", "mass\nof r", "mass\nboth", "mass\nonly G", "mass\nonly D", "mass\nneither");
        foreach (PartingLayer layer in ledger.Layers) table.AddRow(Row(layer.Name + (layer.IsAnalogy ? " *" : ""), layer.Total));
        table.AddRow(Row("all", ledger.Total));
        Output.Console.Write(table);
        Console.WriteLine("count: in % of the elements; mass: in % of the sum of |r|. both: x > 0, r > 0, let through by "
            + "all three\nrules, and all that guided lets through; only G: x > 0, r < 0, by the gradient alone; only D: x <= 0, "
            + "r > 0, by\nDeconvNet alone; neither: x <= 0, r < 0, by none.");
        PartingLayer[] analogies = [.. ledger.Layers.Where(layer => layer.IsAnalogy)];
        if (analogies.Length > 0)
        {
            Console.WriteLine("* by analogy: a LeakyRelu multiplies by its slope what a ReLU would stop; a Clip lets through "
                + "whole where x\n  (gradient) or r (DeconvNet) lies between its bounds. What comes out changed counts beside "
                + "the cases.");
        }
        if (network.Nodes.Any(node => node.Layer is Lrn))
            Console.WriteLine("At LRN the rules part, too: DeconvNet passes it over. It has no such cases.");
        Output.RuleNote(report.RuleNote);
        if (ledger.Unreached.Count > 0)
            Console.WriteLine(Printable.Line($"not on the way: {string.Join(", ", ledger.Unreached)}"));
        Console.WriteLine(ledger.AddsUp
            ? $"Compared with what the engine's rectifiers let through of the same r, under each rule: at "
                + $"{(ledger.Layers.Count == 1 ? "the one rectifier" : $"all {ledger.Layers.Count} rectifiers")} the\nmasses of "
                + "the cases add up to it exactly, without rounding."
            : Printable.Line("FAILED: the cases do not add up to what the engine's rectifiers let through at "
                + string.Join(", ", ledger.Layers.Where(layer => !layer.AddsUp).Select(layer => layer.Name))));
        Output.Wrote(folder, written);
    }

    private static string[] Row(string name, PartingCases cases)
    {
        string Count(PartingCase which) => $"{100 * cases.CountShare(which):0.0}";
        string Mass(PartingCase which) => cases.Mass.IsZero ? "-" : $"{100 * cases.MassShare(which):0.0}";
        return [Markup.Escape(Printable.Line(name)), $"{cases.Elements}", Count(PartingCase.NoSignal), Count(PartingCase.Both),
            Count(PartingCase.OnlyGradient), Count(PartingCase.OnlyDeconvNet), Count(PartingCase.Neither),
            cases.Mass.Value >= 1000 ? $"{cases.Mass.Value:0}" : $"{cases.Mass.Value:G3}", Mass(PartingCase.Both),
            Mass(PartingCase.OnlyGradient), Mass(PartingCase.OnlyDeconvNet), Mass(PartingCase.Neither)];
    }
}
