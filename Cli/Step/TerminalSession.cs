using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using NetViz.Cli.Common;
using NetViz.Cli.Step;
using NetViz.Engine;
using Spectre.Console;

namespace NetViz.Cli;

/// <summary>
/// The terminal while a full-screen view has it: the alternate screen without a cursor, given back however the program ends. All
/// control sequences are written here, but for those of <see cref="Screen"/>.
/// </summary>
internal sealed partial class TerminalSession : IDisposable
{
    // The alternate screen, and the cursor hidden; and back, with plain letters.
    private const string EnterSequence = "\u001b[?1049h\u001b[?25l\u001b[2J\u001b[H";
    private const string LeaveSequence = "\u001b[0m\u001b[?25h\u001b[?1049l";

    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(150), Pause = TimeSpan.FromMilliseconds(15);

    private readonly Lock _lock = new();
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly bool _isDumb = TerminalTraits.IsDumb;
    private (int, int) _shown;
    private bool _entered;

    // The page must be drawn anew though nothing on it changed.
    private volatile bool _isStale;

    public TerminalSession()
    {
        // A view that ends by a signal gives the terminal back first; what the signal does after that stays as it is.
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            _signals.Add(PosixSignalRegistration.Create(signal, _ => Leave()));
        if (!OperatingSystem.IsWindows())
        {
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, context =>
            {
                // A handled SIGTSTP stops no process: this one stops itself once the screen is given back.
                context.Cancel = true;
                Leave();
                _ = SendSignal(Environment.ProcessId, OperatingSystem.IsLinux() ? 19 : 17); // SIGSTOP
            }));
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => Enter()));
        }

        Enter();
    }

    /// <summary>Refuses to begin where there is no terminal.</summary>
    /// <exception cref="NetVizException">Keys or frames go elsewhere.</exception>
    public static void Require()
    {
        const string Hint = "--script 'down*3 q' plays keys and prints the frames as text";
        if (Console.IsOutputRedirected)
            throw new NetVizException("step is an interactive view, and standard output is no terminal", Hint);
        if (Console.IsInputRedirected)
            throw new NetVizException("step is an interactive view, and standard input is no terminal", Hint);
        if (!TerminalTraits.IsDumb && !Output.Console.Profile.Capabilities.Ansi)
            throw new NetVizException("this terminal understands no ANSI sequences", Hint);
    }

    /// <summary>The terminal's size in cells; 80 x 24 where it does not say.</summary>
    public static (int Width, int Height) Size =>
        Console.WindowWidth > 0 && Console.WindowHeight > 0
            ? (Console.WindowWidth, Console.WindowHeight - (TerminalTraits.IsDumb ? 1 : 0)) // a last line break scrolls
            : (80, 24);

    /// <summary>Draws a page over what is there.</summary>
    public void Show(Screen screen, ColourDepth depth)
    {
        bool clear = _isStale || (screen.Width, screen.Height) != _shown;
        _isStale = false;
        _shown = (screen.Width, screen.Height);
        if (clear && !_isDumb) Write("\u001b[2J");
        Write(_isDumb ? string.Join(Environment.NewLine, screen.Plain()) + Environment.NewLine : screen.Draw(depth));
    }

    /// <summary>Waits for a key.</summary>
    /// <param name="interrupted">Asked now and then; the waiting ends without a key where it says true.</param>
    public ConsoleKeyInfo? ReadKey(Func<bool> interrupted)
    {
        while (true)
        {
            while (!Console.KeyAvailable)
            {
                if (_isStale || interrupted()) return null;
                Thread.Sleep(Pause);
            }

            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key != ConsoleKey.Escape || !Console.KeyAvailable) return key;

            // No key but a sequence: an answer that came late, or something that this view does not know.
            ReadSequence(new StringBuilder(), TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>
    /// Asks for the terminal's attributes (DA1); 4 among them means sixels. Then for the size of a cell in pixels; 8 x 16 where
    /// it is not told, which is small enough for most.
    /// </summary>
    public (bool Sixel, (int Width, int Height) CellPixels) AskForPixels()
    {
        (int, int) small = (8, 16);
        if (_isDumb) return (false, small);
        string attributes = Ask("\u001b[c");
        Match match = AttributesPattern().Match(attributes);
        if (!match.Success || !match.Groups[1].Value.Split(';').Contains("4")) return (false, small);
        Match size = CellPattern().Match(Ask("\u001b[16t"));
        return (true, size.Success && int.TryParse(size.Groups[2].Value, out int w)
            && int.TryParse(size.Groups[1].Value, out int h) && w is > 0 and <= 100 && h is > 0 and <= 200 ? (w, h) : small);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        Leave();
        _output.Dispose();
    }

    private string Ask(string question)
    {
        while (Console.KeyAvailable) Console.ReadKey(intercept: true);
        Write(question);
        var answer = new StringBuilder();
        ReadSequence(answer, AnswerTime);
        return answer.ToString();
    }

    /// <summary>Reads up to a sequence's last character, a letter.</summary>
    private static void ReadSequence(StringBuilder answer, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < patience)
        {
            if (!Console.KeyAvailable)
            {
                Thread.Sleep(1);
                continue;
            }

            char c = Console.ReadKey(intercept: true).KeyChar;
            answer.Append(c);
            if (char.IsAsciiLetter(c)) return;
        }
    }

    private void Enter()
    {
        lock (_lock)
        {
            if (!_isDumb) WriteBytes(EnterSequence);
            _entered = true;
            _isStale = true;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (_entered && !_isDumb) WriteBytes(LeaveSequence);
            _entered = false;
        }
    }

    /// <summary>Writes in one piece, and only while the screen is ours.</summary>
    private void Write(string text)
    {
        lock (_lock)
        {
            if (_entered) WriteBytes(text);
        }
    }

    private void WriteBytes(string text)
    {
        _output.Write(Encoding.UTF8.GetBytes(text));
        _output.Flush();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);

    [GeneratedRegex(@"\[\?([\d;]+)c")]
    private static partial Regex AttributesPattern();

    [GeneratedRegex(@"\[6;(\d+);(\d+)t")]
    private static partial Regex CellPattern();
}

/// <summary>What the environment tells of the terminal.</summary>
internal static class TerminalTraits
{
    /// <summary>A terminal that only types, line by line.</summary>
    public static bool IsDumb => Variable("TERM") == "dumb";

    /// <summary>Whether pictures must be plain characters: few glyphs or colours, or no colour wanted.</summary>
    public static bool WantsShades => IsDumb || Variable("TERM") == "linux" || Variable("NO_COLOR").Length > 0 || !IsUtf8;

    /// <summary>Colours by what the terminal says of itself.</summary>
    public static ColourDepth Colours =>
        Variable("COLORTERM").ToLowerInvariant() is "truecolor" or "24bit" || OperatingSystem.IsWindows()
            ? ColourDepth.True
            : ColourDepth.Palette;

    // A locale that is not told at all is taken for UTF-8, as .NET's console does.
    private static bool IsUtf8
    {
        get
        {
            string locale = ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(Variable).FirstOrDefault(v => v.Length > 0) ?? "";
            return locale.Length == 0 || locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase)
                || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase);
        }
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
