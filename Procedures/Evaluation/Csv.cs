using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using NetViz.Engine.Files;

namespace NetViz.Procedures;

/// <summary>
/// Comma-separated values as RFC 4180 has them, in UTF-8. Names come from files of strangers, and a spreadsheet takes a cell
/// that begins with =, +, - or @ for a formula: such a text gets an apostrophe before it, as spreadsheets mark texts themselves.
/// Numbers stay numbers.
/// </summary>
internal static partial class Csv
{
    private static readonly SearchValues<char> Separators = SearchValues.Create(",;\t\"\r\n");

    /// <summary>Writes a table, whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows) =>
        OutputFile.Write(path, ResultKind.Table, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\r\n" };
            writer.WriteLine(string.Join(',', columns.Select(Neutral).Select(Quoted)));
            foreach (IReadOnlyList<object?> row in rows) writer.WriteLine(string.Join(',', row.Select(CellOf).Select(Quoted)));
        });

    private static string CellOf(object? value) => value is string text
        ? Neutral(text)
        : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>A text that no spreadsheet takes for a formula; a plain number is none.</summary>
    internal static string Neutral(string text)
    {
        if (Number().IsMatch(text)) return text;
        string first = text.Length > 0 && text[0] is '\t' or '\r' or '\n' ? "'" : "";
        return first + Formula().Replace(text, "$1'");
    }

    // Blanks, controls and characters without width may stand before; full-width signs count as their plain ones. Where a list's
    // separator is another one than the comma, a cell begins behind it, too.
    [GeneratedRegex(@"((?:^(?![\t\r\n])|[;\t\r\n|])(?=[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\u2212]))")]
    private static partial Regex Formula();

    [GeneratedRegex(@"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z")]
    private static partial Regex Number();

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(Separators) < 0
        ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
