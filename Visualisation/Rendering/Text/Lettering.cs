using System.Collections.Concurrent;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering.Text;

/// <summary>Writes text into a picture with <see cref="StrokeFont"/>, anti-aliased; the same bytes on every machine.</summary>
/// <param name="capHeight">Height of a capital letter in pixels.</param>
/// <param name="strokeWidth">Width of the strokes in pixels.</param>
internal sealed class Lettering(int capHeight, double strokeWidth)
{
    // By glyph, of which there are few, and not by character.
    private readonly ConcurrentDictionary<object, Cell> _cells = new(ReferenceEqualityComparer.Instance);

    private readonly double _unit = (double)capHeight / StrokeFont.CapHeight;

    /// <summary>Height of a capital letter in pixels.</summary>
    public int CapHeight => capHeight;

    /// <summary>Width of the text in pixels.</summary>
    public int Measure(string text) => text.Length == 0 ? 0
        : (int)Math.Min(int.MaxValue, text.Sum(character => (long)Advance(character)) - (int)(StrokeFont.Gap * _unit));

    /// <summary>The text, its end replaced by dots where it is wider than this.</summary>
    public string Fit(string text, int width)
    {
        // A letter's advance does not depend on its neighbours, so one pass finds the longest beginning that fits, and a text
        // of a million letters is left as soon as it is too wide.
        var (dots, gap) = (3 * Advance('.'), (int)(StrokeFont.Gap * _unit));
        int length = 0, longest = 0;
        for (long advance = 0; length < text.Length; length++)
        {
            if (advance + dots - gap <= width)
                longest = length;
            advance += Advance(text[length]);
            if (advance - gap > width)
                return string.Concat(text.AsSpan(0, longest).TrimEnd(), "...");
        }
        return text;
    }

    /// <summary>The text in lines no wider than this, broken at blanks; a longer word is cut by <see cref="Fit"/>.</summary>
    public IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && Measure(longer) > width)
            {
                yield return Fit(line, width);
                longer = word;
            }
            line = longer;
        }
        if (line.Length > 0)
            yield return Fit(line, width);
    }

    /// <summary>Writes one line; what lies outside the picture is left out.</summary>
    /// <param name="picture">Is written into.</param>
    /// <param name="x">Left edge of the text.</param>
    /// <param name="baseline">y of the first row of pixels below the letters.</param>
    /// <param name="text">Characters that the font lacks become boxes.</param>
    /// <param name="colour">Colour of the strokes.</param>
    public void Write(Photo picture, int x, int baseline, string text, Rgb colour)
    {
        foreach (var character in text)
        {
            if (!char.IsWhiteSpace(character))
                Write(picture, x, baseline, StrokeFont.Of(character), colour);
            x += Advance(character);
        }
    }

    // Whole pixels, so that each letter has the same shape wherever it stands.
    private int Advance(char character) => (int)Math.Round(_unit
        * (char.IsWhiteSpace(character) ? StrokeFont.Blank : StrokeFont.Of(character).Width + StrokeFont.Gap));

    private void Write(Photo picture, int left, int baseline, StrokeFont.Glyph glyph, Rgb colour)
    {
        Cell cell = _cells.GetOrAdd(glyph, key => Draw((StrokeFont.Glyph)key));
        for (var y = 0; y < cell.Height; y++)
        {
            for (var x = 0; x < cell.Width; x++)
            {
                var coverage = cell.Coverage[y * cell.Width + x];
                if (coverage > 0)
                    picture.Blend(left + cell.Left + x, baseline + cell.Top + y, colour, coverage);
            }
        }
    }

    /// <summary>How much of each pixel around a letter its strokes cover. It is the same wherever the letter stands.</summary>
    private Cell Draw(StrokeFont.Glyph glyph)
    {
        var reach = (int)Math.Ceiling(strokeWidth / 2 + 1);
        var top = (int)Math.Floor(-(StrokeFont.CapHeight + 2) * _unit) - reach;
        var bottom = (int)Math.Ceiling(StrokeFont.Baseline * _unit) + reach;
        var right = (int)Math.Floor(glyph.Width * _unit + reach + 1);
        var cell = new Cell(-reach, top, right + reach + 1, bottom - top + 1,
            new double[(right + reach + 1) * (bottom - top + 1)]);
        for (var dy = top; dy <= bottom; dy++)
        {
            for (var dx = -reach; dx <= right; dx++)
            {
                // The pixel's centre in units; strokes at x = 0 are centred on the first column, feet on the last row.
                var (u, v) = (dx / _unit, StrokeFont.Baseline - (dy + 1) / _unit);
                cell.Coverage[(dy - top) * cell.Width + dx + reach] =
                    Math.Clamp(strokeWidth / 2 + 0.5 - Distance(glyph, u, v) * _unit, 0, 1);
            }
        }

        return cell;
    }

    private sealed record Cell(int Left, int Top, int Width, int Height, double[] Coverage);

    private static double Distance(StrokeFont.Glyph glyph, double x, double y)
    {
        var least = double.MaxValue;
        foreach (var (x0, y0, x1, y1) in glyph.Segments)
        {
            var (dx, dy) = (x1 - x0, y1 - y0);
            var along = Math.Clamp(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1);
            var (offX, offY) = (x - x0 - along * dx, y - y0 - along * dy);
            least = Math.Min(least, offX * offX + offY * offY);
        }
        return Math.Sqrt(least);
    }
}
