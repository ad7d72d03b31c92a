using NetViz.Cli.Help;
using NetViz.Engine;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>The help, and what the program says of names that it does not know.</summary>
[NonParallelizable]
public class HelpTests
{
    private static readonly string[] Commands = [.. CommandGuide.Groups.SelectMany(group => group.Commands)];

    [Test]
    public void The_programs_help_has_every_command_in_a_group_and_fits_a_page()
    {
        string[] lines = Lines("--help");
        Assert.That(lines, Has.Length.LessThanOrEqualTo(60));
        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(80));
        string[] known = [.. NetViz.Cli.Program.Root.Subcommands.Where(command => !command.Hidden).Select(c => c.Name)];
        Assert.That(Commands, Is.EquivalentTo(known));
        foreach (string command in known) Assert.That(lines, Has.Some.StartsWith($"  {command} "));
    }

    [TestCaseSource(nameof(Commands))]
    public void A_commands_help_begins_with_a_sentence_and_examples(string command)
    {
        string[] lines = Lines(command, "--help");
        Assert.That(lines, Has.Length.LessThanOrEqualTo(50));
        Assert.That(lines, Has.All.Length.LessThanOrEqualTo(80));
        Assert.That(lines[0], Does.EndWith("."));
        Assert.That(lines, Has.Some.EqualTo("Examples"));
        Assert.That(Lines("help", command), Is.EqualTo(lines));
    }

    [Test]
    public void Constants_are_in_the_advanced_help()
    {
        Assert.That(Lines("saliency", "--help"), Has.None.Contains("--noise"));
        Assert.That(Lines("saliency", "--help-advanced"), Has.Some.Contains("--noise"));
    }

    [TestCase("prove --layer conv1_1", "'--layer' is no option of netviz prove")]
    [TestCase("saliency --modle x.onnx", "did you mean --model?")]
    [TestCase("salency", "did you mean saliency?")]
    [TestCase("help salency", "did you mean saliency?")]
    [TestCase("saliency --layer conv5_9", "did you mean conv5_1?")]
    [TestCase("class-model --preset lucidd", "did you mean lucid?")]
    [TestCase("completion fish", "there are bash, zsh and pwsh")]
    public void A_name_that_is_not_known_brings_the_nearest(string arguments, string hint)
    {
        NetvizProcess run = NetvizProcess.Run(arguments.Split(' '));
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(hint));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("abcd", "abdc", 1, Description = "two neighbours swapped")]
    [TestCase("abcd", "abd", 1)]
    [TestCase("", "abc", 3)]
    [TestCase("kitten", "sitting", 3)]
    public void The_distance_of_names_counts_changes(string a, string b, int distance) =>
        Assert.That(NearestName.Distance(a, b), Is.EqualTo(distance));

    [TestCase("netviz sal", "saliency")]
    [TestCase("netviz saliency --cr", "--crops")]
    public void A_line_is_completed(string line, string expected)
    {
        string[] found = [.. CompletionScript.Complete(line, NetViz.Cli.Program.Root)];
        Assert.That(found, Does.Contain(expected));
    }

    [TestCase("bash")]
    [TestCase("zsh")]
    [TestCase("pwsh")]
    public void Scripts_for_shells_ask_the_program(string shell) =>
        Assert.That(string.Concat(Lines("completion", shell)), Does.Contain(CompletionScript.Variable).And.Contain("netviz"));

    [Test]
    public void The_manual_page_has_every_command() =>
        Assert.That(Lines("man"), Is.SupersetOf(Commands.Select(command => $".SS \"netviz {command}\"")));

    [Test]
    public void The_version_has_two_names() => Assert.That(Lines("-v"), Is.EqualTo(Lines("--version")));

    private static string[] Lines(params string[] arguments)
    {
        NetvizProcess run = NetvizProcess.Run(arguments);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run.Out.TrimEnd().Split('\n');
    }
}
