namespace NetViz.Cli.Docs.Slides;

/// <summary>One slide.</summary>
/// <param name="Title">The heading, as HTML.</param>
/// <param name="Body">What is shown, as HTML.</param>
/// <param name="Notes">What the speaker says: the chapter's paragraphs in full, as HTML.</param>
/// <param name="Answer">An exercise's answer, as HTML; null if the slide asks nothing.</param>
internal sealed record Slide(string Title, string Body, string Notes, string? Answer);
