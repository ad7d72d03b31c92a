namespace NetViz.Tests.Common;

/// <summary>Files of this repository that tests read.</summary>
internal static class RepositoryRoot
{
    private static readonly Lazy<string> Root = new(() =>
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "NetViz.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException(
            "The tests run outside a checkout: no folder above them holds NetViz.sln.");
    });

    /// <summary>The path of a file below the repository's root.</summary>
    public static string File(params string[] parts) => Path.Combine([Root.Value, .. parts]);
}
