using System.CommandLine;
using NetViz.Analysis.Proofs;
using NetViz.Cli.Common;
using NetViz.Engine.Rules;
using NetViz.Procedures;
using NetViz.Visualisation.Reports;
using Spectre.Console;

namespace NetViz.Cli.Prove;

/// <summary>
/// <c>netviz prove</c>: where gradient and DeconvNet are the same and where they part, layer by layer, for one network and one
/// image.
/// </summary>
internal static class ProveCommand
{
    private static readonly Option<string> Rule = new("--rule", "-r")
    {
        Description = "By which rule the signal comes down to each layer, where gradient and DeconvNet are then compared: "
            + "gradient, deconvnet, guided or a composite as for saliency. For lrp.NAME the books of each layer: the relevance "
            + "above is the relevance below, what the biases took and what the stabiliser took.",
        HelpName = "RULE[,PLACE=RULE]...",
        DefaultValueFactory = _ => BackwardRule.Gradient.Name,
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for x.proof.json and x.proof.html, a page that needs nothing beside it; of a relevance rule x.relevance.json.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Command Create() => CommonOptions.Create("prove",
        "Proves layer by layer, for this network and this image, that the gradient is DeconvNet but for the rectifiers (arXiv "
        + "1312.6034, section 4): the engine's backward pass against a DeconvNet written out literally. The exit code is 1 where "
        + "a statement fails.",
        [ImageArguments.One, ImageArguments.ClassName, Rule, RuleOptions.RuleFile, .. RuleOptions.BoxAlone, OutputFolder, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder)!);
        InputFile file = ImageArguments.OneOf(parsed);
        ResultFiles.Check(folder, $"{file.Stem}.proof.json", $"{file.Stem}.proof.html", $"{file.Stem}.relevance.json");
        using Explainer model = CommonOptions.Open(parsed);
        ProveResult result = model.Prove(file, new ProveOptions
        {
            Class = parsed.GetValue(ImageArguments.ClassName)!,
            Rule = parsed.GetValue(Rule)!,
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
        }, ConsoleProgress.Of(parsed));
        IReadOnlyList<string> written = result.Save(folder);
        if (json) Output.PrintJson(result.Report);
        else if (!quiet || !result.Holds)
        {
            if (result.Report is ProveReport report) Print(report);
            else RelevanceBooks.Print(result);
            Output.Wrote(folder, written);
        }

        return result.Holds ? 0 : 1;
    }

    private static void Print(ProveReport report)
    {
        ProofReport proof = report.Proof;
        Console.WriteLine(report.Title);
        Console.WriteLine(Printable.Line($"{Path.GetFileName(report.Model)} on {proof.Device} ({proof.DeviceDescription}), "
            + $"convolutions {report.Algorithm}; the signal comes down by the rule {proof.Trajectory}"));
        Table table = Output.Table([.. ProofSection.Columns.Select((c, i) => c.StartsWith('>') ? c[1..] : i == 0 ? c : $"<{c}")]);
        foreach (ProofRow row in proof.Rows)
        {
            string[] cells = [.. ProofSection.Cells(row).Select(cell => Markup.Escape(Printable.Line(cell)))];
            table.AddRow(row.Holds ? cells : [.. cells.Select(cell => $"[red]{cell}[/]")]);
        }

        Output.Console.Write(table);
        Console.WriteLine(Printable.Line(proof.Conclusion));
        foreach (string fault in ProofSection.Faults(proof)) Console.WriteLine(Printable.Line($"FAILS {fault}"));
        if (report.RuleNote is not null) Console.WriteLine(Printable.Line(report.RuleNote));
        Console.WriteLine();
        foreach (string line in ProofSection.Legend(proof)) Console.WriteLine(line);
    }
}
