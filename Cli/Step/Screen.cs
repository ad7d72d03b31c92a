using System.Globalization;
using System.Text;
using NetViz.Engine.Imaging;
using NetViz.Procedures;
using NetViz.Visualisation.Rendering;
using Spectre.Console;

namespace NetViz.Cli.Step;

/// <summary>How many colours a terminal shows.</summary>
internal enum ColourDepth
{
    None,
    Palette,
    True,
}

/// <summary>A colour, sRGB.</summary>
internal readonly record struct Rgb(byte R, byte G, byte B);

/// <summary>How a cell is written.</summary>
internal readonly record struct CellStyle(bool Bold = false, bool Faint = false, Rgb? Foreground = null, Rgb? Background = null);

/// <summary>
/// A page of character cells. What is put on it is made harmless (<see cref="Printable"/>) and cut off at its edges, measured as
/// terminals show it: some characters take two cells, some none.
/// </summary>
internal sealed class Screen
{
    private readonly (string Text, CellStyle Style)[,] _cells;

    public Screen(int width, int height)
    {
        (Width, Height) = (width, height);
        _cells = new (string, CellStyle)[height, width];
        for (int row = 0; row < height; row++)
        for (int column = 0; column < width; column++) _cells[row, column] = (" ", default);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>A picture for a terminal that draws pixels, with the cell of its upper left corner.</summary>
    public (int Row, int Column, Photo Picture)? Pixels { get; set; }

    /// <summary>Writes text from a cell on.</summary>
    /// <param name="row">The row; outside the page nothing is written.</param>
    /// <param name="column">The first column.</param>
    /// <param name="text">The text; too long a one ends in dots.</param>
    /// <param name="style">How.</param>
    /// <param name="end">The first column that is not written to; null for the page's end.</param>
    /// <returns>The column after the text.</returns>
    public int Put(int row, int column, string text, CellStyle style = default, int? end = null)
    {
        if (row < 0 || row >= Height) return column;
        int limit = Math.Min(end ?? Width, Width);
        foreach (Rune rune in Fit(Printable.Line(text), limit - column).EnumerateRunes())
        {
            string character = rune.ToString();
            int width = character.GetCellWidth();
            if (width <= 0)
            {
                if (column > 0) _cells[row, column - 1].Text += character;
                continue;
            }

            if (column + width > limit) break;
            _cells[row, column] = (character, style);
            for (int k = 1; k < width; k++) _cells[row, column + k] = ("", style);
            column += width;
        }

        return column;
    }

    /// <summary>The text in at most the given number of cells, dots at its end where it is cut.</summary>
    public static string Fit(string text, int cells)
    {
        if (text.GetCellWidth() <= cells) return text;
        var cut = new StringBuilder();
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            width += Math.Max(0, rune.ToString().GetCellWidth());
            if (width > cells - 3) break;
            cut.Append(rune);
        }

        return cells < 4 ? "" : cut.Append("...").ToString();
    }

    /// <summary>The page as lines of text.</summary>
    public IEnumerable<string> Plain()
    {
        for (int row = 0; row < Height; row++)
        {
            var line = new StringBuilder();
            for (int column = 0; column < Width; column++) line.Append(_cells[row, column].Text);
            yield return line.ToString().TrimEnd(' ');
        }
    }

    /// <summary>The page as lines of text with colours and weights.</summary>
    public IEnumerable<string> Coloured(ColourDepth depth)
    {
        for (int row = 0; row < Height; row++)
        {
            var line = new StringBuilder();
            CellStyle current = default;
            int last = Width - 1;
            while (last >= 0 && _cells[row, last] is (" ", { Background: null })) last--;
            for (int column = 0; column <= last; column++)
            {
                (string text, CellStyle style) = _cells[row, column];
                if (style != current) line.Append(Sequence(style, depth));
                current = style;
                line.Append(text);
            }

            if (current != default) line.Append("\u001b[0m");
            yield return line.ToString();
        }
    }

    /// <summary>What draws the page on a cleared terminal.</summary>
    public string Draw(ColourDepth depth)
    {
        // Each line is put in its place and cleared before it is written: no line break, nothing that scrolls.
        var text = new StringBuilder(Pixels is null ? "" : "\u001b[2J");
        int row = 1;
        foreach (string line in Coloured(depth)) text.Append(CultureInfo.InvariantCulture, $"\u001b[{row++};1H\u001b[2K{line}");
        if (Pixels is (int top, int left, Photo picture))
            text.Append(CultureInfo.InvariantCulture, $"\u001b[{top + 1};{left + 1}H{Sixel.Encode(picture)}");
        return text.ToString();
    }

    private static string Sequence(CellStyle style, ColourDepth depth)
    {
        var codes = new StringBuilder("\u001b[0");
        if (style.Bold) codes.Append(";1");
        if (style.Faint) codes.Append(";2");
        if (style.Foreground is Rgb fore) codes.Append(Colour(38, fore, depth));
        if (style.Background is Rgb back) codes.Append(Colour(48, back, depth));
        return codes.Append('m').ToString();
    }

    private static string Colour(int kind, Rgb c, ColourDepth depth) => depth switch
    {
        ColourDepth.True => $";{kind};2;{c.R};{c.G};{c.B}",
        ColourDepth.Palette => $";{kind};5;{Nearest(c)}",
        _ => "",
    };

    /// <summary>The nearest of the 256 usual colours: a cube of 6 x 6 x 6 from 16 on, 24 greys from 232 on.</summary>
    private static int Nearest(Rgb c)
    {
        static int Level(int sample) => sample < 48 ? 0 : sample < 115 ? 1 : (sample - 35) / 40;
        static int Value(int level) => level == 0 ? 0 : 55 + 40 * level;
        int Distance(int r, int g, int b) => (r - c.R) * (r - c.R) + (g - c.G) * (g - c.G) + (b - c.B) * (b - c.B);
        (int red, int green, int blue) = (Level(c.R), Level(c.G), Level(c.B));
        int grey = Math.Clamp(((c.R + c.G + c.B) / 3 - 3) / 10, 0, 23), value = 8 + 10 * grey;
        return Distance(value, value, value) < Distance(Value(red), Value(green), Value(blue))
            ? 232 + grey
            : 16 + 36 * red + 6 * green + blue;
    }
}
