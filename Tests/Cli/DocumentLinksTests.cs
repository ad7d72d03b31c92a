using System.Text.RegularExpressions;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Documents link to files that are there: a file that moves takes its links with it.</summary>
public sealed partial class DocumentLinksTests
{
    private static IEnumerable<string> Documents => Directory
        .EnumerateFiles(Path.GetDirectoryName(RepositoryRoot.File("NetViz.sln"))!, "*.md", new EnumerationOptions
        {
            RecurseSubdirectories = true, MaxRecursionDepth = 4,
        })
        .Select(path => Path.GetRelativePath(Path.GetDirectoryName(RepositoryRoot.File("NetViz.sln"))!, path))
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"));

    [TestCaseSource(nameof(Documents))]
    public void Its_links_lead_to_files(string document)
    {
        string path = RepositoryRoot.File(document);
        IEnumerable<string> missing = Link().Matches(File.ReadAllText(path)).Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains(':', StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)));
        Assert.That(missing, Is.Empty);
    }

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();
}
