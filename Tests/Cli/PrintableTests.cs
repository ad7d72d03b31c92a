using NetViz.Cli.Common;
using NetViz.Procedures;
using NUnit.Framework;
using Spectre.Console;

namespace NetViz.Tests.Cli;

/// <summary>Text of strangers on its way to a terminal.</summary>
[NonParallelizable]
public class PrintableTests
{
    private const string Clipboard = "\u001b]52;c;cm0gLXJm\u0007";

    // C0, DEL, C1, marks of direction, separators, what shows nothing, half a character.
    private static readonly string[] Harmful =
    [
        "\u001b", "\u0000", "\u0007", "\u0008", "\u007f", "\u0085", "\u009b", "\u009d", "\u200b", "\u200e", "\u202a", "\u202e",
        "\u2066", "\u2069", "\u2028", "\u2029", "\ufeff", "\u00ad", "\U000e0041", "\ud800", "\udc00",
    ];

    [TestCaseSource(nameof(Harmful))]
    public void What_a_terminal_would_obey_is_shown(string harmful)
    {
        var inner = new StringWriter();
        using var writer = new PrintableWriter(inner);
        writer.WriteLine($"a{harmful}b");
        string written = inner.ToString();
        Assert.That(written, Does.StartWith("a\\u").And.EndWith($"b{Environment.NewLine}"));
        Assert.That(written, Does.Not.Contain(harmful));
        Assert.That(Printable.Line($"a{harmful}b"), Does.StartWith("a").And.EndWith("b").And.Not.Contain(harmful));
    }

    [Test]
    public void A_character_at_a_time_is_filtered_too()
    {
        var inner = new StringWriter();
        using var writer = new PrintableWriter(inner);
        foreach (char c in Clipboard) writer.Write(c);
        writer.Write(Clipboard.ToCharArray());
        writer.Write(Clipboard.AsSpan());
        writer.Write("{0}", Clipboard);
        writer.WriteLine((object)Clipboard);
        writer.Flush();
        Assert.That(inner.ToString(), Does.Not.Contain('\u001b').And.Not.Contain('\u0007'));
    }

    [Test]
    public void Letters_of_all_alphabets_lines_and_tabs_pass()
    {
        const string Text = "\u00e4\u20ac \u4e2d\u6587 \U0001f34a\tx\r\ny\nz";
        var inner = new StringWriter();
        using var writer = new PrintableWriter(inner);
        writer.Write(Text);
        Assert.That(inner.ToString(), Is.EqualTo(Text));
    }

    [Test]
    public void A_carriage_return_on_its_own_does_not_take_a_line_back()
    {
        var inner = new StringWriter();
        using var writer = new PrintableWriter(inner);
        writer.Write("all is well\rboom");
        Assert.That(inner.ToString(), Is.EqualTo("all is well\\u000dboom"));
    }

    [Test]
    public void Tables_are_filtered_wherever_their_text_comes_from()
    {
        TextWriter before = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(new PrintableWriter(output));
        try
        {
            IAnsiConsole console = TerminalOutput.OnOut();
            console.Profile.Width = 140;
            console.Write(new Table().AddColumn(Markup.Escape($"c{Clipboard}")).AddRow(Markup.Escape($"r{Clipboard}\u202e")));
            console.MarkupLine(Markup.Escape(Clipboard));
        }
        finally
        {
            Console.SetOut(before);
        }

        Assert.That(output.ToString(), Does.Contain("\\u001b]52"));
        Assert.That(output.ToString(), Does.Not.Contain('\u001b').And.Not.Contain('\u0007').And.Not.Contain('\u202e'));
    }

    [Test]
    public void A_long_text_is_cut_before_it_is_looked_at()
    {
        string text = new('a', 20_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Printable.Line(text), Does.EndWith(" ...").And.Length.LessThan(2100));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    [Test]
    public void A_name_on_the_command_line_commands_nothing_whatever_refuses_it()
    {
        foreach (string[] arguments in (string[][])
            [["classify", Clipboard], [Clipboard], ["info", "--model", $"{Clipboard}.onnx"], ["models", "verify", Clipboard],
                ["classify", "--top", Clipboard], ["saliency", "--rule", Clipboard], ["docs", Clipboard, "--output", "x.md"]])
        {
            NetvizProcess run = NetvizProcess.Run(arguments);
            Assert.That(run.ExitCode, Is.EqualTo(2), string.Join(' ', arguments));
            Assert.That(run.Out + run.Error, Does.Not.Contain('\u001b').And.Not.Contain('\u0007'));
            Assert.That(run.Error.Trim().Split('\n'), Has.Length.EqualTo(1), run.Error);
        }
    }
}
