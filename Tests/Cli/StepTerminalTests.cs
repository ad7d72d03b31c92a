using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz step</c> in a real terminal of 80 x 24: what its screen shows, and what is left of it afterwards.</summary>
public class StepTerminalTests
{
    private static readonly string Command = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "netviz.dll")}' step "
        + $"'{RepositoryRoot.File("docs", "images", "orange.png")}' --preprocess unit "
        + $"--model '{RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx")}'";

    private const string ThenTellTheExitCode = "; echo \"exit=$?\"";

    [Test]
    public void From_the_score_to_the_image_and_back_and_the_shell_has_its_screen_again()
    {
        using var terminal = new Tmux(80, 24);
        terminal.Type("echo before");
        terminal.Type(Command + " --picture blocks" + ThenTellTheExitCode); // a tmux may know sixels
        string[] first = terminal.WaitFor(screen => screen[^1].StartsWith("Down/Up layer", StringComparison.Ordinal), "frame");
        int layers = int.Parse(first[0].Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(terminal.Modes, Is.EqualTo((Alternate: true, Cursor: false)));
            Assert.That(first, Has.Length.EqualTo(24));
            Assert.That(first[0], Does.StartWith("orange.png: ").And.EndWith($"layer 1 of {layers}"));
            Assert.That(first[1], Does.StartWith("rule: gradient"));
            Assert.That(first[^1], Does.StartWith("Down/Up layer"));
            Assert.That(first.Any(line => line.Contains('\u2580')), "the picture is of half blocks");
            Assert.That(terminal.Coloured, Does.Contain("\u001b[38;2;"), "in 24-bit colour");
        }

        for (int k = 2; k <= layers; k++)
        {
            terminal.Keys("Down");
            terminal.WaitFor($"layer {k} of {layers}");
        }

        terminal.Keys("Space");
        terminal.WaitFor($"the end, {layers} layers");
        terminal.WaitFor("R_0 = dS_c / dI");
        terminal.Keys("Tab", "Tab");
        terminal.WaitFor("the photograph, cropped as for the network");
        for (int k = layers; k >= 1; k--)
        {
            terminal.Keys("Up");
            terminal.WaitFor($"layer {k} of {layers}");
        }

        terminal.Keys("End");
        terminal.WaitFor($"the end, {layers} layers");
        terminal.Keys("Home");
        terminal.WaitFor(screen => screen.SequenceEqual(first), "page as at first");

        terminal.Keys("?");
        terminal.WaitFor("Any key goes on.");
        terminal.Keys("Enter");
        terminal.WaitFor($"layer 1 of {layers}");
        terminal.Keys("q");
        RequireShell(terminal, "exit=0");
    }

    [Test]
    public void Rules_channels_elements_and_another_size()
    {
        using var terminal = new Tmux(80, 24);
        terminal.Type(Command + ThenTellTheExitCode);
        terminal.WaitFor("layer 1 of ");
        // Down to a rectifier over planes.
        for (int k = 1; !terminal.Screen.Any(line => line.Contains("  Relu  [1, 32, 8, 8]", StringComparison.Ordinal)); k++)
        {
            Assert.That(k, Is.LessThan(30), string.Join('\n', terminal.Screen));
            terminal.Keys("Down");
            terminal.WaitFor($"layer {k + 1} of ");
        }

        terminal.WaitFor("gradient: R_n = r 1(x > 0)");
        terminal.Keys("d");
        terminal.WaitFor("deconvnet: R_n = max(r, 0)");
        terminal.WaitFor("then deconvnet");
        terminal.Keys("u");
        terminal.WaitFor("guided: R_n = max(r, 0) 1(x > 0)");
        terminal.Keys("r");
        terminal.WaitFor("gradient: R_n = r 1(x > 0)");

        terminal.Keys("c", "3", "Enter");
        terminal.WaitFor("below: channel 3 of 0..31");
        terminal.Keys("Right");
        terminal.WaitFor("below: channel 4 of 0..31");
        terminal.Keys("Tab");
        terminal.WaitFor("above: channel 4 of 0..31");
        terminal.Keys("e", "Enter");
        terminal.WaitFor("element (");

        foreach ((int width, int height) in new[] { (100, 30), (60, 16) })
        {
            terminal.Resize(width, height);
            string[] page = terminal.WaitFor(screen => screen.Length == height && screen[0].Length == width
                && screen[^1].StartsWith("Down/Up", StringComparison.Ordinal), $"page of {width} x {height}");
            Assert.That(page[2], Is.EqualTo(new string('-', width)));
        }

        terminal.Resize(30, 8);
        terminal.WaitFor("Too small");
        terminal.Resize(80, 24);
        terminal.WaitFor("above: channel 4 of 0..31");
        terminal.Keys("q");
        RequireShell(terminal, "exit=0");
    }

    [Test]
    public void An_interrupt_gives_the_terminal_back()
    {
        using var terminal = new Tmux(80, 24);
        terminal.Type("echo before");
        terminal.Type(Command);
        terminal.WaitFor("layer 1 of ");
        terminal.Keys("C-c");
        terminal.WaitFor(screen => !screen.Any(line => line.Contains("layer 1 of", StringComparison.Ordinal)), "shell");
        terminal.Type("echo after");
        RequireShell(terminal, "after");
    }

    private static void RequireShell(Tmux terminal, string shows)
    {
        string[] screen = terminal.WaitFor(lines => lines.Any(line => line == shows || line == "$ " + shows), shows);
        Assert.That(terminal.Modes, Is.EqualTo((Alternate: false, Cursor: true)));
        Assert.That(screen.Any(line => line.Contains("layer ", StringComparison.Ordinal)), Is.False,
            "nothing of the view is left");
    }
}
