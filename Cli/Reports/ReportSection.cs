using NetViz.Engine;
using NetViz.Visualisation.Reports;

namespace NetViz.Cli.Reports;

/// <summary>
/// A part of <c>netviz report</c>. A section is one file with an instance of this, and one line in <see cref="All"/>.
/// </summary>
/// <param name="Name">Its name for --section.</param>
/// <param name="Keeps">Layers whose activations it needs.</param>
/// <param name="Write">Adds it to the page.</param>
internal sealed record ReportSection(string Name, Func<Network, string[]> Keeps, Action<HtmlPage, ReportedImage> Write)
{
    /// <summary>All sections in the order of the page.</summary>
    public static IReadOnlyList<ReportSection> All { get; } =
    [
        PredictionSection.Section, RulesSection.Section, TenCropSection.Section, LocalisationSection.Section,
        SectionFour.Section,
    ];
}

/// <summary>One image of a report.</summary>
/// <param name="Image">The image, run forward.</param>
/// <param name="Rules">The rules that the report shows.</param>
internal sealed record ReportedImage(OneImage Image, IReadOnlyList<BackwardRule> Rules);
