using System.Net;
using System.Text;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Reports;

/// <summary>
/// One HTML page that needs nothing beside it: style and pictures are inside, there is no script and no network. It follows the
/// reader's light or dark setting; wide tables scroll in a box of their own and rows of pictures break, so that it can be read
/// on a phone. All text is encoded, whatever it holds.
/// </summary>
/// <param name="title">The page's title, also its first heading.</param>
public sealed class HtmlPage(string title)
{
    private const string Style = """
        :root { color-scheme: light; --ink: #1c1e21; --soft: #5b6168; --line: #d4d8dd; --paper: #fff; --link: #0b57d0;
          --bad: #b3261e; }
        @media screen and (prefers-color-scheme: dark) {
          :root { color-scheme: dark; --ink: #e4e6e8; --soft: #a2a8af; --line: #3b4046; --paper: #17191c; --link: #8ab4f8;
            --bad: #ff8a80; }
        }
        body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        p, li { max-width: 48rem; } a { color: var(--link); } nav li { padding: .15rem 0; }
        h1, h2, h3 { line-height: 1.25; } h1 { font-size: 1.6rem; } h3 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
        h2 { font-size: 1.35rem; margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
        .table { overflow-x: auto; margin: .75rem 0; } table { border-collapse: collapse; font-size: .9rem; }
        th, td { padding: .25rem 1rem .25rem 0; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
        th { color: var(--soft); font-weight: 600; vertical-align: bottom; overflow-wrap: normal; }
        :is(th, td):last-child { padding-right: 0; } .number { text-align: right; font-variant-numeric: tabular-nums; }
        tr.bad td { color: var(--bad); font-weight: 600; }
        figure { margin: 0; } img { display: block; max-width: 100%; height: auto; }
        .row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(10rem, 45%), 1fr)); gap: 1rem .8rem;
          margin: .75rem 0; } .row img { width: 100%; }
        .beside { display: flex; flex-wrap: wrap; gap: 0 2rem; align-items: center; } .beside figure { max-width: 20rem; }
        figcaption, .note { color: var(--soft); font-size: .9rem; line-height: 1.4; }
        figcaption { margin-top: .3rem; } strong { display: block; color: var(--ink); font-weight: 600; }
        .scale img { width: 100%; height: .9rem; } .scale div { display: grid; grid-template-columns: 1fr auto 1fr; }
        .scale span:last-child { text-align: right; }
        summary { cursor: pointer; color: var(--link); padding: .3rem 0; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .9rem; }
        dt { color: var(--soft); } dd { margin: 0; }
        @media (max-width: 40rem) { th { white-space: normal; } th, td { padding-right: .7rem; } }
        @media print {
          body { max-width: none; padding: 0; } table { font-size: .8rem; } figure, tr { break-inside: avoid; }
          h2, h3 { break-after: avoid; } .table { overflow: visible; } th, td { white-space: normal; padding-right: .6rem; }
          summary { display: none; } details::details-content { content-visibility: visible; block-size: auto; }
        }
        """;

    // With this number of sections or more, the page begins with a list of them.
    private const int SectionsWithContents = 3;

    private readonly List<string> _sections = [];

    /// <summary>The page's title, also its first heading.</summary>
    public string Title { get; set; } = title;

    private readonly StringBuilder _body = new();

    /// <summary>Adds a heading below the title.</summary>
    /// <param name="text">The text.</param>
    /// <param name="level">2 for a section, 3 for a part of one.</param>
    public HtmlPage Heading(string text, int level = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 6);
        if (level > 2) return Add($"<h{level}>{Encode(text)}</h{level}>");
        _sections.Add(text);
        return Add($"<h2 id=\"s{_sections.Count}\">{Encode(text)}</h2>");
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
    /// <param name="picture">The picture; kept as WebP with loss (<see cref="ImageFile.EncodeWebP"/>), so that a page of many
    /// can be mailed.</param>
    /// <param name="shows">What stands for it where it cannot be seen.</param>
    /// <param name="caption">The text below; may be empty.</param>
    /// <param name="name">Stands before the caption and apart from it; may be empty.</param>
    public HtmlPage Figure(Photo picture, string shows, string caption = "", string name = "") =>
        Add($"<figure>{Image("webp", ImageFile.EncodeWebP(picture), shows)}{Caption(name, caption)}</figure>");

