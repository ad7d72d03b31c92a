using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Visualisation.Maps;
using NetViz.Visualisation.Reports;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>The maps of ten crops, mapped back onto the photograph and averaged (1312.6034, section 3.1).</summary>
internal static class TenCropSection
{
    public static ReportSection Section { get; } = new("ten-crop", _ => [], Write);

    private static void Write(HtmlPage page, ReportedImage reported)
    {
        OneImage image = reported.Image;
        page.Heading("The same, averaged over ten crops", 3);
        if (image.File.IsArray)
        {
            page.Paragraph("The input was given as an array; there is no photograph to crop.");
            return;
        }

        CroppedInput ten = CroppedInput.Of(image.Model, image.File, from: null, image.Run);
        using ForwardRecord record = image.Model.Prepared.Forward(ten.Input);
        RankedClass mean = Ranking.Mean(image.Model, record, image.Class.Index);
        RuleSignal[] signals = [.. reported.Rules.Select(rule => Average(image, record, ten.Crops, rule))];
        page.Paragraph("Four corners, the centre and their reflections, cut from "
            + $"{ten.Region.InputWidth}x{ten.Region.InputHeight} pixels ({ten.From}). Over the ten, "
            + $"{mean.Name} has the mean score {NumberText.Fixed(mean.Score, "0.000")}"
            + (mean.Probability is { } p ? Invariant($" and the mean probability {p:P1}.") : $" ({ScoreText.OneScore})."));
        page.Maps(new SaliencyPictures(ten.Photo, ten.Region, signals,
            new SaliencyPictureOptions { Channels = image.Model.Preprocessing.Order }));
    }

    private static RuleSignal Average(OneImage image, ForwardRecord record, TenCrops crops, BackwardRule rule)
    {
        Tensor<float> planes =
            record.Backward(Seed.Class(image.Class.Index), rule).ToPlanes(image.Network.LayoutOf(0));
        return new RuleSignal(rule.FileName(), crops.Average(planes), Caption: rule.Name)
        {
            Map = crops.Average([.. Enumerable.Range(0, TenCrops.Count).Select(k => SaliencyMap.Of(planes, k))]),
            Formula = $"mean over ten crops of {SaliencyPictures.FormulaOf(Reduction.Max, "w")}",
        };
    }
}
