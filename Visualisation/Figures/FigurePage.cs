using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Figures;

/// <summary>How a figure looks.</summary>
public sealed record FigureStyle
{
    /// <summary>First line; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>Which maps have one scale; maps of different quantities never do.</summary>
    public SheetScale Scale { get; init; } = SheetScale.Own;

    /// <summary>The colours of maps; null for the usual.</summary>
    public ColorMap? Colours { get; init; }

    /// <summary>The percentile that ends a scale; null for the usual.</summary>
    public double? Percentile { get; init; }

    /// <summary>Whether maps lie over their pictures.</summary>
    public bool Overlay { get; init; }

    /// <summary>Whether the first column shows the pictures.</summary>
    public bool Photographs { get; init; } = true;

    /// <summary>Whether colour bars are drawn.</summary>
    public bool Bars { get; init; } = true;

    /// <summary>Whether maps have notes, and what the scales are stands at the end.</summary>
    public bool Notes { get; init; } = true;

    /// <summary>Panels side by side, at least 2; more go on below.</summary>
    public int RowLength { get; init; } = 8;

    /// <summary>The width in millimetres.</summary>
    public double Width { get; init; } = 180;
}

/// <summary>A figure that is laid out, of a size on paper.</summary>
public sealed class FigurePage
{
    private readonly SheetPage _page;
    private readonly double _millimetresAUnit;

    internal FigurePage(SheetPage page, double millimetresAUnit) => (_page, _millimetresAUnit) = (page, millimetresAUnit);

    /// <summary>Lays out a figure.</summary>
    /// <param name="style">How it looks.</param>
    /// <param name="rows">For each picture its maps, as many for each.</param>
    public static FigurePage Of(FigureStyle style, IReadOnlyList<FigurePanel[]> rows) => new FigureLayout(style, rows).Lay();

    /// <summary>Computes the bytes of a file. The same figure gives the same bytes.</summary>
    /// <param name="format">What kind of file.</param>
    /// <param name="dpi">Pixels an inch, of formats of pixels.</param>
    /// <param name="pngLevel">The compression of PNG pictures, 0 to 9.</param>
    public byte[] Encode(SheetFormat format, double dpi = 300, int pngLevel = ImageFile.DefaultPngLevel) =>
        _page.Encode(format, _millimetresAUnit, dpi, pngLevel);
}
