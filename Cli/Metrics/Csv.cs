using System.Globalization;
using NetViz.Visualisation;

namespace NetViz.Cli.Metrics;

/// <summary>Comma-separated values as RFC 4180 has them, in UTF-8.</summary>
internal static class Csv
{
    /// <summary>Writes a table, whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows) =>
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\r\n" };
            writer.WriteLine(string.Join(',', columns.Select(Quoted)));
            foreach (IReadOnlyList<object?> row in rows) writer.WriteLine(string.Join(',', row.Select(TextOf).Select(Quoted)));
        });

    private static string TextOf(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0
        ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
