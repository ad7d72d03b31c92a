using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;

namespace NetViz.Procedures;

/// <summary>One column of a figure: a method, and where it differs from the others. What is null is as in the figure's options.</summary>
public sealed record FigureColumn
{
    /// <summary>What stands above it; null for the method's name.</summary>
    public string? Title { get; init; }

    /// <summary>The rule; null for the gradient.</summary>
    public string? Rule { get; init; }

    /// <summary>Which map, as the setting Map of saliency has it; null for the signal.</summary>
    public string? Map { get; init; }

    /// <summary>The class by number or name, or "top".</summary>
    public string? Class { get; init; }

    /// <summary>The layer at whose output the signal is shown.</summary>
    public string? Layer { get; init; }

    /// <summary>The network: a file or a name of the catalogue.</summary>
    public string? Model { get; init; }

    /// <summary>The preset of that network.</summary>
    public string? Preprocess { get; init; }
}

/// <summary>What <see cref="Explainer.Figure"/> draws: a row for each picture, a column for each method.</summary>
public sealed record FigureOptions
{
    /// <summary>The usual width of a figure over both columns of a page, in millimetres.</summary>
    public const double DefaultWidth = 180;

    /// <summary>Pixels an inch of formats of pixels, unless told otherwise.</summary>
    public const int DefaultDpi = 300;

    /// <summary>The columns where none is named.</summary>
    public static IReadOnlyList<FigureColumn> UsualColumns { get; } =
        [new() { Rule = "gradient" }, new() { Rule = "deconvnet" }, new() { Rule = "guided" }];

    private const double MinWidth = 20, MaxWidth = 2000;
    private const int MinDpi = 30, MaxDpi = 1200, MaxCells = 2000, MaxRow = 40;

    /// <summary>First line; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>The columns from left to right; none for gradient, deconvnet and guided.</summary>
    public IReadOnlyList<FigureColumn> Columns { get; init; } = [];

    /// <summary>What stands below each picture; none for its class and probability.</summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>How channels become one map; null for the usual of each method.</summary>
    public Reduction? Reduction { get; init; }

    /// <summary>Constants of further maps.</summary>
    public MapSettings Maps { get; init; } = new();

    /// <summary>Which maps have one scale; maps of different quantities never do.</summary>
    public SheetScale Scale { get; init; } = SheetScale.Own;

    /// <summary>The colours of maps by name; null for the usual.</summary>
    public string? Colours { get; init; }

    /// <summary>The percentile that ends a scale; null for the usual.</summary>
    public double? Percentile { get; init; }

    /// <summary>Whether maps lie over their pictures.</summary>
    public bool Overlay { get; init; }

    /// <summary>Whether the first column shows the pictures.</summary>
    public bool Photographs { get; init; } = true;

    /// <summary>Whether colour bars are drawn.</summary>
    public bool Bars { get; init; } = true;

    /// <summary>Whether words stand below pictures, and what the scales are at the end.</summary>
    public bool Notes { get; init; } = true;

    /// <summary>Panels side by side; more go on below.</summary>
    public int RowLength { get; init; } = 8;

    /// <summary>The width in millimetres.</summary>
    public double Width { get; init; } = DefaultWidth;

    /// <summary>Pixels an inch of PNG and WebP.</summary>
    public int Dpi { get; init; } = DefaultDpi;

    /// <summary>The compression of PNG pictures, 0 to 9.</summary>
    public int PngLevel { get; init; } = ImageFile.DefaultPngLevel;

    /// <summary>Refuses what makes no sense, before a model is loaded.</summary>
    /// <param name="pictures">How many pictures there are.</param>
    /// <exception cref="NetVizException">A number is out of range, or a name is unknown.</exception>
    public void Check(int pictures)
    {
        new Look { Colours = Colours, Percentile = Percentile, PngLevel = PngLevel }.Check();
        if (Width is not (>= MinWidth and <= MaxWidth))
            throw new NetVizException($"`{nameof(Width)}` {Width}; {MinWidth} to {MaxWidth} millimetres are supported");
        if (Dpi is < MinDpi or > MaxDpi) throw new NetVizException($"`{nameof(Dpi)}` {Dpi}; {MinDpi} to {MaxDpi} are supported");
        if (RowLength is < 2 or > MaxRow) throw new NetVizException($"`{nameof(RowLength)}` {RowLength}; 2 to {MaxRow} are supported");
        if ((long)pictures * Math.Max(1, Columns.Count) > MaxCells)
            throw new NetVizException($"{pictures} pictures in {Columns.Count} columns; at most {MaxCells} maps are supported");
        if (Captions.Count > 0 && Captions.Count != pictures)
            throw new NetVizException($"{Captions.Count} captions for {Counted.Of(pictures, "picture")}", "give one for each, or none");
        foreach (string map in Columns.Select(column => column.Map).OfType<string>()) MapNames.Find(map);
    }
}
