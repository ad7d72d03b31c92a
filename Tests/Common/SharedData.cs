using NUnit.Framework;

namespace NetViz.Tests.Common;

/// <summary>
/// The files that tests share and the repository does not hold: at $NETVIZ_DATA, else ../shared/data from the root.
/// </summary>
internal static class SharedData
{
    /// <summary>Why a test is skipped.</summary>
    public const string Missing = "needs the shared test data, which is not at ../shared/data nor at $NETVIZ_DATA";

    private static readonly Lazy<string?> Folder = new(() =>
    {
        string? given = Environment.GetEnvironmentVariable("NETVIZ_DATA");
        if (!string.IsNullOrEmpty(given)) return Directory.Exists(given) ? given : null;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "NetViz.sln"))) continue;
            string data = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "data"));
            return Directory.Exists(data) ? data : null;
        }

        return null;
    });

    /// <summary>The path of a shared file or folder; skips the running test where the data is not there.</summary>
    public static string PathOf(params string[] parts)
    {
        if (Folder.Value is not { } folder)
        {
            Assert.Ignore(Missing);
            throw new InvalidOperationException("unreachable: Assert.Ignore throws");
        }

        return Path.Combine([folder, .. parts]);
    }

    /// <summary>
    /// A test case for each folder or file in a shared folder whose name is chosen, by name; where the data is not there, one
    /// case that is skipped and says so.
    /// </summary>
    public static IEnumerable<TestCaseData> CasesOf(Func<string, bool> chosen, params string[] parts) =>
        Folder.Value is { } folder
        ? Directory.GetFileSystemEntries(Path.Combine([folder, .. parts]))
            .Select(path => Path.GetFileName(path)!).Where(chosen).Order(StringComparer.Ordinal)
            .Select(name => new TestCaseData(name))
        : [new TestCaseData("all").Ignore(Missing)];
}
