using System.CommandLine;
using NetViz.Analysis.RuleComparisons;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using NetViz.Visualisation.Rendering.Pages;
using Spectre.Console;

namespace NetViz.Cli.Decompose;

/// <summary><c>netviz decompose</c>: the difference of two rules as a sum of what each layer contributes.</summary>
internal static class DecomposeCommand
{
    private static readonly Option<string> From = new("--from")
    {
        Description = "The first rule G of D - G, or a composite as for --rule of netviz saliency. (A mirror of models is named "
            + "by NETVIZ_MIRROR here.)",
        HelpName = "RULE",
        DefaultValueFactory = _ => "gradient",
    };

    private static readonly Option<string> To = new("--to")
    {
        Description = "The second rule D of D - G.",
        HelpName = "RULE",
        DefaultValueFactory = _ => "deconvnet",
    };

    private static readonly Option<string> Order = new("--order")
    {
        Description = "Where the second rule already holds when a layer is changed over to it: above it, up to the score, or "
            + "below it, down to the image.",
        HelpName = "above|below",
        DefaultValueFactory = _ => "above",
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for x.telescope.json, x.telescope.png, x.telescope.npy, the terms [n, C, H, W], and x.telescope.RULE.npy, the signals of both rules.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Command Create(string name = "decompose")
    {
        Command command = CommonOptions.Create(name,
            "Takes the difference of two rules' signals apart into what each rectifier (and LRN) contributes: D - G = sum over k "
            + "of (H_k - H_k+1), where H_k follows D from layer k up and G below.",
            [ImageArguments.One, ImageArguments.ClassName, ImageArguments.LayerStart, From, To, RuleOptions.RuleFile, Order, .. LookOptions.OfSignals, OutputFolder,
                CommonOptions.MaxPixels], Run);
        // From where to where is what this command is about; elsewhere --from is the catalogue's mirror.
        command.Options.Remove(CommonOptions.From);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        var options = new DecomposeOptions
        {
            Class = parsed.GetValue(ImageArguments.ClassName)!,
            Start = parsed.GetValue(ImageArguments.LayerStart),
            First = parsed.GetValue(From)!,
            Second = parsed.GetValue(To)!,
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Order = CommonOptions.ParseChoice<TelescopeOrder>("--order", parsed.GetValue(Order)!),
        };
        string folder = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder)!);
        Look look = LookOptions.Of(parsed);

        using Explainer model = CommonOptions.Open(parsed);
        InputFile file = ImageArguments.OneOf(parsed);
        string stem = file.Stem;
        ResultFiles.Check(folder, $"{stem}.telescope.json", $"{stem}.telescope.npy", $"{stem}.telescope{look.Format.Extension()}");
        DecomposeResult result = model.Decompose(file, options, ConsoleProgress.Of(parsed));
        IReadOnlyList<string> written = result.Save(folder, look);
        if (json) Output.PrintJson(result.Report);
        else if (!quiet) Print(result, folder, written);
        return result.Holds ? 0 : 1;
    }

    private static void Print(DecomposeResult result, string folder, IReadOnlyList<string> written)
    {
        (RuleDifference difference, TelescopeReport report) = (result.Difference, result.Report);
        Console.WriteLine(result.Title);
        Console.WriteLine(Printable.Line($"|{difference.First}| {report.FirstNorm:G4}, |{difference.Second}| "
            + $"{report.SecondNorm:G4}, |{difference.Second} - {difference.First}| {report.DifferenceNorm:G4}"));
        if (difference.Terms.Count == 0)
        {
            Console.WriteLine("the two rules do the same at every layer on this way: there is no difference to take apart");
        }
        else
        {
            Table table = Output.Table("layer", "<operator", "sum of |term|", "norm", "share %");
            foreach (TelescopeTermReport term in report.Terms)
                table.AddRow(Markup.Escape(Printable.Line(term.Layer)), term.Operator, $"{term.L1:G4}", $"{term.L2:G4}",
                    $"{100 * term.Share:0.00;-0.00;0.00}");
            table.AddRow("all terms", "", "", $"{difference.Norm:G4}",
                NumberText.Fixed(100 * report.Terms.Sum(term => term.Share), "0.00"));
            Output.Console.Write(table);
            Console.WriteLine(Printable.Line($"Each term changes one layer from {difference.First} to {difference.Second}, with "
                + $"{DecomposeResult.Where(difference)}."));
            Console.WriteLine("share: the term's projection on the whole difference; a negative one works against it. The order "
                + "is not unique:\nchanging the layers over in another order gives other terms of the same sum (--order).");
            double norms = report.Terms.Sum(term => term.L2);
            Console.WriteLine(norms == 0 ? "Every term is 0: no signal tells the two rules apart here."
                : difference.Norm == 0 ? "The difference is 0: the terms cancel each other."
                : $"The terms' norms add up to {norms / difference.Norm:0.0} times that of the difference: the rest cancels.");
            bool isOne = report.Terms.Count == 1;
            Console.WriteLine($"The {Counted.Of(report.Terms.Count, "term")} {(isOne ? "adds" : "add")} up to the difference "
                + $"with a relative error of {difference.RelativeError:G2}"
                + (report.Holds ? ", as telescoping must." : $": FAILED, {DecomposeResult.Bound:G1} is allowed."));
            Console.WriteLine(difference.RelativeErrorByItself is { } error
                ? Printable.Line("Computed one by one (what layer k alone makes of the signal above it under "
                    + $"{difference.Second} minus under {difference.First},") + "\nsent down by the gradient) they add up to "
                    + $"it with {error:G2}, or "
                    + $"{ScoreText.Ratio(difference.ErrorByItself!.Value, norms, "G2", "the terms' norms")}."
                : "They can't be computed one by one as well: below each layer holds a rule that is not linear.");
        }

        Output.RuleNote(report.RuleNote);
        Output.Wrote(folder, written);
    }
}
