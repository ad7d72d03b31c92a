using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>
/// The chapter on section 4 in docs/ says what the program says today: made anew, it has the same words and, but for rounding on
/// another processor, the same numbers.
/// </summary>
public partial class SectionFourTests
{
    [Test]
    public void The_chapter_is_what_its_source_makes()
    {
        using var folder = new TemporaryFolder();
        string made = folder.File("section-4.md");
        NetvizProcess run = NetvizProcess.RunApart("docs", RepositoryRoot.File("docs", "section-4.source.md"), "--output", made);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        string[] expected = File.ReadAllLines(RepositoryRoot.File("docs", "section-4.md")), found = File.ReadAllLines(made);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Has.Length.EqualTo(expected.Length));
            for (int i = 0; i < Math.Min(expected.Length, found.Length); i++) RequireSame(expected[i], found[i], i + 1);
        }

        string[] Pictures(string root) => [.. Directory.GetFiles(Path.Combine(root, "images", "section-4"), "*",
            SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal)];
        Assert.That(Pictures(folder.Path), Is.EqualTo(Pictures(RepositoryRoot.File("docs"))));
    }

    private static void RequireSame(string expected, string found, int line)
    {
        if (expected == found) return;
        Assert.That(Number().Replace(found, "#"), Is.EqualTo(Number().Replace(expected, "#")), $"line {line}");
        if (found.EndsWith("the same", StringComparison.Ordinal) || found.EndsWith("by extension", StringComparison.Ordinal))
            return; // A row of rounding errors, each processor's own; that they keep their bounds is what the row says.
        foreach ((Match e, Match f) in Number().Matches(expected).Zip(Number().Matches(found)))
        {
            double wanted = double.Parse(e.ValueSpan, CultureInfo.InvariantCulture);
            double got = double.Parse(f.ValueSpan, CultureInfo.InvariantCulture);

            // Gaps and differences are rounding themselves: only their size can be the same elsewhere.
            double allowed = Math.Abs(wanted) < 1e-4 ? 10 * Math.Abs(wanted) + 1e-15 : 0.02 * Math.Abs(wanted);
            Assert.That(got, Is.EqualTo(wanted).Within(allowed), $"line {line}: {found}");
        }
    }

    [GeneratedRegex(@"(?<![\w.])-?\d+(,\d{3})*(\.\d+)?([eE][+-]?\d+)?")]
    private static partial Regex Number();
}