    /// <summary>Adds text that stands where a row has no picture.</summary>
    /// <param name="name">Stands first and apart.</param>
    /// <param name="text">The text.</param>
    public HtmlPage Note(string name, string text) =>
        Add($"<div class=\"note\"><strong>{Encode(name)}</strong>{Encode(text)}</div>");

    /// <summary>Adds figures and notes side by side, as many as there is room for.</summary>
    public HtmlPage Row(Action<HtmlPage> cells) => Within("<div class=\"row\">", cells, "</div>");

    /// <summary>Adds a picture and a table side by side where there is room for both.</summary>
    public HtmlPage Beside(Action<HtmlPage> parts) => Within("<div class=\"beside\">", parts, "</div>");

    /// <summary>Adds what a reader opens who wants to know more; on paper it is open.</summary>
    /// <param name="summary">What is inside.</param>
    /// <param name="content">Adds it.</param>
    public HtmlPage Details(string summary, Action<HtmlPage> content) =>
        Within($"<details><summary>{Encode(summary)}</summary>", content, "</details>");

    /// <summary>Adds a colour scale with its numbers.</summary>
    internal HtmlPage Scale(ColorBar bar)
    {
        var colours = new Photo(256, 1, new byte[3 * 256]);
        for (int x = 0; x < 256; x++)
        {
            Rgb c = bar.At(x / 255f);
            (colours.Rgb[3 * x], colours.Rgb[3 * x + 1], colours.Rgb[3 * x + 2]) = (c.R, c.G, c.B);
        }

        string[] numbers = [.. Enumerable.Range(0, 3).Select(mark => bar.Number(mark, 2))];
        string image = Image("png", ImageFile.EncodePng(colours), $"colours from {numbers[0]} to {numbers[2]}");
        return Add($"<figure class=\"scale\">{image}"
            + $"<figcaption><div>{string.Concat(numbers.Select(number => $"<span>{Encode(number)}</span>"))}</div>"
            + $"{Encode(bar.Label)}</figcaption></figure>");
    }

    /// <summary>The whole page.</summary>
    public override string ToString() =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="generator" content="NetViz">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(Title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <h1>{Encode(Title)}</h1>
        {Contents()}{_body}</body>
        </html>

        """;

    /// <summary>Writes the page as UTF-8.</summary>
    /// <exception cref="Engine.NetVizException">The file cannot be written.</exception>
    public void Write(string path) => OutputFile.Write(path, ResultKind.Page, ToBytes());

    /// <summary>The bytes of the page's file.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());

    private string Contents() => _sections.Count < SectionsWithContents ? "" :
        $"<nav aria-label=\"Contents\"><ul>{string.Concat(_sections.Select((text, i) =>
            $"<li><a href=\"#s{i + 1}\">{Encode(text)}</a></li>"))}</ul></nav>\n";

    private static string Image(string type, byte[] file, string shows) =>
        $"<img src=\"data:image/{type};base64,{Convert.ToBase64String(file)}\" alt=\"{Encode(shows)}\"/>";

    private static string Caption(string name, string caption) => name.Length + caption.Length == 0 ? ""
        : $"<figcaption>{(name.Length == 0 ? "" : $"<strong>{Encode(name)}</strong>")}{Encode(caption)}</figcaption>";

    private HtmlPage Within(string open, Action<HtmlPage> content, string close)
    {
        ArgumentNullException.ThrowIfNull(content);
        Add(open);
        content(this);
        return Add(close);
    }

    private HtmlPage Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
