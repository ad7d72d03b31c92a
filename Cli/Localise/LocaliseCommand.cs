using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
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
        + "and that flow equals cut)." + BrokenPictures.Help,
        [CommonOptions.Images, OneImage.ClassName, Rule, RuleOptions.RuleFile, .. RuleOptions.Relevance, .. LocaliseOptions.All, CommonOptions.OutputFolder,
            BrokenPictures.Strict, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        LocalisationOptions options = LocaliseOptions.Of(parsed);
        string folder = Output.CheckFolder(parsed.GetValue(CommonOptions.OutputFolder)!);
        IReadOnlyList<InputFile> files = InputFile.Expand(parsed.GetValue(CommonOptions.Images)!);
        if (files.FirstOrDefault(file => file.IsArray) is { } array)
        {
            throw new NetVizException($"'{array.Path}' is an array without colours; localise takes pictures",
                "give the photograph");
        }

        foreach (InputFile file in files) Output.CheckResults(folder, LocaliseFiles.Of(file.Stem).All);
        using LoadedModel model = LoadedModel.Open(parsed);
        BackwardRule rule = RuleOptions.One(parsed, parsed.GetValue(Rule)!, model);
        var reports = new List<LocaliseReport>();
        var broken = new BrokenPictures(parsed, files.Count);
        JobProgress.Run("localising", files.Count, quiet || json, progress =>
        {
            foreach (InputFile file in files)
            {
                broken.Try(file, () =>
                {
                    using OneImage image = OneImage.Open(file, model, parsed.GetValue(OneImage.ClassName)!, start: null);
                    LocaliseReport report = Localise(image, rule, options, folder);
                    reports.Add(report);
                    if (!json && !quiet) Console.WriteLine(LineOf(image, report));
                    if (report.Box is null && !quiet)
                    {
                        Output.Warn($"{file.Path}: there is no box of {report.ClassName} under {rule.Name}: "
                            + report.Certificate.Nothing);
                    }
                });
                progress.Report(reports.Count + broken.Count);
            }

            return true;
        });
        broken.RequireAny(reports.Count);
        if (json) Output.PrintJson(reports);
        else if (!quiet)
        {
            model.PrintRuleNote();
            Console.WriteLine(Printable.Line(FilesLine(reports, folder)));
        }

        broken.Tell(reports.Count);
        return reports.All(report => report.Certificate.Holds) ? 0 : 1;
    }

    private static LocaliseReport Localise(OneImage image, BackwardRule rule, LocalisationOptions options, string folder)
    {
        SaliencyMap map = SaliencyMap.Of(
            image.Record.Backward(image.Seed, rule).ToPlanes(image.Network.LayoutOf(0)));
        var photo = image.Photo!;
        ObjectLocalisation found =
            ObjectLocalisation.Of(photo, map.ToPhoto(image.Placement!.Value, photo.Width, photo.Height), options);
        string stem = image.File.Stem;
        LocaliseFiles written = LocaliseFiles.Of(stem);
        var report = new LocaliseReport(image, rule.Name, found, options, written);
        ImageFile.WritePng(LocalisationPictures.Overlay(found), Path.Combine(folder, written.Localised));
        ImageFile.WritePng(LocalisationPictures.Mask(found), Path.Combine(folder, written.Mask));
        ImageFile.WritePng(LocalisationPictures.Trimap(found), Path.Combine(folder, written.Trimap));
        Output.WriteJson(Path.Combine(folder, written.Json), report);
        return report;
    }

    private static string LineOf(OneImage image, LocaliseReport report)
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
        return Printable.Line($"{image}: {box}; {parts}{cut}");
    }

    private static string FilesLine(List<LocaliseReport> reports, string folder)
    {
        string[] files = [.. reports.Select(report => report.Files.Localised)];
        return string.Join(", ", files.Take(3)) + (files.Length > 3 ? ", ..." : "")
            + $", masks, trimaps and numbers in {folder}{Path.DirectorySeparatorChar}";
    }
}

/// <summary>The files of one picture.</summary>
internal sealed record LocaliseFiles(string Localised, string Mask, string Trimap, string Json)
{
    /// <summary>All of them.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<string> All => [Localised, Mask, Trimap, Json];

    /// <summary>The files of a picture whose results' names begin with a stem.</summary>
    public static LocaliseFiles Of(string stem) =>
        new($"{stem}.localised.png", $"{stem}.mask.png", $"{stem}.trimap.png", $"{stem}.localise.json");
}

/// <summary>What is known of one picture; boxes hold their last row and column.</summary>
internal sealed record LocaliseReport(string Image, string ImageSha256, int Width, int Height, int ClassIndex, string ClassName,
    float Score, float? Probability, string Rule, string Reduction, string Method, PixelBox? Box,
    LocalisationCertificate Certificate, IReadOnlyList<ConstantReport> Constants, LocaliseFiles Files, string Model,
    string ModelSha256, string Preprocessing, string Device, string Version)
{
    public LocaliseReport(OneImage image, string rule, ObjectLocalisation found, LocalisationOptions options, LocaliseFiles files)
        : this(image.File.Path, Convert.ToHexStringLower(image.File.Sha256()), found.Photo.Width, found.Photo.Height,
            image.Class.Index, image.Class.Name, image.Class.Score, image.Class.Probability, rule,
            "max over channels of |w| [paper]", LocalisationConstants.NameOf(options.Method), found.Box, found.Certificate,
            [.. LocalisationConstants.Of(options).Select(ConstantReport.Of)], files, image.Model.Model.Path,
            image.Model.Model.Sha256, image.Model.Preprocessing.Describe(), image.Model.Prepared.Kernels.Name, Output.Version) =>
        (Head, RuleNote) = (image.Model.Model.Head, image.Model.RuleNote);

    /// <summary>What must be known of the rule, such as that DeconvNet passes LRN unchanged.</summary>
    public string? RuleNote { get; }

    /// <summary>The output that was taken of a network with several.</summary>
    public string? Head { get; }
}
