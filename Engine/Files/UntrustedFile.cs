using System.Text;

namespace NetViz.Engine.Files;

/// <summary>
/// The one place through which files of strangers are opened. Links are followed; what they lead to must be a regular file, which
/// is known before it is opened, and no longer than its <see cref="FileKind"/> allows, which is known before it is read. What was
/// opened is remembered, so that no result is written over it.
/// </summary>
public static class UntrustedFile
{
    private const int SmallestBuffer = 1;
    private static readonly HashSet<(ulong Volume, ulong Number, Int128 Born)> Numbers = [];
    private static readonly HashSet<string> Paths = new(OperatingSystem.IsWindows()
        ? StringComparer.OrdinalIgnoreCase
        : StringComparer.Ordinal);

    private static readonly Lock Remembered = new();

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it has to be; gives the length limit.</param>
    /// <param name="bufferBytes">The stream's buffer; none by default.</param>
    /// <param name="share">What others may do to the file meanwhile.</param>
    /// <exception cref="NetVizException">It is no regular file, or too long.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static FileStream Open(string path, FileKind kind, int bufferBytes = SmallestBuffer,
        FileShare share = FileShare.Read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(kind);
        RequireRegular(path, kind, FileStatus.Of(path));
        FileStream stream = Begin(path, share, bufferBytes);
        try
        {
            // The name may lead elsewhere by now.
            FileStatus? status = FileStatus.Of(stream.SafeFileHandle);
            RequireRegular(path, kind, status);
            if (!stream.CanSeek) throw NotRegular(path, kind, "no regular file");
            if (stream.Length > kind.MaxBytes)
            {
                throw new NetVizException($"{path} has {stream.Length} bytes; {kind.Name} may have {kind.MaxBytes} at most",
                    kind.Hint);
            }

            if (!kind.IsOwn) Remember(path, status);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads all bytes of a file.</summary>
    /// <inheritdoc cref="Open"/>
    public static byte[] ReadBytes(string path, FileKind kind)
    {
        using FileStream stream = Open(path, kind);
        if (stream.Length > Array.MaxLength)
            throw new NetVizException($"{path} has {stream.Length} bytes; at most {Array.MaxLength} can be read at once");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads a text file: UTF-8, or what a byte order mark says.</summary>
    /// <inheritdoc cref="Open"/>
    public static string ReadText(string path, FileKind kind)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path, kind)), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Reads the lines of a text file.</summary>
    /// <inheritdoc cref="Open"/>
    public static string[] ReadLines(string path, FileKind kind)
    {
        using var reader = new StringReader(ReadText(path, kind));
        var lines = new List<string>();
        while (reader.ReadLine() is { } line) lines.Add(line);
        return [.. lines];
    }

    /// <summary>Returns whether the file that a path leads to was opened here in this process.</summary>
    /// <param name="path">A file; it need not exist.</param>
    public static bool WasRead(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        FileStatus? status = FileStatus.Of(full);
        lock (Remembered)
        {
            return status is { Number: not 0 } known
                ? Numbers.Contains((known.Volume, known.Number, known.Born))
                : status is not null && Paths.Contains(Resolved(full));
        }
    }

    private static FileStream Begin(string path, FileShare share, int bufferBytes)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, share, bufferBytes);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FileNotFoundException("there is no file of such a name", path, e);
        }
    }

    private static void RequireRegular(string path, FileKind kind, FileStatus? status)
    {
        switch (status?.Type)
        {
            case FileType.Directory: throw new NetVizException($"{path} is a folder, not a file");
            case FileType.Pipe: throw NotRegular(path, kind, "a named pipe");
            case FileType.Socket: throw NotRegular(path, kind, "a socket");
            case FileType.Device: throw NotRegular(path, kind, "a device");
            default: break;
        }
    }

    private static NetVizException NotRegular(string path, FileKind kind, string found) => new(
        $"{path} is {found}; {kind.Name} is read from a regular file only", "write it to a file first");

    // One number for each file where the system has numbers: sets of pictures have millions of files.
    private static void Remember(string path, FileStatus? status)
    {
        lock (Remembered)
        {
            if (status is { Number: not 0 } known) Numbers.Add((known.Volume, known.Number, known.Born));
            else Paths.Add(Resolved(Path.GetFullPath(path)));
        }
    }

    private static string Resolved(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
