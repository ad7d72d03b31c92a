using System.Globalization;
using System.Text;
using Spectre.Console;

namespace NetViz.Cli.Step;

/// <summary>Numbers in few characters, and lines in few columns.</summary>
internal static class StepText
{
    private const char NoBreak = '\u00a0';

    /// <summary>Three digits, or two and an exponent: at most seven characters.</summary>
    public static string Number(double value)
    {
        if (value == 0) return "0";
        double size = Math.Abs(value);
        if (!double.IsFinite(value)) return value.ToString(CultureInfo.InvariantCulture);
        string text = size switch
        {
            >= 99_999.5 or < 0.00995 => value.ToString("0.0e-0", CultureInfo.InvariantCulture),
            >= 99.95 => value.ToString("0", CultureInfo.InvariantCulture),
            _ => value.ToString("G3", CultureInfo.InvariantCulture),
        };
        return text.Length <= 7 ? text : value.ToString("0e-0", CultureInfo.InvariantCulture);
    }

    /// <summary>A count with its thousands marked.</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A share in per cent; not 0.0 or 100.0 unless it is none or all.</summary>
    public static string Share(long part, long whole)
    {
        double percent = whole == 0 ? 0 : 100.0 * part / whole;
        if (part > 0) percent = Math.Max(percent, 0.1);
        if (part < whole) percent = Math.Min(percent, 99.9);
        return percent.ToString("0.0", CultureInfo.InvariantCulture) + "%";
    }

    /// <summary>A name in at most the given number of cells; of a long one its end, where names of layers differ.</summary>
    public static string FitEnd(string name, int cells)
    {
        if (name.GetCellWidth() <= cells) return name;
        Rune[] runes = [.. name.EnumerateRunes()];
        int from = runes.Length;
        for (int width = 3; from > 0 && (width += runes[from - 1].ToString().GetCellWidth()) <= cells; from--)
        {
        }

        return $"...{string.Concat(runes[from..])}";
    }

    /// <summary>
    /// Text broken at blanks into lines of at most the given number of characters; words that are longer are cut.
    /// </summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        // A comparison stays on one line.
        foreach (string sign in (string[])[" <= ", " > ", " < "])
            text = text.Replace(sign, sign.Replace(' ', NoBreak), StringComparison.Ordinal);
        return Lines(text, width).Select(line => line.Replace(NoBreak, ' '));
    }

    private static IEnumerable<string> Lines(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        if (line.Length > 0) yield return line;
    }
}
