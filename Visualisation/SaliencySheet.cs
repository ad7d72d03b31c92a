using System.Globalization;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation;

/// <summary>The sheet of <see cref="SaliencyPictures"/>: which picture stands where, and what is written beside it.</summary>
internal sealed class SaliencySheet
{
    private readonly SaliencyPictures pictures;
    private readonly SaliencyPictureOptions options;
    private readonly PanelFrame frame;
    private readonly Photo photo;
    private readonly InputPlacement placement;

    public SaliencySheet(SaliencyPictures pictures)
    {
        (this.pictures, options) = (pictures, pictures.Options);
        // Everything is drawn in the panel's coordinates: from the raw maps, not from maps of the photograph's size.
        frame = PanelFrame.Of(pictures.Photo, pictures.Placement, options.PanelSize);
        (photo, placement) = (frame.Photo, frame.Placement);
    }

    public Photo Draw() => Sheet.Draw(options.Title, options.Subtitle, Rows());

    /// <summary>The row of the maps, and below it that of the signals where they can be drawn.</summary>
    public IReadOnlyList<SheetRow> Rows()
    {
        List<SheetRow> rows = [MapRow()];
        if (pictures.Rules.Any(rule => rule.Signal is not null)
            && pictures.Rules.All(rule => rule.Signal is null || SignalImage.CanDraw(rule.Signal.Lengths[1])))
            rows.Add(SignalRow());
        return rows;
    }

    private SheetRow MapRow()
    {
        var shared = pictures.IsShared;
        List<SheetPanel> panels = [frame.PhotoPanel()];
        for (var i = 0; i < pictures.Rules.Count; i++)
        {
            var (rule, map) = (pictures.Rules[i], pictures.Maps[i]);
            var scale = shared ? pictures.SharedScale : pictures.Scales[i];
            var picture = HeatMap.Draw(map.ToPhoto(placement, photo.Width, photo.Height), scale, pictures.ColorsOf(i), photo);
            var note = map.Peak == 0 ? "every value is 0" : $"largest {Sheet.Number(map.Peak)}";
            var bar = shared ? null : new ColorBar(scale, pictures.ColorsOf(i),
                $"{Formula(rule)}; this map's own scale{Percentile(scale)}");
            panels.Add(new SheetPanel(rule.Caption ?? rule.Rule, picture, note, bar));
        }
        if (!shared)
            return new SheetRow(panels);
        var common = pictures.Rules.Count > 1 ? "; one scale for all maps" : "";
        var label = Formula(pictures.Rules[0]) + common + Percentile(pictures.SharedScale);
        return new SheetRow(panels, new ColorBar(pictures.SharedScale, pictures.ColorsOf(0), label), BarFrom: 1);
    }

    private SheetRow SignalRow()
    {
        List<SheetPanel> panels =
        [
            new($"The signal {string.Join(", ", pictures.Rules.Where(rule => rule.Signal is not null).Select(rule => rule.Symbol)
                .Distinct())} itself", null, "What the backward pass left at the image, its channels as colours: "
                + "grey is 0, brighter is above, darker below. Each picture has its own scale."),
        ];
        foreach (var rule in pictures.Rules)
        {
            if (rule.Signal is null)
            {
                panels.Add(new SheetPanel("", null));
                continue;
            }
            var scale = SignalImage.ScaleOf(rule.Signal, rule.Image);
            var picture = SignalImage.Draw(rule.Signal, rule.Image, scale, options.Channels, placement, photo);
            var note = scale.Limit == 0 ? "every value is 0" : $"±{Sheet.Number(scale.Limit)}{Percentile(scale)}";
            panels.Add(new SheetPanel("", picture, note));
        }
        return new SheetRow(panels);
    }

    private static string Percentile(in MapScale scale) => scale.Limit == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $", up to the {scale.Percentile}th percentile");

    private string Formula(RuleSignal rule) =>
        rule.Formula ?? SaliencyPictures.FormulaOf(options.Reduction, rule.Symbol);
}
