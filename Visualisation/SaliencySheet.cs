using System.Globalization;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation;

/// <summary>The sheet of <see cref="SaliencyPictures"/>: which picture stands where, and what is written beside it.</summary>
internal sealed class SaliencySheet
{
    private readonly SaliencyPictures _pictures;
    private readonly SaliencyPictureOptions _options;
    private readonly PanelFrame _frame;
    private readonly Photo _photo;
    private readonly InputPlacement _placement;

    public SaliencySheet(SaliencyPictures pictures)
    {
        (_pictures, _options) = (pictures, pictures.Options);
        // Everything is drawn in the panel's coordinates: from the raw maps, not from maps of the photograph's size.
        _frame = PanelFrame.Of(pictures.Photo, pictures.Placement, _options.PanelSize);
        (_photo, _placement) = (_frame.Photo, _frame.Placement);
    }

    public Photo Draw() => Sheet.Draw(_options.Title, _options.Subtitle, Rows());

    /// <summary>The row of the maps, and below it that of the signals where they can be drawn.</summary>
    public IReadOnlyList<SheetRow> Rows()
    {
        List<SheetRow> rows = [MapRow()];
        if (_pictures.Rules.Any(rule => rule.Signal is not null)
            && _pictures.Rules.All(rule => rule.Signal is null || SignalImage.CanDraw(rule.Signal.Lengths[1])))
            rows.Add(SignalRow());
        return rows;
    }

    private SheetRow MapRow()
    {
        var shared = _pictures.IsShared;
        List<SheetPanel> panels = [_frame.PhotoPanel()];
        for (var i = 0; i < _pictures.Rules.Count; i++)
        {
            var (rule, map) = (_pictures.Rules[i], _pictures.Maps[i]);
            var scale = shared ? _pictures.SharedScale : _pictures.Scales[i];
            var picture = HeatMap.Draw(map.ToPhoto(_placement, _photo.Width, _photo.Height), scale, _pictures.ColorsOf(i), _photo);
            var note = map.Peak == 0 ? "every value is 0" : $"largest {Sheet.Number(map.Peak)}";
            var bar = shared ? null : new ColorBar(scale, _pictures.ColorsOf(i),
                $"{Formula(rule)}; this map's own scale{Percentile(scale)}");
            panels.Add(new SheetPanel(rule.Caption ?? rule.Rule, picture, note, bar));
        }
        if (!shared)
            return new SheetRow(panels);
        var common = _pictures.Rules.Count > 1 ? "; one scale for all maps" : "";
        var label = Formula(_pictures.Rules[0]) + common + Percentile(_pictures.SharedScale);
        return new SheetRow(panels, new ColorBar(_pictures.SharedScale, _pictures.ColorsOf(0), label), BarFrom: 1);
    }

    private SheetRow SignalRow()
    {
        List<SheetPanel> panels =
        [
            new($"The signal {string.Join(", ", _pictures.Rules.Where(rule => rule.Signal is not null).Select(rule => rule.Symbol)
                .Distinct())} itself", null, "What the backward pass left at the image, its channels as colours: "
                + "grey is 0, brighter is above, darker below. Each picture has its own scale."),
        ];
        foreach (var rule in _pictures.Rules)
        {
            if (rule.Signal is null)
            {
                panels.Add(new SheetPanel("", null));
                continue;
            }
            var scale = SignalImage.ScaleOf(rule.Signal, rule.Image);
            var picture = SignalImage.Draw(rule.Signal, rule.Image, scale, _options.Channels, _placement, _photo);
            var note = scale.Limit == 0 ? "every value is 0" : $"±{Sheet.Number(scale.Limit)}{Percentile(scale)}";
            panels.Add(new SheetPanel("", picture, note));
        }
        return new SheetRow(panels);
    }

    private static string Percentile(in MapScale scale) => scale.Limit == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $", up to the {scale.Percentile}th percentile");

    private string Formula(RuleSignal rule) =>
        rule.Formula ?? SaliencyPictures.FormulaOf(_options.Reduction, rule.Symbol);
}
