namespace NetViz.Engine.Files;

/// <summary>
/// What one command reads and writes: no file that it reads is written over, no file that is not netviz's own result is replaced
/// unasked, and no two results of the command have one name. While a guard is in force, <see cref="OutputFile"/> follows these
/// rules and marks what it writes as netviz's own; a program that uses the library without a guard decides for itself.
/// </summary>
public sealed class FileGuard : IDisposable
{
    private static readonly AsyncLocal<FileGuard?> InForce = new();

    private readonly Lock _lock = new();
    private readonly FileGuard? _outer;
    private readonly FileSet _read = new(), _written = new();
    private readonly List<string> _folders = [];
    private readonly HashSet<string> _cleaned = new(StringComparer.Ordinal);

    private FileGuard(bool force) => (IsForced, _outer) = (force, InForce.Value);

    /// <summary>Gets the guard in force; null if there is none.</summary>
    public static FileGuard? Current => InForce.Value;

    /// <summary>Gets whether files that are not netviz's own results may be replaced; files that are read may not.</summary>
    public bool IsForced { get; }

    /// <summary>Creates a guard, which is in force until it is disposed.</summary>
    /// <param name="force">Whether files that are not netviz's own results may be replaced.</param>
    public static FileGuard Begin(bool force)
    {
        var guard = new FileGuard(force);
        InForce.Value = guard;
        return guard;
    }

    /// <summary>Records a file that is read; does nothing where no guard is in force.</summary>
    /// <param name="path">The file; it is known by this path, by the path behind its links, and by its identity.</param>
    /// <param name="opened">The identity of the file that was opened; null where it was not opened yet.</param>
    /// <returns>Whether that was not recorded already.</returns>
    public static bool Reads(string path, FileIdentity? opened = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Current is not { } guard || path.Length == 0) return false;
        lock (guard._lock) return guard._read.Add(path, opened);
    }

    /// <summary>Records a folder of which any file may be read; does nothing where no guard is in force.</summary>
    /// <param name="path">The folder.</param>
    public static void ReadsFolder(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Current is not { } guard || path.Length == 0) return;
        lock (guard._lock) guard._folders.Add(FileSet.Resolved(path));
    }

    /// <summary>Returns whether the command reads a file.</summary>
    /// <param name="path">The file by any of its names.</param>
    public bool IsRead(string path)
    {
        lock (_lock) return _read.Contains(path);
    }

    /// <summary>Returns the folder of the command's input that holds a file; null where none does.</summary>
    /// <param name="path">The file.</param>
    public string? FolderReadOf(string path)
    {
        string file = FileSet.Resolved(path);
        lock (_lock) return _folders.FirstOrDefault(folder => FileSet.IsWithin(file, folder));
    }

    /// <summary>Returns whether the command wrote a file.</summary>
    /// <param name="path">The file by any of its names.</param>
    public bool IsWritten(string path)
    {
        lock (_lock) return _written.Contains(path);
    }

    /// <summary>Ends the guard.</summary>
    public void Dispose() => InForce.Value = _outer;

    internal void Wrote(string path)
    {
        lock (_lock) _written.Add(path);
    }

    /// <summary>Returns whether a folder's leftovers are still to be looked for; true once a folder.</summary>
    internal bool IsFirstIn(string folder)
    {
        lock (_lock) return _cleaned.Add(folder);
    }
}
