using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Cli.Maps;
using NetViz.Engine.Rules;
using NetViz.Visualisation;

namespace NetViz.Cli.Saliency;

/// <summary>
/// <c>netviz saliency</c>: the class's score sent down to the image, under each rule, as pictures, as raw signal and with
/// everything needed to repeat it.
/// </summary>
internal static class SaliencyCommand
{
    public const string TopClass = "top";

    private static readonly Option<string[]> Classes = new("--class", "-c")
    {
        Description = "The class to explain, by number or name, or 'top' for the one with the highest score. "
            + "May be repeated. [default: top]",
        HelpName = "N|NAME|top",
    };

    private static readonly Option<string> Reduce = new("--reduce")
    {
        Description = "How the channels of the signal w become one map: max over c of |w| [paper], sum of |w|, mean of |w|, or "
            + "signed sum of w [secondary].",
        HelpName = "max|sum|mean|signed",
        DefaultValueFactory = _ => "max",
    };

    private static readonly Option<string?> At = new("--layer", "--at")
    {
        Description = "The layer at whose output the signal is shown, instead of the image; with class activation maps their "
            + "layer. [default: the image; the last convolution that has rows and columns]",
        HelpName = "LAYER",
    };

    private static readonly Option<bool> Ledger = new("--ledger")
    {
        Description = "Print for each score what the image and the biases of each layer contribute to it, S = <w, I> + sum over "
            + "layers of <dS/db, b>, w the gradient, and the gap between both sides.",
    };

    public static Command Create() => CommonOptions.Create("saliency",
        "Shows which pixels a class score depends on: class saliency maps (arXiv 1312.6034, section 3) under the gradient, "
        + "DeconvNet and guided rules. "
        + "For x.png it writes x.RULE.png, x.RULE.overlay.png, x.RULE.npy, x.sheet.png and x.json; for x.npy it writes "
        + "x.RULE.npy and x.json. Further maps (--map) are x.smoothgrad.RULE.png, x.input-x-gradient.RULE.png, "
        + "x.integrated-gradients.png, x.occlusion.score.png, x.occlusion.probability.png and so on, on the same sheet."
        + BrokenPictures.Help,
        [CommonOptions.Images, Classes, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.Relevance, Reduce, .. MapOptions.All, At, Ledger,
            CommonOptions.OutputFolder, BrokenPictures.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        IReadOnlyList<InputFile> files = InputFile.Expand(parsed.GetValue(CommonOptions.Images)!);
        Reduction reduction = CommonOptions.ParseChoice<Reduction>("--reduce", parsed.GetValue(Reduce)!);
        string folder = Output.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        MapSettings maps = MapOptions.Of(parsed,
            hasRules: parsed.GetValue(RuleOptions.Rules) is { Length: > 0 } || parsed.GetValue(RuleOptions.RuleFile) is not null,
            parsed.GetValue(At), hasLedger: parsed.GetValue(Ledger));

        using LoadedModel model = LoadedModel.Open(parsed);
        model.Model.BeginSha256();
        BackwardRule[] rules = RuleOptions.Of(parsed, model, BackwardRule.All);
        string? at = parsed.GetValue(At);
        if (at is not null) model.Network.Find(at);
        if (maps.HasCam) at = null;
        string[] classes = parsed.GetValue(Classes) is { Length: > 0 } wanted ? [.. wanted.Distinct()] : [TopClass];
        int?[] indices = [.. classes.Select(c =>
            c.Equals(TopClass, StringComparison.OrdinalIgnoreCase) ? (int?)null : model.Model.FindClass(c))];

        var job = new SaliencyJob(model, rules, reduction, at, indices, folder, maps) 
        {
            Ledger = parsed.GetValue(Ledger),
            IsReductionGiven = parsed.GetResult(Reduce) is { Implicit: false },
        };
        foreach (InputFile file in files) Output.CheckResults(folder, job.KnownResults(file));
        var reports = new List<SaliencyReport>();
        var broken = new BrokenPictures(parsed, files.Count);
        JobProgress.Run("saliency", files.Count, quiet || json, progress =>
        {
            foreach (InputFile file in files)
            {
                broken.Try(file, () => reports.Add(file.IsArray ? job.ExplainArray(file) : job.ExplainPicture(file)));
                progress.Report(reports.Count + broken.Count);
            }

            return true;
        });
        broken.RequireAny(reports.Count);

        if (json) Output.PrintJson(reports);
        else if (!quiet) Print(reports, folder, rules, model);
        broken.Tell(reports.Count);
        return 0;
    }

    private static void Print(List<SaliencyReport> reports, string folder, BackwardRule[] rules, LoadedModel model)
    {
        foreach (SaliencyReport report in reports)
        {
            foreach (ImageReport image in report.Images)
            {
                string which = report.Images.Count > 1 ? $"{report.Image}[{image.Index}]" : report.Image;
                string found = string.Join("; ", image.Classes.Select(c =>
                    $"{c.ClassName} ({c.ClassIndex}), {ScoreText.Of(c.Score, c.Probability)}"));
                Console.WriteLine(Printable.Line($"{which}: {found}"));
                foreach ((ClassReport c, MapReport map) in image.Classes
                    .SelectMany(c => c.Maps.Where(m => m.Note is not null).Select(m => (c, m))))
                    Console.WriteLine("  " + Printable.Line($"{map.Title} of {c.ClassName}: {map.Note}"));
                foreach (ClassReport c in image.Classes) c.Ledger?.Print(c.ClassName, rules, model.Network);
            }

            report.TenCrops?.Print();
        }

        model.PrintRuleNote();
        string[] sheets = [.. reports.SelectMany(r => r.Images).SelectMany(i => i.Classes).Select(c => c.Sheet).OfType<string>()];
        string[] files = [.. reports.SelectMany(r => r.Images).SelectMany(i => i.Classes).SelectMany(c => c.Maps)
            .SelectMany(m => m.Files.Values).Distinct()];
        string some = string.Join(", ", files.Take(3)) + (files.Length > 3 ? ", ..." : "");
        IEnumerable<string> titles = reports[0].Images[0].Classes[0].Maps.Select(map => map.Title);
        Console.WriteLine(Printable.Line($"{string.Join(", ", titles)}: {some} "
            + $"in {folder}{Path.DirectorySeparatorChar}"));
        if (sheets.Length > 0)
        {
            string more = sheets.Length > 1 ? $" and {sheets.Length - 1} more" : "";
            Console.WriteLine(Printable.Line($"all maps in one picture: {Path.Combine(folder, sheets[0])}{more}"));
        }
    }
}
