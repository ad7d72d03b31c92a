using System.Globalization;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering.Text;

namespace NetViz.Visualisation.Rendering;

/// <summary>One cell of a sheet: a caption, below it a picture, below that a note in smaller letters and a scale.</summary>
/// <param name="Caption">May be empty.</param>
/// <param name="Picture">All pictures of a sheet have one size; null leaves a cell of text.</param>
/// <param name="Note">May be empty; takes as many lines as it needs.</param>
/// <param name="Bar">The scale of this picture alone, or null.</param>
internal sealed record SheetPanel(string Caption, Photo? Picture, string Note = "", ColorBar? Bar = null);

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

/// <summary>Lays pictures, captions and colour scales out on a white page.</summary>
internal sealed class Sheet
{
    private const int Margin = 28;
    private const int Gutter = 20;
    private const int LineGap = 8;
    private const int BarHeight = 14;

    private static readonly Rgb Paper = Rgb.Grey(255);
    private static readonly Rgb Ink = Rgb.Grey(24);
    private static readonly Rgb SoftInk = Rgb.Grey(96);
    private static readonly Lettering TitleLetters = new(16, 2.4);
    private static readonly Lettering CaptionLetters = new(12, 1.9);
    private static readonly Lettering NoteLetters = new(10, 1.35);

    // A column is wide enough for its texts, however narrow the pictures.
    private const int NarrowestColumn = 200;

    private readonly Photo _page;
    private readonly int _columnWidth;
    private int _y = Margin;

    private Sheet(Photo page, int columnWidth) => (_page, _columnWidth) = (page, columnWidth);

    /// <summary>Draws the sheet.</summary>
    /// <param name="title">First line; may be empty.</param>
    /// <param name="subtitle">Second line; may be empty.</param>
    /// <param name="rows">From top to bottom.</param>
    public static Photo Draw(string title, string subtitle, IReadOnlyList<SheetRow> rows)
    {
        var pictureWidth = rows.SelectMany(row => row.Panels).Max(panel => panel.Picture?.Width ?? 0);
        var column = Math.Max(pictureWidth, NarrowestColumn);
        var columns = rows.Max(row => row.Panels.Count);
        var width = 2 * Margin + columns * column + (columns - 1) * Gutter;
        // Laid out twice: on a page of one row to learn how high it gets, then on the real one.
        var height = new Sheet(Painting.Blank(width, 1, Paper), column).Lay(title, subtitle, rows);
        var page = Painting.Blank(width, height, Paper);
        new Sheet(page, column).Lay(title, subtitle, rows);
        return page;
    }

    private int Lay(string title, string subtitle, IReadOnlyList<SheetRow> rows)
    {
        var width = _page.Width - 2 * Margin;
        Lines(TitleLetters, Margin, width, title, Ink);
        Lines(NoteLetters, Margin, width, subtitle, SoftInk);
        if (title.Length + subtitle.Length > 0)
            _y += 14;
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0)
                _y += 18;
            Lay(rows[i]);
        }
        return _y + Margin - LineGap;
    }

    private void Lay(SheetRow row)
    {
        var (top, bottom) = (_y, _y);
        for (var i = 0; i < row.Panels.Count; i++)
        {
            _y = top;
            Lay(row.Panels[i], Margin + i * (_columnWidth + Gutter));
            bottom = Math.Max(bottom, _y);
        }
        _y = bottom;
        if (row.Bar is not null)
        {
            var left = Margin + row.BarFrom * (_columnWidth + Gutter);
            Lay(row.Bar, left, _page.Width - Margin - left);
        }
    }

    private void Lay(SheetPanel panel, int left)
    {
        if (panel.Caption.Length > 0)
            Line(CaptionLetters, left, CaptionLetters.Fit(panel.Caption, _columnWidth), Ink);
        if (panel.Picture is not null)
        {
            _page.Paste(left, _y, panel.Picture);
            _y += panel.Picture.Height + LineGap;
        }
        Lines(NoteLetters, left, _columnWidth, panel.Note, SoftInk);
        if (panel.Bar is not null)
            Lay(panel.Bar, left, _columnWidth);
    }

    private void Lay(ColorBar bar, int left, int width)
    {
        _y += 4;
        for (var x = 0; x < width; x++)
            _page.Fill(left + x, _y, 1, BarHeight, bar.At((x + 0.5f) / width));
        _page.Frame(left, _y, width, BarHeight, SoftInk);
        _y += BarHeight;

        // Five marks where there is room for their numbers, three on a narrow bar.
        var marks = width >= 480 ? 4 : 2;
        for (var mark = 0; mark <= marks; mark++)
        {
            var text = bar.Number(mark, marks);
            var x = left + (int)Math.Round((double)mark / marks * (width - 1));
            _page.Fill(x, _y, 1, 4, SoftInk);
            var textWidth = NoteLetters.Measure(text);
            var textLeft = Math.Clamp(x - textWidth / 2, left, left + width - textWidth);
            NoteLetters.Write(_page, textLeft, _y + 9 + NoteLetters.CapHeight, text, Ink);
        }
        _y += 9 + NoteLetters.CapHeight + LineGap;
        Lines(NoteLetters, left, width, bar.Label, SoftInk);
    }

    private void Lines(Lettering letters, int left, int width, string text, Rgb colour)
    {
        foreach (var line in letters.Wrap(text, width))
            Line(letters, left, line, colour);
    }

    private void Line(Lettering letters, int left, string text, Rgb colour)
    {
        _y += letters.CapHeight;
        letters.Write(_page, left, _y, text, colour);
        // Descenders take a third of the capitals' height.
        _y += letters.CapHeight / 3 + LineGap;
    }

    /// <summary>Three digits, e.g. 0.00203 or 5.48e-06.</summary>
    internal static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture).Replace('E', 'e');
}
