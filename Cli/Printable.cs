using System.Globalization;
using System.Text;

namespace NetViz.Cli;

/// <summary>
/// Names come from files of strangers. What a terminal would take for a command (escape sequences, line breaks, marks that turn
/// the direction of writing) is shown as \u and its number.
/// </summary>
internal static class Printable
{
    private const int Longest = 2000;

    /// <summary>The text in one line that does nothing to a terminal.</summary>
    public static string Line(string text)
    {
        var line = new StringBuilder();
        foreach (char c in text.ReplaceLineEndings(" "))
        {
            bool isHarmful = char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            if (isHarmful) line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else line.Append(c);
            if (line.Length > Longest) return line.Append(" ...").ToString();
        }

        return line.ToString();
    }
}
