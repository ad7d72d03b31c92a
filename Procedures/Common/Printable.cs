using System.Globalization;
using System.Text;

namespace NetViz.Procedures;

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
        // A text of gigabytes is cut before it is looked at.
        bool isCut = text.Length > 2 * Longest;
        ReadOnlySpan<char> letters = (isCut ? text[..(2 * Longest)] : text).ReplaceLineEndings(" ");
        var line = new StringBuilder();
        for (int i = 0; i < letters.Length; i++)
        {
            if (IsHarmful(letters, i)) line.Append(Escape(letters[i]));
            else line.Append(letters[i]);
            if (line.Length > Longest) return line.Append(" ...").ToString();
        }

        return isCut ? line.Append(" ...").ToString() : line.ToString();
    }

    /// <summary>All lines of a text, each of which does nothing to a terminal.</summary>
    public static string Text(string text)
    {
        var all = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\n' && IsHarmful(text, i)) all.Append(Escape(text[i]));
            else all.Append(text[i]);
        }

        return all.ToString();
    }

    /// <summary>Whether a character, or the pair that it belongs to, does something else than to be shown.</summary>
    public static bool IsHarmful(ReadOnlySpan<char> text, int index)
    {
        char c = text[index];
        if (c is >= ' ' and <= '~') return false;
        if (!char.IsSurrogate(c)) return IsHarmful(char.GetUnicodeCategory(c));
        int first = char.IsHighSurrogate(c) ? index : index - 1;
        // One half alone is no character.
        return first < 0 || first + 1 >= text.Length || !Rune.TryCreate(text[first], text[first + 1], out Rune rune)
            || IsHarmful(Rune.GetUnicodeCategory(rune));
    }

    /// <summary>A character as \u and its number.</summary>
    public static string Escape(char c) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");

    private static bool IsHarmful(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
