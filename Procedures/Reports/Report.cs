using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Reports;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>What <see cref="Explainer.Report"/> puts on its page.</summary>
public sealed record ReportOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>The rules; none for gradient, deconvnet and guided.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>The parts of the page: prediction, rules, ten-crop, localisation, section-4; none for all.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];

    /// <summary>Whether the first picture that cannot be read ends the run.</summary>
    public bool Strict { get; init; }

    /// <summary>Refuses what makes no sense, before a model is loaded.</summary>
    /// <exception cref="NetVizException">A section is unknown.</exception>
    public void Check() => Chosen(Sections);

    internal ReportSection[] ChosenSections => Chosen(Sections);

    private static ReportSection[] Chosen(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (!ReportSection.All.Any(section => section.Name == name))
            {
                throw new NetVizException($"`Section` '{name}' is unknown; there are "
                    + $"{string.Join(", ", ReportSection.All.Select(section => section.Name))}");
            }
        }

        return [.. ReportSection.All.Where(section => names.Count == 0 || names.Contains(section.Name))];
    }
}

/// <summary>A page about some pictures.</summary>
public sealed class ReportResult
{
    private readonly ResultProvenance _provenance;
    private readonly ReportOfPage _report;

    internal ReportResult(HtmlPage page, IReadOnlyList<string> titles, BrokenPictures broken, string? ruleNote, ReportOfPage report,
        ResultProvenance provenance) =>
        (Page, Titles, Broken, RuleNote, _report, _provenance) = (page, titles, broken, ruleNote, report, provenance);

    /// <summary>The page.</summary>
    public HtmlPage Page { get; }

    /// <summary>Each picture with its class and score in one line.</summary>
    public IReadOnlyList<string> Titles { get; }

    /// <summary>The pictures that were left out.</summary>
    public BrokenPictures Broken { get; }

    internal string? RuleNote { get; }

    /// <summary>Writes the page, and beside it a .json with what it depends on.</summary>
    /// <param name="path">The .html file; for page.html the other is page.report.json.</param>
    /// <exception cref="NetVizException">One of them cannot be written, or must not be replaced.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using InvariantCulture culture = InvariantCulture.Begin();
        string name = Path.GetFileName(path);
        var writer = new ResultWriter(Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".");
        writer.Bytes(name, ResultKind.Page, Page.ToBytes());
        writer.Json(JsonOf(name), _report, _provenance with { Stem = Path.GetFileNameWithoutExtension(name) });
    }

    /// <summary>The .json beside a page.</summary>
    internal static string JsonOf(string page) => Path.ChangeExtension(page, ".report.json");
}

/// <summary>What page.report.json holds.</summary>
internal sealed record ReportOfPage(IReadOnlyList<string> Images, IReadOnlyList<string> Sections, string? RuleNote, string Version);

public sealed partial class Explainer
{
    /// <summary>
    /// One page about pictures: what the network sees, what its score depends on under each rule and over ten crops, where the
    /// object is, and the proof of section 4 (arXiv 1312.6034). Pictures are inside the page.
    /// </summary>
    /// <param name="images">The pictures or arrays.</param>
    /// <param name="options">What is on the page; null for all.</param>
    /// <param name="progress">Receives an event for each section.</param>
    /// <param name="token">Cancels it between sections.</param>
    /// <exception cref="NetVizException">No picture can be read, or an option does not fit.</exception>
    public ReportResult Report(IReadOnlyList<InputFile> images, ReportOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(images);
        options ??= new ReportOptions();
        ReportSection[] sections = options.ChosenSections;
        var run = new ProcedureRun(progress, token);
        BackwardRule[] rules = RulesOf(options.Rules, options, BackwardRule.All);
        string[] keep = [.. sections.SelectMany(section => section.Keeps(Network)).Distinct()];

        var page = new HtmlPage(images.Count == 1 ? $"NetViz: {images[0].Name}" : $"NetViz: {images.Count} pictures");
        var titles = new List<string>();
        var broken = new BrokenPictures(options.Strict, images.Count);
        run.Do("report", images.Count * sections.Length, bar =>
        {
            int done = 0;
            foreach (InputFile file in images)
            {
                broken.Try(file, () =>
                {
                    using OneImage image = OneImage.Open(file, this, options.Class, start: null, run, keep);
                    titles.Add(image.ToString());
                    string likely = image.Class.Probability is { } p ? Invariant($"{p:P1}") : image.Class.ScoreInWords;
                    page.Heading($"{file.Name}: {image.Class.Name}, {likely}");
                    var reported = new ReportedImage(image, rules);
                    foreach (ReportSection section in sections)
                    {
                        bar.Note($"{file.Name}, {section.Name}");
                        section.Write(page, reported);
                        bar.Report(++done);
                    }

                    page.Facts([("image", file.Path), ("SHA-256", Convert.ToHexStringLower(file.Sha256()))]);
                });
            }

            return true;
        });
        broken.RequireAny(titles.Count);
        if (broken.Found is { } missing)
        {
            page.Title = $"NetViz: {Counted.Of(titles.Count, "picture")}";
            page.Heading("Pictures left out").Facts([.. missing.Select(picture => (picture.File, picture.Reason))]);
        }

        string? ruleNote = LrnNote.Of(rules, Network);
        page.Heading("What it was made with").Facts(
        [
            ("model", Path.GetFileName(Model.Path)), ("SHA-256", Model.Sha256),
            ("preprocessing", images.All(file => file.IsArray)
                ? "none: the input was given preprocessed"
                : Preprocessing.Describe()),
            ("device", $"{Prepared.Kernels.Name} ({Prepared.Kernels.Description})"),
            ("netviz", ResultFiles.Version),
            .. ruleNote is not null ? [("rules", ruleNote)] : Array.Empty<(string, string)>(),
        ]);
        HashSet<string> left = [.. (broken.Found ?? []).Select(picture => picture.File)];
        return new ReportResult(page, titles, broken, ruleNote,
            new ReportOfPage(titles, [.. sections.Select(section => section.Name)], ruleNote, ResultFiles.Version),
            ProvenanceOf(options, null, images.Where(file => !left.Contains(file.Path))));
    }
}
