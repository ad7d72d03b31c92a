using System.Text;
using NetViz.Procedures;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NetViz.Cli.Common;

/// <summary>
/// Consoles for tables and progress bars, whose own control sequences reach the terminal; the text that they are given does not
/// command it.
/// </summary>
/// <param name="writer">Standard output or standard error, without a filter.</param>
/// <param name="isRedirected">Whether it is no terminal.</param>
internal sealed class TerminalOutput(TextWriter writer, bool isRedirected) : IAnsiConsoleOutput
{
    private const int UsualWidth = 80, UsualHeight = 24;

    /// <inheritdoc/>
    public TextWriter Writer => writer;

    /// <inheritdoc/>
    public bool IsTerminal => !isRedirected;

    /// <inheritdoc/>
    public int Width => Size(() => Console.BufferWidth, UsualWidth);

    /// <inheritdoc/>
    public int Height => Size(() => Console.WindowHeight, UsualHeight);

    /// <summary>Creates a console on standard output.</summary>
    public static IAnsiConsole OnOut() => Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>Creates a console on standard error.</summary>
    public static IAnsiConsole OnError() => Create(Console.Error, Console.IsErrorRedirected);

    /// <inheritdoc/>
    public void SetEncoding(Encoding encoding)
    {
        // The encoding of the process stays what it is.
    }

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            // The environment names a terminal or a build server. Neither describes a file or a pipe.
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = !isRedirected },
            Out = new TerminalOutput(PrintableWriter.Behind(writer), isRedirected),
        });
        console.Pipeline.Attach(new PrintableHook());
        return console;
    }

    private static int Size(Func<int> ask, int usual)
    {
        try
        {
            int size = ask();
            return size > 0 ? size : usual;
        }
        catch (IOException)
        {
            return usual;
        }
    }

    /// <summary>Filters the text of all that is drawn; the console adds colours and movements of the cursor after it.</summary>
    private sealed class PrintableHook : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
            renderables.Select(renderable => new Filtered(renderable));
    }

    private sealed class Filtered(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner.Render(options, maxWidth).Select(segment => segment.IsControlCode || segment.IsLineBreak
                ? segment
                : new Segment(Printable.Text(segment.Text), segment.Style));
    }
}
