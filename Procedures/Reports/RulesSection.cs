using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Reports;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>The class's score sent down to the image under each rule, side by side.</summary>
internal static class RulesSection
{
    public static ReportSection Section { get; } = new("rules", _ => [], Write);

    private static void Write(HtmlPage page, ReportedImage reported)
    {
        OneImage image = reported.Image;
        page.Heading("What the class score depends on", 3);
        Tensor<float>[] signals = [.. reported.Rules.Select(reported.Signal)];
        if (image.Photo is Photo photo && image.Placement is InputPlacement placement)
        {
            RuleSignal[] planes = [.. reported.Rules.Select((rule, r) =>
                new RuleSignal(rule.FileName(), signals[r], Caption: rule.Name))];
            var pictures = new SaliencyPictures(photo, placement, planes,
                new SaliencyPictureOptions { Channels = image.Model.Preprocessing.Order });
            page.Paragraph("The signal w is what a backward pass from the class's score leaves at the image (arXiv 1312.6034, "
                + "section 3); the rules differ in how it passes a rectifier. The maps have one scale: a rule with small values "
                + "looks dark.");
            page.Maps(pictures);
            string[] empty = [.. reported.Rules.Where((_, r) => pictures.IsNearlyEmpty(r)).Select(rule => rule.Name)];
            if (empty.Length > 0)
            {
                page.Paragraph($"Nearly empty on the common scale: {string.Join(", ", empty)}. The same maps, each on its own scale:");
                page.Maps(new SaliencyPictures(photo, placement, planes, new SaliencyPictureOptions
                {
                    Channels = image.Model.Preprocessing.Order,
                    SheetScale = SheetScale.Own,
                }));
            }
        }
        else
        {
            page.Paragraph("The input was given as an array; there is no picture to draw on.");
        }

        page.Table(["rule", ">norm of w", ">largest |w|", ">share of w that is 0"],
            reported.Rules.Select((rule, r) => (IReadOnlyList<string>)
            [
                rule.Name, Invariant($"{SignalNorm.Of(signals[r]):G4}"), Invariant($"{signals[r].Max(Math.Abs):G4}"),
                Invariant($"{signals[r].Count(w => w == 0) / (double)signals[r].FlattenedLength:P1}"),
            ]));
        foreach ((BackwardRule rule, Tensor<float> signal) in reported.Rules.Zip(signals))
        {
            if (SignalNorm.Of(signal) == 0)
                page.Paragraph($"{rule.Name}: {SaliencyJob.LastReached(image.Record, [image.Class.Index], rule)}.");
        }
    }
}
