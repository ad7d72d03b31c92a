using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine.Files;
using NetViz.Procedures;

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
        Description = "The page to write; beside FILE.html FILE.report.json says how it was made.",
        HelpName = "FILE.html",
        DefaultValueFactory = _ => "report.html",
    };

    public static Command Create() => CommonOptions.Create("report",
        "Writes one HTML page with what the network sees in a picture, what its score depends on under each rule and "
        + "over ten crops, where the object is, and the proof of section 4 (arXiv 1312.6034). Pictures are inside the page; it "
        + "needs no network and no script." + ImageArguments.Help,
        [CommonOptions.Images, ImageArguments.ClassName, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.Relevance, Sections, PageFile,
            ImageArguments.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        string output = ResultFiles.CheckFile("Output", parsed.GetValue(PageFile)!);
        var options = new ReportOptions
        {
            Class = parsed.GetValue(ImageArguments.ClassName)!,
            Rules = parsed.GetValue(RuleOptions.Rules) ?? [],
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Sections = parsed.GetValue(Sections) ?? [],
            Strict = parsed.GetValue(ImageArguments.Strict),
        };
        options.Check();
        IReadOnlyList<InputFile> files = ImageArguments.AllOf(parsed);
        OutputFile.Check(output, ResultKind.Page);
        OutputFile.Check(ReportResult.JsonOf(output), ResultKind.Json);
        using Explainer model = CommonOptions.Open(parsed);
        ReportResult result = model.Report(files, options, ConsoleProgress.Of(parsed));
        result.Save(output);

        IEnumerable<string> names = options.ChosenSections.Select(section => section.Name);
        if (parsed.GetValue(CommonOptions.Json))
        {
            Output.PrintJson(new { Output = output, Images = result.Titles, Sections = names, result.RuleNote });
        }
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            Output.RuleNote(result.RuleNote);
            Output.Line($"{output}: {string.Join("; ", result.Titles)}");
            Output.Line($"wrote {output} and {ReportResult.JsonOf(output)}");
            Output.FirstPhotograph(model, files);
        }

        ImageArguments.Tell(result.Broken, result.Titles.Count);
        return 0;
    }
}
