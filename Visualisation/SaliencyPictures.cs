using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation;

/// <summary>What one rule left at the image.</summary>
/// <param name="Rule">The rule's name as it stands in file names, e.g. "guided".</param>
/// <param name="Signal">The raw signal, [N,C,H,W]; null where <see cref="Map"/> comes from none.</param>
/// <param name="Image">Which of the N.</param>
/// <param name="Caption">The rule's name as it stands on the sheet; null takes <paramref name="Rule"/>.</param>
public sealed record RuleSignal(string Rule, Tensor<float>? Signal, int Image = 0, string? Caption = null)
{
    /// <summary>The map itself, where it is not the signal's reduction.</summary>
    public SaliencyMap? Map { get; init; }

    /// <summary>What the signal is called in formulas.</summary>
    public string Symbol { get; init; } = "w";

    /// <summary>What the map shows, where it is not the reduction of <see cref="Symbol"/>.</summary>
    public string? Formula { get; init; }
}

/// <summary>Which maps of a sheet have a scale in common.</summary>
public enum SheetScale
{
    /// <summary>
    /// All maps have one scale, so that colours compare between the rules; a rule with small values looks dark.
    /// </summary>
    Shared,

    /// <summary>The maps of a row of the sheet have one scale.</summary>
    Row,

    /// <summary>Each map has its own scale, written below it; colours compare within a map only.</summary>
    Own,
}

/// <summary>How pictures of saliency are drawn.</summary>
public sealed record SaliencyPictureOptions
{
    /// <summary>How the channels become one number.</summary>
    public Reduction Reduction { get; init; } = Reduction.Max;

    /// <summary>
    /// The colours; null takes <see cref="ColorMap.Heat"/>, or <see cref="ColorMap.Diverging"/> for the signed reduction.
    /// </summary>
    public ColorMap? Colors { get; init; }

    /// <summary>The percentile that ends each scale; null takes the reduction's (<see cref="MapScale"/>).</summary>
    public double? Percentile { get; init; }

    /// <summary>Whether the sheet's maps have a scale in common.</summary>
    public SheetScale SheetScale { get; init; } = SheetScale.Shared;

    /// <summary>Which colours the network's three input channels are; only the raw signals on the sheet depend on it.</summary>
    public ChannelOrder Channels { get; init; } = ChannelOrder.Rgb;

    /// <summary>First line of the sheet, e.g. the image and the class.</summary>
    public string Title { get; init; } = "";

    /// <summary>Second line of the sheet, e.g. the model and the score.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Panels side by side on the sheet; more go on in further rows.</summary>
    public int Columns { get; init; } = 6;

    /// <summary>Longer side of each of the sheet's pictures in pixels; smaller photographs are enlarged to it.</summary>
    public int PanelSize { get; init; } = 384;
}

