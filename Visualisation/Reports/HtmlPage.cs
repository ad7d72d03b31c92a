using System.Net;
using System.Text;

namespace NetViz.Visualisation.Reports;

/// <summary>
/// One HTML page that needs nothing beside it: style and pictures are inside, there is no script and no network. It follows the
/// reader's light or dark setting, and wide tables scroll in a box of their own, so that it can be read on a phone. All text is
/// encoded, whatever it holds.
/// </summary>
/// <param name="title">The page's title, also its first heading.</param>
public sealed class HtmlPage(string title)
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1c1e21; --soft: #5b6168; --line: #d4d8dd; --paper: #fff; --bad: #b3261e; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e4e6e8; --soft: #a2a8af; --line: #3b4046; --paper: #17191c; --bad: #ff8a80; }
        }
        body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2rem; }
        .table { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
        th, td { padding: .2rem .7rem .2rem 0; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
        th { color: var(--soft); font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
        tr.bad td { color: var(--bad); font-weight: 600; }
        figure { margin: 1rem 0; } img { max-width: 100%; height: auto; }
        figcaption { color: var(--soft); font-size: .9rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .9rem; }
        dt { color: var(--soft); } dd { margin: 0; }
        """;

    private readonly StringBuilder _body = new();

    /// <summary>Adds a heading below the title.</summary>
    /// <param name="text">The text.</param>
    /// <param name="level">2 for a section, 3 for a part of one.</param>
    public HtmlPage Heading(string text, int level = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 6);
        return Add($"<h{level}>{Encode(text)}</h{level}>");
    }

    /// <summary>Adds a paragraph.</summary>
    public HtmlPage Paragraph(string text) => Add($"<p>{Encode(text)}</p>");

    /// <summary>Adds a list.</summary>
    public HtmlPage List(IEnumerable<string> items) =>
        Add($"<ul>{string.Concat(items.Select(item => $"<li>{Encode(item)}</li>"))}</ul>");

    /// <summary>Adds names with their values, for example what a result was made from.</summary>
    public HtmlPage Facts(IEnumerable<(string Name, string Value)> facts) =>
        Add($"<dl>{string.Concat(facts.Select(fact => $"<dt>{Encode(fact.Name)}</dt><dd>{Encode(fact.Value)}</dd>"))}</dl>");

    /// <summary>Adds a table.</summary>
    /// <param name="columns">The headings; columns of numbers begin with &gt; and are aligned to the right.</param>
    /// <param name="rows">One text for each column.</param>
    /// <param name="isBad">Which rows are marked as bad; null for none.</param>
    public HtmlPage Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, Func<int, bool>? isBad = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        string Cells(string kind, IReadOnlyList<string> texts) => string.Concat(texts.Select((text, i) =>
            $"<{kind}{(columns[i].StartsWith('>') ? " class=\"number\"" : "")}>{Encode(text)}</{kind}>"));
        string headings = Cells("th", [.. columns.Select(c => c.TrimStart('>'))]);
        Add($"<div class=\"table\"><table><thead><tr>{headings}</tr></thead><tbody>");
        int index = 0;
        foreach (IReadOnlyList<string> row in rows)
        {
            if (row.Count != columns.Count)
                throw new ArgumentException($"{row.Count} cells for {columns.Count} columns.", nameof(rows));
            Add($"<tr{(isBad?.Invoke(index++) == true ? " class=\"bad\"" : "")}>{Cells("td", row)}</tr>");
        }

        return Add("</tbody></table></div>");
    }

    /// <summary>Adds a picture.</summary>
    /// <param name="png">A PNG file's bytes.</param>
    /// <param name="caption">The text below, which also stands for the picture where it cannot be seen.</param>
    public HtmlPage Figure(ReadOnlySpan<byte> png, string caption) =>
        Add($"<figure><img src=\"data:image/png;base64,{Convert.ToBase64String(png)}\" alt=\"{Encode(caption)}\">"
            + $"<figcaption>{Encode(caption)}</figcaption></figure>");

    /// <summary>The whole page.</summary>
    public override string ToString() =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <h1>{Encode(title)}</h1>
        {_body}</body>
        </html>

        """;

    /// <summary>Writes the page as UTF-8.</summary>
    /// <exception cref="Engine.NetVizException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(ToString()));

    private HtmlPage Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
