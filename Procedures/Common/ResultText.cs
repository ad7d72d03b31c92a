namespace NetViz.Procedures;

/// <summary>A result in words: lines and tables in their order, for a terminal or a page to lay out.</summary>
public sealed class ResultText
{
    private readonly List<object> _parts = [];

    /// <summary>Lines (<see cref="string"/>) and tables (<see cref="TextTable"/>).</summary>
    public IReadOnlyList<object> Parts => _parts;

    /// <summary>Adds a line.</summary>
    public void Line(string text) => _parts.Add(text);

    /// <summary>Adds a table, whose rows follow.</summary>
    /// <param name="columns">The headings; one that begins with &lt; is aligned to the left, as the first is.</param>
    public TextTable Table(params string[] columns)
    {
        var table = new TextTable(columns);
        _parts.Add(table);
        return table;
    }
}

/// <summary>A table whose cells are ready to print.</summary>
/// <param name="columns">The headings.</param>
public sealed class TextTable(IReadOnlyList<string> columns)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    /// <summary>The headings.</summary>
    public IReadOnlyList<string> Columns => columns;

    /// <summary>The rows, a cell for each heading.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>Adds a row.</summary>
    public void AddRow(params string[] cells) => _rows.Add(cells);
}