/// <summary>
/// The pictures of one photograph and class: for each rule a heat map and an overlay in the photograph's own coordinates and
/// size, and one sheet of the photograph beside all rules.
/// </summary>
public sealed class SaliencyPictures
{
    /// <summary>Reduces the signals; nothing is drawn yet.</summary>
    /// <param name="photo">The photograph, upright.</param>
    /// <param name="placement">Where the network's input lies on it.</param>
    /// <param name="rules">One signal a rule, in the order of the sheet.</param>
    /// <param name="options">How to draw; null takes the defaults.</param>
    /// <exception cref="ArgumentException">There is no rule, or a signal does not fit the placement.</exception>
    /// <exception cref="NetVizException">A signal holds NaN or infinity.</exception>
    public SaliencyPictures(
        Photo photo, in InputPlacement placement, IReadOnlyList<RuleSignal> rules, SaliencyPictureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.Count == 0)
            throw new ArgumentException("There is no signal to draw.", nameof(rules));
        (Photo, Placement, Rules, Options) = (photo, placement, rules, options ?? new());
        Colors = Options.Colors ?? (Options.Reduction == Reduction.Signed ? ColorMap.Diverging : ColorMap.Heat);
        Maps = [.. rules.Select(MapOf)];
        Scales = [.. Maps.Select(map => MapScale.Of(map, Options.Percentile))];
        IsShared = Options.SheetScale != SheetScale.Own
            && rules.All(rule => (rule.Symbol, rule.Formula) == (rules[0].Symbol, rules[0].Formula))
            && Maps.All(map => map.Reduction == Maps[0].Reduction);
        SharedScale = IsShared ? MapScale.Shared(Maps, Options.Percentile) : Scales[0];
    }

    /// <summary>The photograph.</summary>
    public Photo Photo { get; }

    /// <summary>Where the network's input lies on the photograph.</summary>
    public InputPlacement Placement { get; }

    /// <summary>The signals.</summary>
    public IReadOnlyList<RuleSignal> Rules { get; }

    /// <summary>How the pictures are drawn.</summary>
    public SaliencyPictureOptions Options { get; }

    /// <summary>The colours of maps of the options' reduction.</summary>
    public ColorMap Colors { get; }

    /// <summary>Whether the sheet's maps have one scale: not where they are of different quantities.</summary>
    public bool IsShared { get; }

    /// <summary>For each rule its map, in the network input's coordinates.</summary>
    public IReadOnlyList<SaliencyMap> Maps { get; }

    /// <summary>For each rule the scale of its heat map and its overlay.</summary>
    public IReadOnlyList<MapScale> Scales { get; }

    /// <summary>The scale of the sheet's maps when they share one.</summary>
    public MapScale SharedScale { get; }

    /// <summary>
    /// Whether a map shows next to nothing on the sheet: its largest value is under <see cref="NearlyEmptyShare"/> of the scale
    /// that it shares with others.
    /// </summary>
    /// <param name="rule">Index of the rule.</param>
    public bool IsNearlyEmpty(int rule) => IsShared && Rules.Count > 1 && IsNearlyEmpty(Maps[rule], SharedScale);

    /// <summary>The share of a scale below which a map shows next to nothing [ours].</summary>
    public const double NearlyEmptyShare = 0.05;

    /// <summary>Whether a map shows next to nothing on a scale; a map that is 0 everywhere is empty, not nearly so.</summary>
    internal static bool IsNearlyEmpty(SaliencyMap map, in MapScale scale) =>
        map.Peak > 0 && map.Peak < NearlyEmptyShare * scale.Limit;

    /// <summary>The heat map of a rule, of the photograph's size.</summary>
    /// <param name="rule">Index of the rule.</param>
    public Photo HeatMap(int rule) => Rendering.HeatMap.Draw(OnPhoto(rule), Scales[rule], ColorsOf(rule), Photo);

    /// <summary>The photograph with the map of a rule over it.</summary>
    /// <param name="rule">Index of the rule.</param>
    public Photo Overlay(int rule) => Rendering.Overlay.Draw(Photo, OnPhoto(rule), Scales[rule], ColorsOf(rule));

    /// <summary>The photograph with the map of a rule over it, smaller.</summary>
    /// <param name="rule">Index of the rule.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public Photo SmallOverlay(int rule, int width, int height)
    {
        (double x, double y) = ((double)width / Photo.Width, (double)height / Photo.Height);
        InputPlacement laid = Placement with
        {
            Left = Placement.Left * x, Top = Placement.Top * y, Width = Placement.Width * x, Height = Placement.Height * y,
        };
        return Rendering.Overlay.Draw(Photo.Resize(width, height), Maps[rule].ToPhoto(laid, width, height), Scales[rule], ColorsOf(rule));
    }

    /// <summary>
    /// The photograph and the maps of all rules side by side, with their scale; below the maps the raw signals in colour, where
    /// the network's input has one or three channels.
    /// </summary>
    public Photo Sheet() => Page().ToPhoto();

    /// <summary>The same as a page that can become a file in which text is text.</summary>
    public SheetPage Page() => new SaliencySheet(this).Draw();

    /// <summary>The heat map and the overlay of a rule, of the photograph's size.</summary>
    /// <param name="rule">Index of the rule.</param>
    /// <param name="withMap">Whether the heat map is wanted.</param>
    /// <param name="withOverlay">Whether the overlay is wanted.</param>
    public (Photo? Map, Photo? Overlay) Draw(int rule, bool withMap = true, bool withOverlay = true)
    {
        if (!withMap && !withOverlay) return (null, null);
        SaliencyMap map = OnPhoto(rule);
        return (withMap ? Rendering.HeatMap.Draw(map, Scales[rule], ColorsOf(rule), Photo) : null,
            withOverlay ? Rendering.Overlay.Draw(Photo, map, Scales[rule], ColorsOf(rule)) : null);
    }

    /// <summary>
    /// Writes stem.RULE.png and stem.RULE.overlay.png for each rule, and stem.sheet.png. Each file is written whole or not at
    /// all.
    /// </summary>
    /// <param name="folder">Is created where it is missing.</param>
    /// <param name="stem">First part of the file names.</param>
    /// <returns>The files' paths, in the order written.</returns>
    /// <exception cref="NetVizException">A file cannot be written.</exception>
    public IReadOnlyList<string> Save(string folder, string stem)
    {
        var files = new List<string>();
        for (var i = 0; i < Rules.Count; i++)
        {
            (Photo? map, Photo? overlay) = Draw(i);
            Write($"{stem}.{Rules[i].Rule}.png", map!);
            Write($"{stem}.{Rules[i].Rule}.overlay.png", overlay!);
        }
        Write($"{stem}.sheet.png", Sheet());
        return files;

        void Write(string name, Photo picture)
        {
            files.Add(Path.Combine(folder, name));
            ImageFile.WritePng(picture, files[^1]);
        }
    }

    /// <summary>A reduction as a formula, for example "max over channels of |w|".</summary>
    /// <param name="reduction">The reduction.</param>
    /// <param name="symbol">What the signal is called.</param>
    public static string FormulaOf(Reduction reduction, string symbol) => reduction switch
    {
        Reduction.Max => $"max over channels of |{symbol}|",
        Reduction.Sum => $"sum over channels of |{symbol}|",
        Reduction.Mean => $"mean over channels of |{symbol}|",
        _ => $"sum over channels of {symbol}",
    };

    /// <summary>The colours of one map: two-sided where its values have a sign.</summary>
    internal ColorMap ColorsOf(int rule) => Colors.For(Maps[rule].IsSigned);

    private SaliencyMap MapOf(RuleSignal rule) => rule.Map ?? SaliencyMap.Of(
        rule.Signal ?? throw new ArgumentException($"'{rule.Rule}' has neither a map nor a signal."), rule.Image,
        Options.Reduction);

    private SaliencyMap OnPhoto(int rule) => Maps[rule].ToPhoto(Placement, Photo.Width, Photo.Height);
}
