using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering.Pages;

/// <summary>A size of letters on a sheet.</summary>
/// <param name="CapHeight">Height of a capital letter in the sheet's units.</param>
/// <param name="StrokeWidth">Width of the strokes where letters are drawn as strokes.</param>
/// <param name="IsBold">Whether outline letters are bold.</param>
internal sealed record SheetLetters(int CapHeight, double StrokeWidth, bool IsBold = false);

/// <summary>
/// What a sheet is drawn on: pixels, or a file of lines and text. Lengths are the sheet's units; a pixel canvas has one a pixel.
/// </summary>
internal abstract class SheetCanvas
{
    // A line of a figure is never longer; names from files may be.
    private const int LongestText = 4096;

    /// <summary>Returns the width of a text.</summary>
    public abstract int Measure(SheetLetters letters, string text);

    /// <summary>Writes one line of text.</summary>
    /// <param name="letters">Its size.</param>
    /// <param name="x">Left edge.</param>
    /// <param name="baseline">The first unit below the letters.</param>
    /// <param name="text">The text.</param>
    /// <param name="colour">Its colour.</param>
    public abstract void Write(SheetLetters letters, int x, int baseline, string text, Rgb colour);

    /// <summary>Draws a picture at its own resolution into a rectangle.</summary>
    public abstract void Paste(int x, int y, int width, int height, Photo photo);

    /// <summary>Fills a rectangle.</summary>
    public abstract void Fill(int x, int y, int width, int height, Rgb colour);

    /// <summary>Draws a frame just inside a rectangle.</summary>
    public abstract void Frame(int x, int y, int width, int height, Rgb colour);

    /// <summary>Draws the colours of a scale from left to right.</summary>
    public abstract void Gradient(int x, int y, int width, int height, ColorBar bar);

    /// <summary>Returns the text, its end replaced by dots where it is wider.</summary>
    public virtual string Fit(SheetLetters letters, string text, int width)
    {
        if (text.Length > LongestText) text = text[..LongestText];
        if (Measure(letters, text) <= width) return text;
        (int fits, int tooLong) = (0, text.Length);
        while (tooLong - fits > 1)
        {
            int middle = (fits + tooLong) / 2;
            if (Measure(letters, string.Concat(text.AsSpan(0, middle).TrimEnd(), "...")) <= width) fits = middle;
            else tooLong = middle;
        }

        return string.Concat(text.AsSpan(0, fits).TrimEnd(), "...");
    }

    /// <summary>Returns the text in lines, broken at blanks; a longer word is cut.</summary>
    public IEnumerable<string> Wrap(SheetLetters letters, string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && (longer.Length > LongestText || Measure(letters, longer) > width))
            {
                yield return Fit(letters, line, width);
                longer = word;
            }

            line = longer;
        }

        if (line.Length > 0) yield return Fit(letters, line, width);
    }
}
