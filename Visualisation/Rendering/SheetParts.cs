using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Rendering;

/// <summary>Something with a size that a sheet's cell shows.</summary>
internal abstract record SheetDrawing(int Width, int Height)
{
    /// <summary>Draws it.</summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="x">Left edge.</param>
    /// <param name="y">Upper edge.</param>
    public abstract void Draw(SheetCanvas canvas, int x, int y);

    /// <summary>Draws it alone, a pixel a unit.</summary>
    public virtual Photo ToPhoto()
    {
        Photo page = Painting.Blank(Width, Height, Rgb.Grey(255));
        Draw(new PixelCanvas(page), 0, 0);
        return page;
    }

    public static implicit operator SheetDrawing?(Photo? photo) =>
        photo is null ? null : new SheetPicture(photo, photo.Width, photo.Height);
}

/// <summary>A picture, at its own resolution whatever size it is shown in.</summary>
internal sealed record SheetPicture(Photo Photo, int Width, int Height) : SheetDrawing(Width, Height)
{
    public override void Draw(SheetCanvas canvas, int x, int y) => canvas.Paste(x, y, Width, Height, Photo);
}

/// <summary>A picture over a part of another one, for example a map over what the network sees of a photograph.</summary>
internal sealed record SheetLayers(int Width, int Height, Photo Below, Photo Above, double Left, double Top, double AboveWidth,
    double AboveHeight) : SheetDrawing(Width, Height)
{
    public override void Draw(SheetCanvas canvas, int x, int y)
    {
        canvas.Paste(x, y, Width, Height, Below);
        canvas.Paste(x + (int)Math.Round(Left), y + (int)Math.Round(Top), Math.Max(1, (int)Math.Round(AboveWidth)),
            Math.Max(1, (int)Math.Round(AboveHeight)), Above);
    }
}

/// <summary>One cell of a sheet: a caption, below it a picture, below that a note in smaller letters and a scale.</summary>
/// <param name="Caption">May be empty.</param>
/// <param name="Picture">All pictures of a sheet have one size; null leaves a cell of text.</param>
/// <param name="Note">May be empty; takes as many lines as it needs.</param>
/// <param name="Bar">The scale of this picture alone, or null.</param>
internal sealed record SheetPanel(string Caption, SheetDrawing? Picture, string Note = "", ColorBar? Bar = null);

/// <summary>Cells side by side.</summary>
/// <param name="Panels">From left to right.</param>
/// <param name="Bar">One scale for the row's maps, drawn below them; or null.</param>
/// <param name="BarFrom">The first cell that the bar belongs to; it stands below this one and all to its right.</param>
internal sealed record SheetRow(IReadOnlyList<SheetPanel> Panels, ColorBar? Bar = null, int BarFrom = 0);

/// <summary>A colour scale with numbers.</summary>
internal sealed record ColorBar(MapScale Scale, ColorMap Colors, string Label)
{
    /// <summary>The colour at a share of the bar's length.</summary>
    public Rgb At(float share)
    {
        var colour = Colors.At(Scale.IsSigned ? 2 * share - 1 : share);
        return new Rgb(colour[0], colour[1], colour[2]);
    }

    /// <summary>The number at one of the marks that part the bar evenly.</summary>
    /// <param name="mark">0 to <paramref name="last"/>.</param>
    /// <param name="last">The mark at the end.</param>
    public string Number(int mark, int last)
    {
        var share = (double)mark / last;
        var text = Sheet.Number(Scale.Limit * (Scale.IsSigned ? 2 * share - 1 : share));
        // At the ends stands all that lies beyond, too.
        return Scale.Limit > 0 && mark == last ? $"≥ {text}"
            : Scale.Limit > 0 && mark == 0 && Scale.IsSigned ? $"≤ {text}"
            : text;
    }
}

/// <summary>Distances and letters of a sheet, in its units.</summary>
internal sealed record SheetStyle
{
    /// <summary>A command's sheet: a pixel a unit.</summary>
    public static SheetStyle Pixels { get; } = new();

    public int Margin { get; init; } = 28;

    public int Gutter { get; init; } = 20;

    public int LineGap { get; init; } = 8;

    public int BarHeight { get; init; } = 14;

    public int BarLead { get; init; } = 4;

    public int Tick { get; init; } = 4;

    /// <summary>From a mark of a scale to the capitals of its number.</summary>
    public int TickGap { get; init; } = 9;

    public int LineWidth { get; init; } = 1;

    public int TitleGap { get; init; } = 14;

    public int RowGap { get; init; } = 18;

    /// <summary>A column is wide enough for its texts, however narrow the pictures.</summary>
    public int NarrowestColumn { get; init; } = 200;

    /// <summary>From this width on a scale has five marks, below it three.</summary>
    public int WideBar { get; init; } = 480;

    public SheetLetters Title { get; init; } = new(16, 2.4, IsBold: true);

    public SheetLetters Caption { get; init; } = new(12, 1.9, IsBold: true);

    public SheetLetters Note { get; init; } = new(10, 1.35);
}
