namespace NetViz.Engine.Files;

/// <summary>Files, each known by its path, by the path behind its links, and by its identity.</summary>
public sealed class FileSet
{
    private static readonly StringComparison ByPath =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly HashSet<string> _paths = new(StringComparer.FromComparison(ByPath));
    private readonly HashSet<FileIdentity> _identities = [];

    /// <summary>Adds a file, which need not exist. A path that is there is not looked at again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="opened">The identity of the file that was opened under this path, which may be another by now; null where
    /// none was.</param>
    /// <returns>Whether it was not there yet.</returns>
    public bool Add(string path, FileIdentity? opened = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        bool isNew = _paths.Add(Path.GetFullPath(path));
        if (!isNew && (opened is not { } known || _identities.Contains(known))) return false;
        _paths.Add(Resolved(path));
        if ((opened ?? FileFacts.Of(path, follow: true).Identity) is { } identity) _identities.Add(identity);
        return true;
    }

    /// <summary>Returns whether a file is among them, by whatever name it is called.</summary>
    /// <param name="path">The file.</param>
    public bool Contains(string path) => _paths.Contains(Path.GetFullPath(path)) || _paths.Contains(Resolved(path))
        || (FileFacts.Of(path, follow: true).Identity is { } identity && _identities.Contains(identity));

    /// <summary>Returns whether a path is below a folder.</summary>
    /// <param name="path">A full path.</param>
    /// <param name="folder">A full path; both are written alike, for example <see cref="Resolved"/>.</param>
    public static bool IsWithin(string path, string folder)
    {
        ArgumentNullException.ThrowIfNull(path);
        string prefix = Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
        return path.StartsWith(prefix, ByPath);
    }

    /// <summary>
    /// Returns the full path with all its links followed; where a part is missing, the rest is as it is written.
    /// </summary>
    /// <param name="path">A path.</param>
    public static string Resolved(string path)
    {
        string full = Path.GetFullPath(path), root = Path.GetPathRoot(full)!, resolved = root;
        int followed = 0;
        var parts = new Stack<string>(full[root.Length..].Split(Path.DirectorySeparatorChar).Reverse());
        while (parts.TryPop(out string? part))
        {
            if (part.Length == 0) continue;
            string next = Path.Combine(resolved, part);
            string? target = followed < MostLinks ? TargetOf(next) : null;
            if (target is null)
            {
                resolved = next;
                continue;
            }

            followed++;
            string aim = Path.GetFullPath(target, resolved);
            resolved = Path.GetPathRoot(aim)!;
            foreach (string of in aim[resolved.Length..].Split(Path.DirectorySeparatorChar).Reverse()) parts.Push(of);
        }

        return resolved;
    }

    // As many as Linux follows before it takes them for a loop.
    private const int MostLinks = 40;

    private static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
