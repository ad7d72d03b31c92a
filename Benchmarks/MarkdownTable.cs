namespace NetViz.Benchmarks;

/// <summary>A table as README.md takes it, its columns as wide as their widest cell.</summary>
internal sealed class MarkdownTable(params string[] headings)
{
    private readonly List<string[]> _rows = [headings];

    /// <summary>Adds a row.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Prints it and an empty line: the first column to the left, the others to the right.</summary>
    public void Print()
    {
        int[] widths = [.. headings.Select((_, column) => Math.Max(3, _rows.Max(row => row[column].Length)))];
        Console.WriteLine(Line(headings, widths));
        IEnumerable<string> rules = widths.Select((width, i) =>
            i == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":");
        Console.WriteLine($"|{string.Join("|", rules)}|");
        foreach (string[] row in _rows.Skip(1)) Console.WriteLine(Line(row, widths));
        Console.WriteLine();
    }

    private static string Line(string[] cells, int[] widths) => "| " + string.Join(" | ",
        cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))) + " |";
}
