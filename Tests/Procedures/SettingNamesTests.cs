using System.CommandLine;
using System.Text.RegularExpressions;
using NetViz.Cli.Common;
using NUnit.Framework;

namespace NetViz.Tests.Procedures;

/// <summary>Libraries name settings, and the command line names the options that set them.</summary>
public partial class SettingNamesTests
{
    private static readonly string[] Libraries =
        ["Kernels", "Engine", "Analysis", "Training", "Weights", "Visualisation", "Procedures"];

    // Of another program.
    private static readonly string[] OfTar = ["--dereference", "--hard-dereference"];

    [TestCase("`MaxPixels` 0; at least 1", "--max-pixels 0; at least 1")]
    [TestCase("leave out `Classes`, `Target`", "leave out --class, --target")]
    [TestCase("`clip-norm` 101; up to 100", "--clip-norm 101; up to 100")]
    [TestCase("`netviz info` lists all", "`netviz info` lists all")]
    public void A_setting_becomes_its_option(string message, string printed) =>
        Assert.That(SettingNames.AsOptions(message), Is.EqualTo(printed));

    [Test]
    public void No_library_names_an_option()
    {
        foreach ((string file, string literal) in Literals())
        {
            string[] found = [.. Option().Matches(literal).Select(match => match.Value).Except(OfTar)];
            Assert.That(found, Is.Empty, $"{file}: {literal}");
        }
    }

    [Test]
    public void Every_setting_that_a_library_names_has_an_option()
    {
        var known = new HashSet<string>(AllOptions(NetViz.Cli.Program.Root));
        var settings = new HashSet<string>(Literals().SelectMany(l => Setting().Matches(l.Literal)).Select(m => m.Groups[1].Value));
        Assert.That(settings, Has.Count.GreaterThan(40));
        foreach (string setting in settings)
            Assert.That(known, Does.Contain(SettingNames.OptionOf(setting).Split(' ')[0]), setting);
    }

    private static IEnumerable<string> AllOptions(Command command) =>
        [.. command.Options.SelectMany(option => option.Aliases.Append(option.Name)), .. command.Subcommands.SelectMany(AllOptions)];

    private static IEnumerable<(string File, string Literal)> Literals() =>
        from library in Libraries
        from file in Directory.EnumerateFiles(RepositoryRoot.File(library), "*.cs", SearchOption.AllDirectories)
        where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        from line in File.ReadLines(file)
        where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
        from match in Text().Matches(line)
        select (file, match.Value);

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Text();

    [GeneratedRegex("(?<![\\w-])--[a-z][a-z-]+")]
    private static partial Regex Option();

    [GeneratedRegex("`([A-Za-z][A-Za-z0-9-]*)`")]
    private static partial Regex Setting();
}
