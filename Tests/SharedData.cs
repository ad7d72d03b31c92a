using NUnit.Framework;

namespace NetViz.Tests;

/// <summary>The files that tests share and the repository does not hold: at $NETVIZ_DATA, else ../shared/data from the root.</summary>
internal static class SharedData
{
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
            Assert.Ignore("needs the shared test data, which is not at ../shared/data nor at $NETVIZ_DATA");
            throw new InvalidOperationException("unreachable: Assert.Ignore throws");
        }

        return Path.Combine([folder, .. parts]);
    }

    /// <summary>Folders below a shared folder, by name; none where the data is not there.</summary>
    public static IEnumerable<string> FoldersOf(params string[] parts)
    {
        string? path = Folder.Value is { } folder ? Path.Combine([folder, .. parts]) : null;
        return Directory.Exists(path) ? Directory.GetDirectories(path).Select(found => Path.GetFileName(found)!).Order(StringComparer.Ordinal) : [];
    }
}
