using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Analysis.RuleComparisons;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.Proofs;

/// <summary>
/// A <see cref="RuleDifference"/> as a picture: both rules' signals, their difference, and what each layer contributes to
/// it, on one scale: that of the first three, so that a term's contrast is what it means for the difference. Terms can be far
/// larger than their sum; what lies beyond the scale is drawn as its end.
/// </summary>
public static class TelescopeSheet
{
    private const int PanelSize = 288;
    private const int PanelsInRow = 5;

    /// <summary>Whether the image's signals can be drawn: of one or three channels.</summary>
    /// <param name="difference">The difference.</param>
    /// <param name="layout">The network's input layout.</param>
    public static bool CanDraw(RuleDifference difference, ImageLayout layout)
    {
        ArgumentNullException.ThrowIfNull(difference);
        return difference.Shape.Rank == 4 && SignalImage.CanDraw(difference.Shape[layout == ImageLayout.Nchw ? 1 : 3]);
    }

    /// <summary>The sheet.</summary>
    /// <param name="difference">What to draw.</param>
    /// <param name="layout">The network's input layout.</param>
    /// <param name="order">Which colours its three channels are.</param>
    /// <param name="photo">The photograph; null where the input was an array.</param>
    /// <param name="input">Where the network's input lies on the photograph.</param>
    /// <param name="title">First line, e.g. the image and the class.</param>
    /// <param name="subtitle">Second line, e.g. the model.</param>
    /// <param name="scales">Whether all signals have that scale, or each its own.</param>
    /// <param name="image">Which of the N.</param>
    /// <exception cref="ArgumentException">The signal has not one or three channels.</exception>
    /// <exception cref="NetVizException">A signal holds NaN or infinity.</exception>
    public static SheetPage Draw(RuleDifference difference, ImageLayout layout, ChannelOrder order, Photo? photo,
        InputPlacement? input, string title, string subtitle, SheetScale scales = SheetScale.Shared, int image = 0)
    {
        ArgumentNullException.ThrowIfNull(difference);
        var (first, second) = (difference.First.Name, difference.Second.Name);
        (string Caption, Tensor<float> Signal, string Note)[] wholes =
        [
            (first, Planes(difference.FirstSignal), ""),
            (second, Planes(difference.SecondSignal), ""),
            ("their difference", Planes(difference.Difference), $"{second} - {first}: what the terms below add up to; "),
        ];
        (string Caption, Tensor<float> Signal, string Note)[] terms = [.. difference.Terms.Select(term => (term.Node.Name,
            Planes(term.Values), string.Create(CultureInfo.InvariantCulture, $"share {100 * term.Share:0.0;-0.0;0.0} %, ")))];

        var rowOf = new Dictionary<Tensor<float>, MapScale>(ReferenceEqualityComparer.Instance);
        foreach (var chunk in terms.Chunk(PanelsInRow))
        {
            var own = SignalImage.ScaleOf([.. chunk.Select(panel => panel.Signal)], image);
            foreach (var panel in chunk)
                rowOf[panel.Signal] = own;
        }
        var shared = SignalImage.ScaleOf([.. wholes.Select(panel => panel.Signal)], image);
        var frame = photo is not null && input is not null
            ? PanelFrame.Of(photo, input.Value, PanelSize)
            : PanelFrame.Without((int)wholes[0].Signal.Lengths[3], (int)wholes[0].Signal.Lengths[2], PanelSize);
        List<SheetPanel> panels = photo is null ? [] : [frame.PhotoPanel()];
        panels.AddRange(wholes.Select(Panel));
        List<SheetRow> rows = [new(panels), .. terms.Select(Panel).Chunk(PanelsInRow).Select(row => new SheetRow(row))];
        var percentile = string.Create(CultureInfo.InvariantCulture, $"{shared.Percentile}th percentile");
        var limits = scales == SheetScale.Own ? $"each signal on its own scale, up to its {percentile}: grey is 0"
            : scales == SheetScale.Row ? $"one scale for each row, up to its {percentile}: grey is 0"
            : shared.Limit == 0 ? "every value is 0"
            : $"one scale for all signals: grey is 0, black and white ±{Sheet.Number(shared.Limit)} and beyond, "
                + $"the {percentile} of {first}, {second} and their difference";
        return Sheet.Page(title, $"{subtitle}; {limits}", rows);

        Tensor<float> Planes(double[] values) => Numbers.Create(Array.ConvertAll(values, value => (float)value),
            [.. difference.Shape.Lengths.ToArray().Select(length => (nint)length)]).ToPlanes(layout);

        SheetPanel Panel((string Caption, Tensor<float> Signal, string Note) panel)
        {
            var peak = SaliencyMap.Of(panel.Signal, image).Peak;
            var scale = scales == SheetScale.Own ? SignalImage.ScaleOf(panel.Signal, image)
                : scales == SheetScale.Row && rowOf.TryGetValue(panel.Signal, out var row) ? row : shared;
            var picture = SignalImage.Draw(panel.Signal, image, scale, order, frame.Placement, frame.Photo);
            return new SheetPanel(panel.Caption, picture,
                panel.Note + (peak == 0 ? "every value is 0" : $"largest {Sheet.Number(peak)}")
                + (peak > 0 && peak < SaliencyPictures.NearlyEmptyShare * scale.Limit ? ", nearly empty here: its own scale shows it" : ""));
        }
    }
}
