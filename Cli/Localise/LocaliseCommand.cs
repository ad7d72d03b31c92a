using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Procedures;
using NetViz.Visualisation.Localisation;
using NetViz.Visualisation.Rendering;

namespace NetViz.Cli.Localise;

/// <summary><c>netviz localise</c>: mask and box of what a class's saliency map points at.</summary>
internal static class LocaliseCommand
{
    private static readonly Option<string> Rule = new("--rule", "-r")
    {
        Description = "The rule of the saliency map: gradient [paper], deconvnet, guided, a composite as for netviz "
            + "saliency, or the name of one in --rule-file.",
        HelpName = "RULE[,PLACE=RULE]...",
        DefaultValueFactory = _ => "gradient",
    };

    public static Command Create() => CommonOptions.Create("localise",
        "Finds the object of a class in a picture without having been taught any box (arXiv 1312.6034, section 3.2): the "
        + "saliency map's extremes teach colour models, a graph cut parts the picture, and the largest connected component gets "
        + "a box. For x.png it writes x.localised.png (the object, outlined, with its box), x.mask.png, x.trimap.png (what "
        + "taught the colour models: white the object's, black the background's) and x.localise.json (box, energies, constants, "
        + "and that flow equals cut)." + ImageArguments.Help,
        [CommonOptions.Images, ImageArguments.ClassName, Rule, RuleOptions.RuleFile, .. RuleOptions.Relevance, .. LocalisationArguments.All, LookOptions.PngLevel, CommonOptions.OutputFolder,
            ImageArguments.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        var options = new LocaliseOptions
        {
            Class = parsed.GetValue(ImageArguments.ClassName)!,
            Rule = parsed.GetValue(Rule)!,
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Localisation = LocalisationArguments.Of(parsed),
        };
        string folder = ResultFiles.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        IReadOnlyList<InputFile> files = ImageArguments.AllOf(parsed);
        if (files.FirstOrDefault(file => file.IsArray) is { } array)
        {
            throw new NetVizException($"'{array.Path}' is an array without colours; localise takes pictures",
                "give the photograph");
        }

        Look look = LookOptions.Of(parsed);
        string[] summary = files.Count > 1 ? FolderSummary.NamesOf("localise.", hasPictures: true, look) : [];
        ResultFiles.Check(folder, summary);
        foreach (InputFile file in files) ResultFiles.Check(folder, LocaliseFiles.Of(file.Stem).All);
        using Explainer model = CommonOptions.Open(parsed);
        var reports = new List<LocaliseReport>();
        var thumbnails = new List<Photo>();
        var broken = new BrokenPictures(parsed.GetValue(ImageArguments.Strict), files.Count);
        ConsoleProgress console = ConsoleProgress.Of(parsed);
        console.Do("localising", files.Count, _ =>
        {
            foreach (InputFile file in files)
            {
                broken.Try(file, () =>
                {
                    LocaliseResult found = model.Localise(file, options, console);
                    found.Save(folder, look);
                    LocaliseReport report = found.Report;
                    reports.Add(report);
                    if (summary.Length > 0) thumbnails.Add(Thumbnail.Of(LocalisationPictures.Overlay(found.Found), FolderSummary.ThumbnailSide));
                    if (!json && !quiet) Console.WriteLine(LineOf(found.Title, report));
                    if (report.SignalNote is { } note && !quiet) Output.Warn($"{file.Path}, {report.Rule}: {note}");
                    if (report.Box is null && !quiet)
                    {
                        Output.Warn($"{file.Path}: there is no box of {report.ClassName} under {report.Rule}: "
                            + report.Certificate.Nothing);
                    }
                });
                console.Advance(reports.Count + broken.Count);
            }

            return true;
        });
        broken.RequireAny(reports.Count);
        if (summary.Length > 0)
        {
            FolderSummary.Write(folder, "localise.", $"objects by {options.Rule} of {Path.GetFileName(model.Model.Path)}", look,
                [.. reports.Zip(thumbnails, (report, small) => new SummaryLine(report.Image, report.ClassIndex, report.ClassName, report.Score,
                    report.Probability, [("box_share", report.Box is { } box
                        ? (double)box.Width * box.Height / ((double)report.Width * report.Height) : null)], report.Files.Localised, small))]);
        }

        if (json) Output.PrintJson(reports);
        else if (!quiet)
        {
            Output.RuleNote(reports[0].RuleNote);
            Output.Line(FilesLine(reports, folder));
            if (summary.Length > 0) Output.Wrote(folder, summary);
            Output.FirstPhotograph(model, files);
        }

        ImageArguments.Tell(broken, reports.Count);
        return reports.All(report => report.Certificate.Holds) ? 0 : 1;
    }

    private static string LineOf(string title, LocaliseReport report)
    {
        string box = report.Box is { } b
            ? $"box x {b.XMin} to {b.XMax}, y {b.YMin} to {b.YMax} of {report.Width}x{report.Height}, "
                + $"{100.0 * b.Width * b.Height / ((double)report.Width * report.Height):0} % of it"
            : "no box";
        LocalisationCertificate certificate = report.Certificate;
        string parts = report.Box is null ? certificate.Nothing!
            : certificate.Components == 1 ? "one component"
            : $"largest of {certificate.Components} components";
        string cut = certificate.Cut is null ? "" : certificate.Holds ? "; flow = cut" : "; FAILED: flow is not the cut";
        return Printable.Line($"{title}: {box}; {parts}{cut}");
    }

    private static string FilesLine(List<LocaliseReport> reports, string folder)
    {
        string[] files = [.. reports.Select(report => report.Files.Localised)];
        return string.Join(", ", files.Take(3)) + (files.Length > 3 ? ", ..." : "")
            + $", masks, trimaps and numbers in {folder}{Path.DirectorySeparatorChar}";
    }
}
