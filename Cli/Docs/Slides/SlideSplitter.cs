using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace NetViz.Cli.Docs.Slides;

/// <summary>
/// Splits a filled chapter into slides. Each section begins a slide. A slide shows the first sentence of each paragraph, and all of
/// one that begins with bold text. It ends with the first picture, table, listing or list. The paragraphs themselves become the
/// speaker's notes. An answer between
/// <c>&lt;details&gt;</c> and <c>&lt;/details&gt;</c> is hidden until it is asked for. HTML of the chapter is shown as text.
/// </summary>
internal sealed partial class SlideSplitter
{
    // More points than this do not fit on a slide.
    private const int MaxPoints = 4;

    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder().UsePipeTables().DisableHtml().Build();

    private readonly Func<string, string?> _embed;
    private readonly List<Slide> _slides = [];
    private readonly List<string> _points = [], _notes = [];
    private string _title = "", _visual = "";

    private SlideSplitter(Func<string, string?> embed) => _embed = embed;

    /// <summary>Splits a chapter.</summary>
    /// <param name="chapter">The chapter's Markdown, with its numbers and listings filled in.</param>
    /// <param name="embed">Returns the data URI of a picture by the name that the chapter gives it; null shows its text.</param>
    public static IReadOnlyList<Slide> Split(string chapter, Func<string, string?> embed)
    {
        var splitter = new SlideSplitter(embed);
        int from = 0;
        foreach (Match part in Details().Matches(chapter))
        {
            splitter.Add(chapter[from..part.Index]);
            splitter.End(splitter.Render(part.Groups["answer"].Value));
            from = part.Index + part.Length;
        }

        splitter.Add(chapter[from..]);
        splitter.End();
        return splitter._slides;
    }

    private void Add(string markdown)
    {
        MarkdownDocument document = Parse(markdown);
        for (int i = 0; i < document.Count; i++)
        {
            switch (document[i])
            {
                case HeadingBlock heading:
                    End();
                    _title = Inside(Html(heading));
                    break;
                case ParagraphBlock paragraph when IsPicture(paragraph):
                    Show(Html(paragraph), document, ref i);
                    break;
                case ParagraphBlock paragraph:
                    string text = markdown.Substring(paragraph.Span.Start, paragraph.Span.Length).ReplaceLineEndings(" ");
                    if (_points.Count == MaxPoints) End();
                    _points.Add(Render(!IsWhole(paragraph) && FirstSentence().Match(text) is { Success: true } first ? first.Value : text));
                    _notes.Add(Html(paragraph));
                    break;
                case FencedCodeBlock { Lines.Count: 1 } command:
                    _visual += Html(command);
                    break;
                case FencedCodeBlock or Table or ListBlock or QuoteBlock or CodeBlock:
                    Show(Html(document[i]), document, ref i);
                    break;
            }
        }
    }

    /// <summary>Shows what fills a slide, with the caption below it.</summary>
    private void Show(string html, MarkdownDocument document, ref int i)
    {
        _visual += html;
        if (i + 1 < document.Count && document[i + 1] is ParagraphBlock caption && IsCaption(caption))
        {
            _notes.Add(Html(caption));
            _visual += $"<div class=\"caption\">{Html(caption)}</div>";
            i++;
        }

        // What stands last may be an exercise, whose answer follows.
        if (i + 1 < document.Count) End();
    }

    /// <summary>Ends a slide, if there is anything on it.</summary>
    private void End(string? answer = null)
    {
        if (_points.Count == 0 && _visual.Length == 0)
        {
            if (answer is not null && _slides is [.., { Answer: null } last]) _slides[^1] = last with { Answer = answer };
            return;
        }

        _slides.Add(new Slide(_title, string.Concat(_points) + _visual, string.Concat(_notes), answer));
        _points.Clear();
        _notes.Clear();
        _visual = "";
    }

    private MarkdownDocument Parse(string markdown)
    {
        MarkdownDocument document = Markdig.Markdown.Parse(markdown, Markdown);
        foreach (LinkInline link in document.Descendants<LinkInline>().ToArray())
        {
            string? target = link.IsImage ? _embed(link.Url ?? "")
                : link.Url is { } url && (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
                    || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) ? url : null;
            if (target is not null)
            {
                link.Url = target;
                continue;
            }

            // What leads to nothing beside the deck stays as its text.
            while (link.FirstChild is { } child)
            {
                child.Remove();
                link.InsertBefore(child);
            }

            link.Remove();
        }

        foreach (AutolinkInline link in document.Descendants<AutolinkInline>().ToArray())
            link.ReplaceBy(new LiteralInline(link.Url));
        return document;
    }

    private string Render(string markdown) => string.Concat(Parse(markdown).Select(Html));

    private static string Html(Block block)
    {
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Markdown.Setup(renderer);
        renderer.Render(block);
        writer.Flush();
        return writer.ToString();
    }

    private static string Inside(string html) => Tags().Match(html) is { Success: true } inside ? inside.Groups["text"].Value : html;

    private static bool IsPicture(ParagraphBlock paragraph) => paragraph.Inline?.FirstChild is LinkInline { IsImage: true };

    // An exercise, or a rule to remember: its beginning is bold.
    private static bool IsWhole(ParagraphBlock paragraph) =>
        paragraph.Inline?.FirstChild is EmphasisInline { DelimiterCount: 2 };

    private static bool IsCaption(ParagraphBlock paragraph) =>
        paragraph.Inline?.FirstChild is EmphasisInline { DelimiterCount: 1 };

    [GeneratedRegex(@"^<details>\n<summary>[^\n]*</summary>\n(?<answer>.*?)^</details>\n?", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Details();

    [GeneratedRegex(@"^.+?[.!?:](?=\s+[\p{Lu}*`\[(])")]
    private static partial Regex FirstSentence();

    [GeneratedRegex(@"^<h\d[^>]*>(?<text>.*)</h\d>\s*$", RegexOptions.Singleline)]
    private static partial Regex Tags();
}
