using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace NetViz.Cli.Docs.Slides;

/// <summary>
/// A deck of slides as one HTML page: style, script and pictures are inside, and a policy forbids everything else. Without a
/// script, and on paper, all slides follow each other with their notes.
/// </summary>
internal static partial class SlideDeck
{
    /// <summary>Writes the page.</summary>
    /// <param name="slides">The slides; the first names the deck.</param>
    public static string Html(IReadOnlyList<Slide> slides)
    {
        string style = Resource("slides.css"), script = Resource("slides.js");
        string title = WebUtility.HtmlEncode(WebUtility.HtmlDecode(Tag().Replace(slides[0].Title, "")));
        var html = new StringBuilder($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="generator" content="NetViz">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src '{Hash(style)}'; script-src '{Hash(script)}'; base-uri 'none'; form-action 'none'">
            <title>{title}</title>
            <style>{style}</style>
            </head>
            <body>

            """);
        for (int i = 0; i < slides.Count; i++)
        {
            Slide slide = slides[i];
            string heading = i == 0 ? "h1" : "h2";
            html.Append($"<section class=\"slide\" id=\"{i + 1}\" aria-label=\"Slide {i + 1} of {slides.Count}\">\n<{heading}>")
                .Append(slide.Title).Append($"</{heading}>\n<div class=\"shown\">").Append(slide.Body);
            if (slide.Answer is { } answer)
                html.Append("<details><summary>Answer</summary>").Append(answer).Append("</details>");
            html.Append("</div>\n");
            if (slide.Notes.Length > 0) html.Append("<aside class=\"notes\">").Append(slide.Notes).Append("</aside>\n");
            html.Append("</section>\n");
        }

        return html.Append($"""
            <nav aria-label="Slides"><button id="back" type="button">Back</button> <span id="place" aria-live="polite"></span>
            <button id="next" type="button">Next</button> <button id="speak" type="button" aria-pressed="false">Notes</button>
            <span class="keys">arrow keys, n notes, a answer</span></nav>
            <script>{script}</script>
            </body>
            </html>

            """).ReplaceLineEndings("\n").ToString();
    }

    private static StringBuilder ReplaceLineEndings(this StringBuilder text, string ending) => text.Replace("\r\n", ending);

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(SlideDeck).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
