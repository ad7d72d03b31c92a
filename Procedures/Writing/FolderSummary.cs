using System.Globalization;
using System.Net;
using System.Text;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Procedures;

/// <summary>One picture of a summary.</summary>
/// <param name="Picture">Its file.</param>
/// <param name="Class">The class's number.</param>
/// <param name="ClassName">Its name.</param>
/// <param name="Score">Its score.</param>
/// <param name="Probability">Its probability; null where the network has none.</param>
/// <param name="Norms">Numbers by their columns' names, for example each signal's norm.</param>
/// <param name="Link">A file beside the summary that shows more; null for none.</param>
/// <param name="Thumbnail">A little picture; null for none.</param>
internal sealed record SummaryLine(string Picture, int Class, string ClassName, float Score, float? Probability,
    IReadOnlyList<(string Name, double? Value)> Norms, string? Link, Photo? Thumbnail);

/// <summary>What lies beside the results of many pictures: a table, a contact sheet, and a page of thumbnails.</summary>
internal static class FolderSummary
{
    /// <summary>Side of the little pictures.</summary>
    public const int ThumbnailSide = 160;

    private const int Columns = 10, MaxOnSheet = 500, MaxOnPage = 5000;

    /// <summary>The names of the files of a command; the first has the table's plain names.</summary>
    /// <param name="prefix">What they begin with; empty, or a command's name and a dot.</param>
    /// <param name="hasPictures">Whether there are little pictures.</param>
    /// <param name="look">The sheet's format.</param>
    public static string[] NamesOf(string prefix, bool hasPictures, Look look) =>
        [$"{prefix}summary.csv", .. hasPictures ? [$"{prefix}contact-sheet{look.Format.Extension()}", $"{prefix}index.html"] : Array.Empty<string>()];

    /// <summary>Writes the files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="prefix">What their names begin with.</param>
    /// <param name="title">What was done, with which network.</param>
    /// <param name="look">How the sheet looks.</param>
    /// <param name="lines">The pictures in order.</param>
    /// <returns>The names of the files.</returns>
    public static IReadOnlyList<string> Write(string folder, string prefix, string title, Look look, IReadOnlyList<SummaryLine> lines)
    {
        var writer = new ResultWriter(folder, look);
        writer.Bytes($"{prefix}summary.csv", ResultKind.Table, Encoding.UTF8.GetBytes(Table(lines)));
        (string Word, Photo Picture)[] tiles = [.. lines.Where(line => line.Thumbnail is not null).Take(MaxOnSheet)
            .Select(line => (line.ClassName, line.Thumbnail!))];
        if (tiles.Length == 0) return writer.Names;
        string shown = tiles.Length < lines.Count ? $"the first {tiles.Length} of {lines.Count} pictures" : Counted.Of(lines.Count, "picture");
        writer.Sheet($"{prefix}contact-sheet", ContactSheet.Page(title, shown, tiles, Columns));
        writer.Bytes($"{prefix}index.html", ResultKind.Page, Encoding.UTF8.GetBytes(Page(title, lines)));
        return writer.Names;
    }

    /// <summary>Comma-separated values, a line for each picture; numbers as in English, empty where there is none.</summary>
    public static string Table(IReadOnlyList<SummaryLine> lines)
    {
        string[] names = [.. lines.SelectMany(line => line.Norms).Select(norm => norm.Name).Distinct()];
        var table = new StringBuilder("picture,class,class_name,score,probability");
        foreach (string name in names) table.Append(',').Append(Quoted(name));
        table.Append('\n');
        foreach (SummaryLine line in lines)
        {
            table.Append(CultureInfo.InvariantCulture,
                $"{Quoted(line.Picture)},{line.Class},{Quoted(line.ClassName)},{line.Score:R},{line.Probability:R}");
            foreach (string name in names)
                table.Append(',').Append(line.Norms.FirstOrDefault(norm => norm.Name == name).Value?.ToString("R", CultureInfo.InvariantCulture));
            table.Append('\n');
        }

        return table.ToString();
    }

    private static string Quoted(string text) => text.AsSpan().IndexOfAny("\",\n\r") < 0 ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Page(string title, IReadOnlyList<SummaryLine> lines)
    {
        static string Text(string text) => WebUtility.HtmlEncode(Printable.Line(text));
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
            + "<meta name=\"generator\" content=\"NetViz\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{Text(title)}</title>\n<style>")
            .Append("body{font:15px/1.4 system-ui,sans-serif;margin:1.5rem;color-scheme:light dark}"
                + "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(160px,1fr));gap:14px}"
                + "figure{margin:0}img{width:100%;height:auto;display:block}figcaption{overflow-wrap:anywhere}"
                + "small{opacity:.75}</style></head><body>\n")
            .Append(CultureInfo.InvariantCulture, $"<h1>{Text(title)}</h1><p>{Text(Counted.Of(lines.Count, "picture"))}")
            .Append(lines.Count > MaxOnPage ? $", the first {MaxOnPage} of them here" : "").Append("</p>\n<main>\n");
        foreach (SummaryLine line in lines.Take(MaxOnPage))
        {
            string image = line.Thumbnail is null ? "" : $"<img loading=\"lazy\" width=\"{line.Thumbnail.Width}\" height=\"{line.Thumbnail.Height}\" "
                + $"alt=\"{Text($"map of {line.ClassName}")}\" src=\"data:image/webp;base64,{Convert.ToBase64String(ImageFile.EncodeWebP(line.Thumbnail, 80))}\">";
            string likely = line.Probability is { } p ? string.Create(CultureInfo.InvariantCulture, $"{100 * p:0.0} %")
                : string.Create(CultureInfo.InvariantCulture, $"score {line.Score:0.00}");
            page.Append("<figure>").Append(line.Link is null ? image : $"<a href=\"{Uri.EscapeDataString(line.Link)}\">{image}</a>")
                .Append(CultureInfo.InvariantCulture,
                    $"<figcaption>{Text(line.ClassName)}, {likely}<br><small>{Text(Path.GetFileName(line.Picture))}</small></figcaption></figure>\n");
        }

        return page.Append("</main></body></html>\n").ToString();
    }
}
