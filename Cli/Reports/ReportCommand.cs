using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Reports;

namespace NetViz.Cli.Reports;

/// <summary><c>netviz report</c>: one HTML page that can be mailed to a colleague.</summary>
internal static class ReportCommand
{
    private static readonly Option<string[]> Sections = new("--section")
    {
        Description = $"A part of the page: {string.Join(", ", ReportSection.All.Select(section => section.Name))}. May be "
            + "repeated. [default: all]",
        HelpName = "NAME",
    };

    private static readonly Option<string> PageFile = new("--output", "-o")
    {
        Description = "The page to write.",
        HelpName = "FILE.html",
        DefaultValueFactory = _ => "report.html",
    };

    public static Command Create() => CommonOptions.Create("report",
        "Writes one HTML page with what the network sees in a picture, what its score depends on under each rule and "
        + "over ten crops, where the object is, and the proof of section 4 (arXiv 1312.6034). Pictures are inside the page; it "
        + "needs no network and no script." + BrokenPictures.Help,
        [CommonOptions.Images, OneImage.ClassName, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.Relevance, Sections, PageFile,
            BrokenPictures.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string output = Output.CheckFile("--output", parsed.GetValue(PageFile)!);
        ReportSection[] sections = Chosen(parsed.GetValue(Sections) ?? []);
        IReadOnlyList<InputFile> files = InputFile.Expand(parsed.GetValue(CommonOptions.Images)!);
        OutputFile.Check(output, ResultKind.Page);
        using LoadedModel model = LoadedModel.Open(parsed);
        BackwardRule[] rules = RuleOptions.Of(parsed, model, BackwardRule.All);
        string[] keep = [.. sections.SelectMany(section => section.Keeps(model.Network)).Distinct()];

        var page = new HtmlPage(files.Count == 1 ? $"NetViz: {files[0].Name}" : $"NetViz: {files.Count} pictures");
        var titles = new List<string>();
        var broken = new BrokenPictures(parsed, files.Count);
        JobProgress.Run("report", files.Count * sections.Length, quiet || json, progress =>
        {
            int done = 0;
            foreach (InputFile file in files)
            {
                broken.Try(file, () =>
                {
                    using OneImage image = OneImage.Open(file, model, parsed.GetValue(OneImage.ClassName)!, start: null, keep);
                    titles.Add(image.ToString());
                    string likely = image.Class.Probability is { } p ? $"{p:P1}" : image.Class.ScoreInWords;
                    page.Heading($"{file.Name}: {image.Class.Name}, {likely}");
                    var reported = new ReportedImage(image, rules);
                    foreach (ReportSection section in sections)
                    {
                        progress.Note($"{file.Name}, {section.Name}");
                        section.Write(page, reported);
                        progress.Report(++done);
                    }

                    page.Facts([("image", file.Path), ("SHA-256", Convert.ToHexStringLower(file.Sha256()))]);
                });
            }

            return true;
        });
        broken.RequireAny(titles.Count);
        if (broken.Found is { } left)
        {
            page.Title = $"NetViz: {Counted.Of(titles.Count, "picture")}";
            page.Heading("Pictures left out").Facts([.. left.Select(picture => (picture.File, picture.Reason))]);
        }

        page.Heading("What it was made with").Facts(
        [
            ("model", Path.GetFileName(model.Model.Path)), ("SHA-256", model.Model.Sha256),
            ("preprocessing", files.All(file => file.IsArray)
                ? "none: the input was given preprocessed"
                : model.Preprocessing.Describe()),
            ("device", $"{model.Prepared.Kernels.Name} ({model.Prepared.Kernels.Description})"),
            ("netviz", Output.Version),
            .. model.RuleNote is { } note ? [("rules", note)] : Array.Empty<(string, string)>(),
        ]);
        page.Write(output);

        IEnumerable<string> names = sections.Select(section => section.Name);
        if (json) Output.PrintJson(new { Output = output, Images = titles, Sections = names, model.RuleNote });
        else if (!quiet)
        {
            model.PrintRuleNote();
            Console.WriteLine(Printable.Line($"{output}: {string.Join("; ", titles)}"));
        }

        broken.Tell(titles.Count);
        return 0;
    }

    private static ReportSection[] Chosen(string[] names)
    {
        foreach (string name in names)
        {
            if (!ReportSection.All.Any(section => section.Name == name))
            {
                throw new NetVizException($"--section '{name}' is unknown; there are "
                    + $"{string.Join(", ", ReportSection.All.Select(section => section.Name))}");
            }
        }

        return [.. ReportSection.All.Where(section => names.Length == 0 || names.Contains(section.Name))];
    }
}
