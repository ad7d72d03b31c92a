using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Localisation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Reports;

namespace NetViz.Procedures;

/// <summary>Where the object is, by a graph cut that the map teaches its colours (1312.6034, section 3.2).</summary>
internal static class LocalisationSection
{
    private const int LongerSide = 384;

    public static ReportSection Section { get; } = new("localisation", _ => [], Write);

    private static void Write(HtmlPage page, ReportedImage reported)
    {
        OneImage image = reported.Image;
        page.Heading("Where the object is", 3);
        if (image.Photo is not Photo photo || image.Placement is not InputPlacement placement)
        {
            page.Paragraph("The input was given as an array; there are no colours to cut by.");
            return;
        }

        page.Paragraph("The pixels with the highest saliency teach the colours of the object, those with the lowest the colours "
            + "of the rest; a graph cut parts the picture (dark: the rest), and the largest connected component gets the box, "
            + "which holds its last row and column.");
        var rows = new List<IReadOnlyList<string>>();
        page.Row(_ =>
        {
            foreach (BackwardRule rule in reported.Rules)
            {
                SaliencyMap map = SaliencyMap.Of(reported.Signal(rule));
                ObjectLocalisation found = ObjectLocalisation.Of(photo, map.ToPhoto(placement, photo.Width, photo.Height));
                page.Figure(Thumbnail.Of(LocalisationPictures.Overlay(found), LongerSide),
                    $"the object by the map of {rule.Name}, outlined, and its box", NearlyEmpty.NoteOf(map) ?? "", rule.Name);
                rows.Add(found.Box is PixelBox b
                    ? [rule.Name, $"{b.XMin} to {b.XMax}", $"{b.YMin} to {b.YMax}", $"{found.Certificate.Components}",
                        found.Certificate.Holds ? "equals the cut" : "FAILED: is not the cut"]
                    : [rule.Name, "no box", "", "", found.Certificate.Nothing ?? ""]);
            }
        });
        page.Table(["rule", ">x", ">y", ">components", "flow"], rows,
            i => rows[i][^1].StartsWith("FAILED", StringComparison.Ordinal));
    }
}
