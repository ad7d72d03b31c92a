using System.Globalization;
using NetViz.Analysis.RuleComparisons;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Proofs;

/// <summary>
/// One rectifier of a <see cref="RuleComparison"/> as a picture: where on the image the signal of each of the four cases lies,
/// on one scale; which case has most of it at each position; and, of one channel, the case of each element.
/// </summary>
public sealed class PartingSheet
{
    private const int PanelSize = 288;

    private static readonly PartingCase[] Four =
        [PartingCase.Both, PartingCase.OnlyGradient, PartingCase.OnlyDeconvNet, PartingCase.Neither];

    private static readonly Rgb Ink = Rgb.Grey(24);
    private static readonly SheetLetters LegendLetters = new(10, 1.35);

    private readonly PartingLayer _layer;
    private readonly bool _hasPhoto;
    private readonly PanelFrame _frame;
    private readonly InputPlacement _placement;
    private ColorMap? _colours;
    private double? _percentile;
    private SheetScale _scale = SheetScale.Row;

    /// <summary>Prepares the pictures of one layer.</summary>
    /// <param name="layer">A layer with rows and columns.</param>
    /// <param name="photo">The photograph; null where the input was an array.</param>
    /// <param name="input">Where the network's input lies on the photograph.</param>
    /// <exception cref="ArgumentException">The layer has no rows and columns.</exception>
    public PartingSheet(PartingLayer layer, Photo? photo, in InputPlacement? input)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (!layer.HasPlanes)
            throw new ArgumentException($"Layer {layer.Name} of the shape {layer.Shape} has no rows and columns.", nameof(layer));
        (_layer, _hasPhoto) = (layer, photo is not null && input is not null);
        var (height, width) = layer.Plane;
        _frame = _hasPhoto ? PanelFrame.Of(photo!, input!.Value, PanelSize) : PanelFrame.Without(width, height, PanelSize);
        _placement = _frame.PlacementOf(width, height);
    }

    /// <summary>The case in words.</summary>
    /// <param name="which">The case.</param>
    public static string NameOf(PartingCase which) => which switch
    {
        PartingCase.Both => "both",
        PartingCase.OnlyGradient => "only gradient",
        PartingCase.OnlyDeconvNet => "only DeconvNet",
        PartingCase.Neither => "neither",
        _ => "no signal",
    };

    /// <summary>The sheet.</summary>
    /// <param name="title">First line, e.g. the image and the class.</param>
    /// <param name="subtitle">Second line, e.g. the model, the layer and the trajectory.</param>
    /// <param name="channel">The channel whose cases are shown element by element; null for none.</param>
    /// <param name="image">Which of the N.</param>
    /// <param name="look">Colours, percentile, and which maps have one scale: all, those of a row, or each its own.</param>
    /// <exception cref="NetViz.Engine.NetVizException">There is no such channel.</exception>
    public SheetPage Draw(string title, string subtitle, int? channel = null, int image = 0,
        (ColorMap? Colours, double? Percentile, SheetScale Scale)? look = null)
    {
        (_colours, _percentile, _scale) = look ?? (null, null, SheetScale.Row);
        double[][] masses = [.. Four.Select(which => _layer.MassByPosition(which, image))];
        List<SheetRow> rows = [CaseRow(masses), RuleRow(masses)];
        if (channel is int c)
        {
            var cases = _layer.CasesOfChannel(c, image);
            var counts = string.Join(", ", PartingCases.All.Select(which => $"{NameOf(which)} {cases.Count(k => k == which)}"));
            rows.Add(new SheetRow([new SheetPanel($"channel {c}", Categories(cases)),
                new SheetPanel("", null, $"The case of each of the {Counted.Of(cases.Length, "element")} of channel {c}: "
                    + $"{counts}.")]));
        }
        return Rendering.Sheet.Page(title, subtitle, rows);
    }

    private SheetRow CaseRow(double[][] masses)
    {
        SaliencyMap[] maps = [.. masses.Select(Map)];
        var scale = ScaleOf(maps, masses);
        List<SheetPanel> panels = _hasPhoto ? [_frame.PhotoPanel()] : [];
        panels.AddRange(Four.Select((which, k) => Panel(NameOf(which), maps[k], scale, string.Create(
            CultureInfo.InvariantCulture, $"{_layer.Condition(which)}: {_layer.Total.MassShare(which):P1} of the mass, "
                + $"{_layer.Total.CountShare(which):P1} of the elements"))));
        return new SheetRow(panels, RowBar(scale, "of the case; one scale for the four"), BarFrom: _hasPhoto ? 1 : 0);
    }

    /// <summary>What each rule lets through, sums of the maps above, after the map of which case has most of the mass.</summary>
    private SheetRow RuleRow(double[][] masses)
    {
        (string Rule, string Sum, SaliencyMap Map)[] rules =
        [
            ("gradient", "both + only gradient", Map([.. masses[0].Zip(masses[1], (a, b) => a + b)])),
            ("DeconvNet", "both + only DeconvNet", Map([.. masses[0].Zip(masses[2], (a, b) => a + b)])),
            ("guided", "both", Map(masses[0])),
        ];
        var scale = ScaleOf([.. rules.Select(rule => rule.Map)], masses);
        var dominant = new SheetPanel("most of the mass", Categories(Dominant(masses)),
            "at each position the case with the largest sum of |r| over channels");
        var whole = _layer.IsAnalogy ? " whole" : "";
        SheetPanel[] passed = [.. rules.Select(rule =>
            Panel($"{rule.Rule} lets through{whole}", rule.Map, scale, rule.Sum))];
        SheetPanel[] panels = _hasPhoto ? [LegendPanel, dominant, .. passed] : [dominant, .. passed, LegendPanel];
        return new SheetRow(panels, RowBar(scale, "that the rule lets through; one scale for the three"), BarFrom: _hasPhoto ? 2 : 1);
    }

    private SheetPanel LegendPanel => new("Cases in colour", new Legend(this, _frame.Photo.Width, _frame.Photo.Height));

    private SaliencyMap Map(double[] masses) =>
        new(_layer.Plane.Width, _layer.Plane.Height, Array.ConvertAll(masses, mass => (float)mass), Reduction.Sum);

    /// <summary>One scale for the sheet, or for a row; each map's own is made with its panel.</summary>
    private MapScale ScaleOf(SaliencyMap[] row, double[][] masses) => MapScale.Shared(_scale != SheetScale.Shared ? row
        : [.. masses.Select(Map), Map([.. masses[0].Zip(masses[1], (a, b) => a + b)]),
            Map([.. masses[0].Zip(masses[2], (a, b) => a + b)])], _percentile);

    private SheetPanel Panel(string caption, SaliencyMap map, in MapScale shared, string note)
    {
        var isOwn = _scale == SheetScale.Own;
        var scale = isOwn ? MapScale.Of(map, _percentile) : shared;
        if (!isOwn && SaliencyPictures.IsNearlyEmpty(map, scale)) note += "; nearly empty on this scale: its own scale shows it";
        var picture = HeatMap.Draw(map.ToPhoto(_placement, _frame.Photo.Width, _frame.Photo.Height), scale, Colours, _frame.Photo);
        return new SheetPanel(caption, picture, note, isOwn ? Bar(scale, "; this map's own scale") : null);
    }

    private ColorMap Colours => (_colours ?? ColorMap.Heat).For(isSigned: false);

    private ColorBar? RowBar(in MapScale scale, string of) => _scale == SheetScale.Own ? null
        : Bar(scale, " " + (_scale == SheetScale.Shared ? $"{of.Split(';')[0]}; one scale for the sheet" : of));

    private ColorBar Bar(in MapScale scale, string of) => new(scale, Colours, string.Create(CultureInfo.InvariantCulture,
        $"sum over channels of |r|{of}, up to the {scale.Percentile}th percentile")
        + (_colours is null ? "" : $"; colours: {Colours.Name}"));

    private static PartingCase[] Dominant(double[][] masses)
    {
        var dominant = new PartingCase[masses[0].Length];
        for (var p = 0; p < dominant.Length; p++)
        {
            var most = Enumerable.Range(0, Four.Length).MaxBy(k => masses[k][p]);
            dominant[p] = masses[most][p] > 0 ? Four[most] : PartingCase.NoSignal;
        }
        return dominant;
    }

    /// <summary>Every element as a block of its case's colour: nothing is interpolated between cases.</summary>
    private Photo Categories(PartingCase[] cases)
    {
        var (height, width) = _layer.Plane;
        var picture = new Photo(_frame.Photo.Width, _frame.Photo.Height, [.. _frame.Photo.Rgb]);
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                var (column, row) = (_placement.ToInputX(x + 0.5), _placement.ToInputY(y + 0.5));
                var inside = column >= 0 && column < width && row >= 0 && row < height;
                var faded = HeatMap.Faded(picture.Rgb.AsSpan((y * picture.Width + x) * 3, 3));
                picture.Fill(x, y, 1, 1, inside ? ColorOf(cases[(int)row * width + (int)column]) : Rgb.Grey(faded));
            }
        }
        return picture;
    }

    /// <summary>The colours of the cases with their conditions.</summary>
    private sealed record Legend(PartingSheet Sheet, int Width, int Height) : SheetDrawing(Width, Height)
    {
        public override void Draw(SheetCanvas canvas, int x, int y)
        {
            var row = y + 4;
            foreach (var which in PartingCases.All)
            {
                canvas.Fill(x, row, 16, 16, ColorOf(which));
                canvas.Frame(x, row, 16, 16, Ink);
                var text = $"{NameOf(which)}: {Sheet._layer.Condition(which)}";
                canvas.Write(LegendLetters, x + 24, row + 13, canvas.Fit(LegendLetters, text, Width - 24), Ink);
                row += 26;
            }
        }
    }

    // Okabe and Ito's colours, distinguished by colour-blind readers, too.
    private static Rgb ColorOf(PartingCase which) => which switch
    {
        PartingCase.Both => new Rgb(0, 158, 115),
        PartingCase.OnlyGradient => new Rgb(0, 114, 178),
        PartingCase.OnlyDeconvNet => new Rgb(230, 159, 0),
        PartingCase.Neither => new Rgb(96, 96, 96),
        _ => new Rgb(244, 244, 244),
    };
}
