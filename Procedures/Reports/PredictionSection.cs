using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Reports;

namespace NetViz.Procedures;

/// <summary>The photograph, and the classes that the network sees in it.</summary>
internal static class PredictionSection
{
    private const int Classes = 5;
    private const int LongerSide = 640;

    public static ReportSection Section { get; } = new("prediction", _ => [], Write);

    private static void Write(HtmlPage page, ReportedImage reported)
    {
        OneImage image = reported.Image;
        page.Heading("What the network sees", 3);
        page.Beside(_ =>
        {
            if (image.Photo is Photo photo)
                page.Figure(Thumbnail.Of(photo, LongerSide), image.File.Name, caption: image.File.Name);
            page.Table(["class", ">index", ">score", ">probability"],
                Ranking.Top(image.Model, image.Record, 0, Classes).Select(c => (IReadOnlyList<string>)
                    [c.Name, $"{c.Index}", NumberText.Fixed(c.Score, "0.000"), ScoreText.Percent(c.Probability)]));
        });
        page.Paragraph(image.Class.Probability is null ? $"score: {ScoreText.OneScore}."
            : "score: before the softmax; probability: the softmax of the scores.");
    }
}
