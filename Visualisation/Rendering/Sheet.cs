using System.Globalization;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation.Rendering;

/// <summary>Lays pictures, captions and colour scales out on a white page, whatever that is drawn on.</summary>
/// <param name="title">First line; may be empty.</param>
/// <param name="subtitle">Second line; may be empty.</param>
/// <param name="rows">From top to bottom.</param>
/// <param name="style">Distances and letters.</param>
/// <param name="footer">Last lines, as wide as the page; may be empty.</param>
internal sealed class Sheet(string title, string subtitle, IReadOnlyList<SheetRow> rows, SheetStyle style, string footer = "")
{
    private static readonly Rgb Ink = Rgb.Grey(24);
    private static readonly Rgb SoftInk = Rgb.Grey(96);

    private readonly int _columnWidth = Math.Max(rows.SelectMany(row => row.Panels).Max(panel => panel.Picture?.Width ?? 0),
        style.NarrowestColumn);

    /// <summary>The first line.</summary>
    public string Title => title;

    /// <summary>Lays out a sheet of a command.</summary>
    /// <param name="title">First line; may be empty.</param>
    /// <param name="subtitle">Second line; may be empty.</param>
    /// <param name="rows">From top to bottom.</param>
    public static SheetPage Page(string title, string subtitle, IReadOnlyList<SheetRow> rows) =>
        new(new Sheet(title, subtitle, rows, SheetStyle.Pixels));

    /// <summary>The size in units.</summary>
    /// <param name="canvas">Measures texts; nothing is drawn.</param>
    public (int Width, int Height) Measure(SheetCanvas canvas)
    {
        var columns = rows.Max(row => row.Panels.Count);
        var width = 2 * style.Margin + columns * _columnWidth + (columns - 1) * style.Gutter;
        return (width, new Layout(this, canvas, null, width).Lay());
    }

    /// <summary>Draws it.</summary>
    public void Draw(SheetCanvas canvas) => new Layout(this, canvas, canvas, Measure(canvas).Width).Lay();

    /// <summary>Three digits, e.g. 0.00203 or 5.48e-06.</summary>
    internal static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture).Replace('E', 'e');

    /// <summary>One pass over the rows, from top to bottom: with a canvas it draws, without one it only measures.</summary>
    private sealed class Layout(Sheet sheet, SheetCanvas measure, SheetCanvas? canvas, int pageWidth)
    {
        private readonly SheetStyle _style = sheet.Style;
        private int _y = sheet.Style.Margin;

        public int Lay()
        {
            var width = pageWidth - 2 * _style.Margin;
            Lines(_style.Title, _style.Margin, width, sheet.Title, Ink);
            Lines(_style.Note, _style.Margin, width, sheet.Subtitle, SoftInk);
            if (sheet.Title.Length + sheet.Subtitle.Length > 0)
                _y += _style.TitleGap;
            for (var i = 0; i < sheet.Rows.Count; i++)
            {
                if (i > 0)
                    _y += _style.RowGap;
                Lay(sheet.Rows[i]);
            }
            Lines(_style.Note, _style.Margin, width, sheet.Footer, SoftInk);
            return _y + _style.Margin - _style.LineGap;
        }

        private void Lay(SheetRow row)
        {
            var (top, bottom) = (_y, _y);
            for (var i = 0; i < row.Panels.Count; i++)
            {
                _y = top;
                Lay(row.Panels[i], _style.Margin + i * (sheet._columnWidth + _style.Gutter));
                bottom = Math.Max(bottom, _y);
            }
            _y = bottom;
            if (row.Bar is not null)
            {
                var left = _style.Margin + row.BarFrom * (sheet._columnWidth + _style.Gutter);
                Lay(row.Bar, left, pageWidth - _style.Margin - left);
            }
        }

        private void Lay(SheetPanel panel, int left)
        {
            if (panel.Caption.Length > 0)
                Line(_style.Caption, left, measure.Fit(_style.Caption, panel.Caption, sheet._columnWidth), Ink);
            if (panel.Picture is not null)
            {
                if (canvas is not null)
                    panel.Picture.Draw(canvas, left, _y);
                _y += panel.Picture.Height + _style.LineGap;
            }
            Lines(_style.Note, left, sheet._columnWidth, panel.Note, SoftInk);
            if (panel.Bar is not null)
                Lay(panel.Bar, left, sheet._columnWidth);
        }

        private void Lay(ColorBar bar, int left, int width)
        {
            _y += _style.BarLead;
            canvas?.Gradient(left, _y, width, _style.BarHeight, bar);
            canvas?.Frame(left, _y, width, _style.BarHeight, SoftInk);
            _y += _style.BarHeight;

            // Five marks where there is room for their numbers, three on a narrow bar, the ends alone on a very narrow one.
            var marks = width >= _style.WideBar ? 4 : 2;
            if (marks == 2 && Enumerable.Range(0, 3).Sum(mark => measure.Measure(_style.Note, bar.Number(mark, 2)) + _style.LineGap) > width)
                marks = 1;
            for (var mark = 0; mark <= marks; mark++)
            {
                var text = bar.Number(mark, marks);
                var x = left + (int)Math.Round((double)mark / marks * (width - 1));
                canvas?.Fill(x, _y, _style.LineWidth, _style.Tick, SoftInk);
                var textWidth = measure.Measure(_style.Note, text);
                var textLeft = Math.Clamp(x - textWidth / 2, left, Math.Max(left, left + width - textWidth));
                canvas?.Write(_style.Note, textLeft, _y + _style.TickGap + _style.Note.CapHeight, text, Ink);
            }
            _y += _style.TickGap + _style.Note.CapHeight + _style.LineGap;
            Lines(_style.Note, left, width, bar.Label, SoftInk);
        }

        private void Lines(SheetLetters letters, int left, int width, string text, Rgb colour)
        {
            foreach (var line in measure.Wrap(letters, text, width))
                Line(letters, left, line, colour);
        }

        private void Line(SheetLetters letters, int left, string text, Rgb colour)
        {
            _y += letters.CapHeight;
            canvas?.Write(letters, left, _y, text, colour);
            // Descenders take a third of the capitals' height.
            _y += letters.CapHeight / 3 + _style.LineGap;
        }
    }

    private string Subtitle => subtitle;

    private string Footer => footer;

    private IReadOnlyList<SheetRow> Rows => rows;

    private SheetStyle Style => style;
}
