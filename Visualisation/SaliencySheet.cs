using System.Globalization;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

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

    public SheetPage Draw() => Sheet.Page(_options.Title, _options.Subtitle, Rows());

    /// <summary>The row of the maps, and below it that of the signals where they can be drawn.</summary>
    public IReadOnlyList<SheetRow> Rows()
    {
        var rows = new List<SheetRow>();
        var hasSignals = _pictures.Rules.Any(rule => rule.Signal is not null)
            && _pictures.Rules.All(rule => rule.Signal is null || SignalImage.CanDraw(rule.Signal.Lengths[1]));
        var inRow = Math.Max(1, _options.Columns - 1);
        for (var first = 0; first < _pictures.Rules.Count; first += inRow)
        {
            var chunk = Enumerable.Range(first, Math.Min(inRow, _pictures.Rules.Count - first)).ToArray();
            rows.Add(MapRow(chunk));
            if (hasSignals)
                rows.Add(SignalRow(chunk));
        }
        return rows;
    }

    private SheetRow MapRow(int[] chunk)
    {
        var shared = _pictures.IsShared;
        var rowScale = !shared ? default
            : _options.SheetScale == SheetScale.Row ? MapScale.Shared([.. chunk.Select(i => _pictures.Maps[i])], _options.Percentile)
            : _pictures.SharedScale;
        List<SheetPanel> panels = [chunk[0] == 0 ? _frame.PhotoPanel() : new SheetPanel("", null)];
        foreach (var i in chunk)
        {
            var (rule, map) = (_pictures.Rules[i], _pictures.Maps[i]);
            var scale = shared ? rowScale : _pictures.Scales[i];
            var picture = HeatMap.Draw(map.ToPhoto(_placement, _photo.Width, _photo.Height), scale, _pictures.ColorsOf(i), _photo);
            var note = map.Peak == 0 ? "every value is 0" : $"largest {Sheet.Number(map.Peak)}";
            if (shared && chunk.Length > 1 && SaliencyPictures.IsNearlyEmpty(map, scale))
                note += string.Create(CultureInfo.InvariantCulture,
                    $", under {SaliencyPictures.NearlyEmptyShare:P0} of the scale: its own scale shows it");
            var bar = shared ? null : new ColorBar(scale, _pictures.ColorsOf(i),
                $"{Formula(rule)}; this map's own scale{Percentile(scale)}{Colours(_pictures.ColorsOf(i))}");
            panels.Add(new SheetPanel(rule.Caption ?? rule.Rule, picture, note, bar));
        }
        if (!shared)
            return new SheetRow(panels);
        var common = _pictures.Rules.Count == 1 ? ""
            : _options.SheetScale == SheetScale.Row ? "; one scale for each row" : "; one scale for all maps";
        var label = Formula(_pictures.Rules[0]) + common + Percentile(rowScale) + Colours(_pictures.ColorsOf(chunk[0]));
        return new SheetRow(panels, new ColorBar(rowScale, _pictures.ColorsOf(chunk[0]), label), BarFrom: 1);
    }

    // The usual colours need no words.
    private string Colours(ColorMap colors) => _options.Colors is null ? "" : $"; colours: {colors.Name}";

    private SheetRow SignalRow(int[] chunk)
    {
        List<SheetPanel> panels = chunk[0] > 0 ? [new SheetPanel("", null)] :
        [
            new($"The signal {string.Join(", ", _pictures.Rules.Where(rule => rule.Signal is not null).Select(rule => rule.Symbol)
                .Distinct())} itself", null, "What the backward pass left at the image, its channels as colours: "
                + "grey is 0, brighter is above, darker below. Each picture has its own scale."),
        ];
        foreach (var rule in chunk.Select(i => _pictures.Rules[i]))
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
