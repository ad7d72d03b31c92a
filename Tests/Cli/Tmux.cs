using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>A terminal of its own, by a tmux server of its own, with a shell in it. Dispose ends the server.</summary>
internal sealed class Tmux : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder;
    private readonly string _socket;

    /// <summary>Starts it; skips the running test where there is no tmux.</summary>
    public Tmux(int width, int height)
    {
        RequireTmux();
        _folder = new TemporaryFolder();
        _socket = _folder.File("tmux");
        try
        {
            Call("new-session", "-d", "-x", $"{width}", "-y", $"{height}",
                "env -u NO_COLOR LC_ALL=C.UTF-8 COLORTERM=truecolor PS1='$ ' ENV= sh");
            // The default is to follow the largest client, and there is none.
            Call("set-option", "-g", "window-size", "manual");
            WaitFor(screen => screen[0] == "$", "prompt");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the screen shows, trailing blanks left out.</summary>
    public string[] Screen => Call("capture-pane", "-p").TrimEnd('\n').Split('\n');

    /// <summary>The screen with its colours.</summary>
    public string Coloured => Call("capture-pane", "-p", "-e");

    /// <summary>Whether a program has the alternate screen, and whether the cursor is shown.</summary>
    public (bool Alternate, bool Cursor) Modes =>
        Call("display-message", "-p", "#{alternate_on}#{cursor_flag}").Trim() switch
        {
            "00" => (false, false),
            "01" => (false, true),
            "10" => (true, false),
            _ => (true, true),
        };

    /// <summary>Types text and Enter.</summary>
    public void Type(string text)
    {
        Call("send-keys", "-l", text);
        Keys("Enter");
    }

    /// <summary>Presses keys by tmux's names: Down, Home, C-c, q.</summary>
    public void Keys(params string[] keys) => Call(["send-keys", .. keys]);

    /// <summary>Gives the terminal another size.</summary>
    public void Resize(int width, int height) => Call("resize-window", "-x", $"{width}", "-y", $"{height}");

    /// <summary>Waits until the screen is so, and fails with what it shows instead where that takes too long.</summary>
    public string[] WaitFor(Func<string[], bool> isSo, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            string[] screen = Screen;
            if (isSo(screen)) return screen;
            if (Stopwatch.GetElapsedTime(start) > Patience) Assert.Fail($"no {what} on\n{string.Join('\n', screen)}");
            Thread.Sleep(30);
        }
    }

    /// <summary>Waits until a line holds the text.</summary>
    public string[] WaitFor(string text) =>
        WaitFor(screen => screen.Any(line => line.Contains(text, StringComparison.Ordinal)), text);

    public void Dispose()
    {
        Run(_socket, "kill-server");
        _folder.Dispose();
    }

    private static void RequireTmux()
    {
        try
        {
            if (Run("unused", "-V").ExitCode == 0) return;
        }
        catch (Win32Exception)
        {
            // It is not on the PATH.
        }

        Assert.Ignore("needs tmux, a terminal that tests can look at, which is not on the PATH");
    }

    private string Call(params string[] arguments)
    {
        (int exitCode, string output, string error) = Run(_socket, arguments);
        Assert.That(exitCode, Is.Zero, $"tmux {string.Join(' ', arguments)}: {error}");
        return output;
    }

    private static (int ExitCode, string Out, string Error) Run(string socket, params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-u", "-f", "/dev/null", "-S", socket, .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment.Remove("TMUX");
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
