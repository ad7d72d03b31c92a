using System.CommandLine;
using System.Numerics.Tensors;
using System.Text.Json.Serialization;
using NetViz.Analysis.RuleComparisons;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Proofs;
using NetViz.Visualisation.Rendering;
using Spectre.Console;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Cli.Decompose;

/// <summary><c>netviz decompose</c>: the difference of two rules as a sum of what each layer contributes.</summary>
internal static class DecomposeCommand
{
    // Differences of float32 signals, summed in double: telescoping leaves some 1e-16.
    private const double Bound = 1e-6;

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

    private static readonly Option<string> Scale = new("--scale")
    {
        Description = "Whether all signals of the sheet have one scale, or each its own.",
        HelpName = "shared|perpanel",
        DefaultValueFactory = _ => "shared",
    };

    private static readonly Option<string?> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for x.telescope.json, x.telescope.png and x.telescope.npy, the terms [n, C, H, W].",
        HelpName = "DIR",
    };

    public static Command Create(string name = "decompose")
    {
        Command command = CommonOptions.Create(name,
            "Takes the difference of two rules' signals apart into what each rectifier (and LRN) contributes: D - G = sum over k "
            + "of (H_k - H_k+1), where H_k follows D from layer k up and G below.",
            [OneImage.Argument, OneImage.ClassName, OneImage.Start, From, To, RuleOptions.RuleFile, Order, Scale, OutputFolder,
                CommonOptions.MaxPixels], Run);
        // From where to where is what this command is about; elsewhere --from is the catalogue's mirror.
        command.Options.Remove(CommonOptions.From);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        TelescopeOrder order = CommonOptions.ParseChoice<TelescopeOrder>("--order", parsed.GetValue(Order)!);
        SheetScale scale = CommonOptions.ParseChoice<SheetScale>("--scale", parsed.GetValue(Scale)!);
        string? folder = Output.CheckFolder(parsed.GetValue(OutputFolder));

        using LoadedModel model = LoadedModel.Open(parsed);
        BackwardRule first = RuleOptions.One(parsed, parsed.GetValue(From)!, model);
        BackwardRule second = RuleOptions.One(parsed, parsed.GetValue(To)!, model);
        if (first.Relevance is not null || second.Relevance is not null)
        {
            throw new NetVizException("relevance rules part at linear layers, not at rectifiers: their difference cannot be taken apart "
                + "so", "netviz saliency shows them side by side, netviz prove --rule lrp.NAME their books");
        }

        using OneImage image = OneImage.Open(parsed, model);
        string stem = image.File.Stem;
        Output.CheckResults(folder, $"{stem}.telescope.json", $"{stem}.telescope.npy", $"{stem}.telescope.png");
        RuleDifference difference = JobProgress.Run("telescope", 1, quiet || json,
            progress => RuleDifference.Of(image.Record, image.Seed, first, second, order, progress.Report));
        bool holds = difference.RelativeError <= Bound;
        var report = new TelescopeReport(image, first.Name, second.Name, order.ToString().ToLowerInvariant(),
            TensorPrimitives.Norm<double>(difference.FirstSignal), TensorPrimitives.Norm<double>(difference.SecondSignal),
            difference.Norm, [.. difference.Terms.Select(term => new TelescopeTermReport(term.Node.Name, term.Node.Layer.Operator,
                term.L1, term.L2, term.Share))], difference.RelativeError,
            difference.RelativeErrorByItself, holds);
        if (folder is not null)
        {
            report = report with { Files = Write(image, difference, scale, folder) };
            Output.WriteJson(Path.Combine(folder, $"{image.File.Stem}.telescope.json"), report);
        }

        if (json) Output.PrintJson(report);
        else if (!quiet) Print(image, difference, report, folder);
        return holds ? 0 : 1;
    }

    private static List<string> Write(OneImage image, RuleDifference difference, SheetScale scale, string folder)
    {
        var files = new List<string>();
        string stem = $"{image.File.Stem}.telescope";
        if (difference.Terms.Count > 0)
        {
            float[] values = [.. difference.Terms.SelectMany(term => term.Values.Select(value => (float)value))];
            nint[] lengths = [difference.Terms.Count, .. difference.Shape.Lengths[1..].ToArray().Select(length => (nint)length)];
            Npy.Write(Path.Combine(folder, $"{stem}.npy"), Numbers.Create(values, lengths));
            files.Add($"{stem}.npy");
        }
        ImageLayout layout = image.Network.Input.Layout;
        if (TelescopeSheet.CanDraw(difference, layout))
        {
            Photo sheet = TelescopeSheet.Draw(difference, layout, image.Model.Model.Preprocessing?.Order ?? ChannelOrder.Rgb,
                image.Photo, image.Placement, $"{Path.GetFileName(image.File.Path)}: {image.StartName}",
                $"{difference.Second} - {difference.First} of {Path.GetFileName(image.Model.Model.Path)}, layer by layer from "
                + $"the image up, {Where(difference)}", scale);
            ImageFile.WritePng(sheet, Path.Combine(folder, $"{stem}.png"));
            files.Add($"{stem}.png");
        }

        return files;
    }

    private static string Where(RuleDifference difference) => difference.Order == TelescopeOrder.Above
        ? $"{difference.Second} above each, {difference.First} below it"
        : $"{difference.First} above each, {difference.Second} below it";

    private static void Print(OneImage image, RuleDifference difference, TelescopeReport report, string? folder)
    {
        Console.WriteLine(image);
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
                + $"{Where(difference)}."));
            Console.WriteLine("share: the term's projection on the whole difference; a negative one works against it. The order "
                + "is not unique:\nchanging the layers over in another order gives other terms of the same sum (--order).");
            double norms = report.Terms.Sum(term => term.L2);
            Console.WriteLine(norms == 0 ? "Every term is 0: no signal tells the two rules apart here."
                : difference.Norm == 0 ? "The difference is 0: the terms cancel each other."
                : $"The terms' norms add up to {norms / difference.Norm:0.0} times that of the difference: the rest cancels.");
            bool isOne = report.Terms.Count == 1;
            Console.WriteLine($"The {Counted.Of(report.Terms.Count, "term")} {(isOne ? "adds" : "add")} up to the difference "
                + $"with a relative error of {difference.RelativeError:G2}"
                + (report.Holds ? ", as telescoping must." : $": FAILED, {Bound:G1} is allowed."));
            Console.WriteLine(difference.RelativeErrorByItself is { } error
                ? Printable.Line("Computed one by one (what layer k alone makes of the signal above it under "
                    + $"{difference.Second} minus under {difference.First},") + "\nsent down by the gradient) they add up to "
                    + $"it with {error:G2}, or "
                    + $"{ScoreText.Ratio(difference.ErrorByItself!.Value, norms, "G2", "the terms' norms")}."
                : "They can't be computed one by one as well: below each layer holds a rule that is not linear.");
        }

        image.Model.PrintRuleNote();
        if (folder is not null)
        {
            string files = string.Join(", ", report.Files!.Prepend($"{image.File.Stem}.telescope.json"));
            Console.WriteLine(Printable.Line($"{files} in {folder}{Path.DirectorySeparatorChar}"));
        }
    }

    /// <summary>What telescope.json holds; the order of the terms is that of the .npy.</summary>
    private sealed record TelescopeReport(OneImage Of, string FromRule, string ToRule, string Order, double FirstNorm,
        double SecondNorm, double DifferenceNorm, IReadOnlyList<TelescopeTermReport> Terms, double RelativeError,
        double? RelativeErrorByItself, bool Holds)
        : OneImageReport(Of)
    {
        [JsonIgnore]
        public OneImage Of { get; init; } = Of;

        public List<string>? Files { get; init; }
    }

    private sealed record TelescopeTermReport(string Layer, string Operator, double L1, double L2, double Share);
}
