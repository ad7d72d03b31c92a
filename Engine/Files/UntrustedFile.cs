using System.Text;

namespace NetViz.Engine.Files;

/// <summary>
/// The one place through which files of strangers are opened. Links are followed; what they lead to must be a regular file, which
/// is known before it is opened, and no longer than its <see cref="FileKind"/> allows, which is known before it is read. The
/// <see cref="FileGuard"/> in force records it, so that no result is written over it.
/// </summary>
public static class UntrustedFile
{
    private const int SmallestBuffer = 1;
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
        RequireRegular(path, kind, FileFacts.Of(path, follow: true).Type);
        FileStream stream = Begin(path, share, bufferBytes);
        try
        {
            // The name may lead elsewhere by now.
            (FileType type, FileIdentity? identity) = FileFacts.Of(stream.SafeFileHandle);
            RequireRegular(path, kind, type);
            if (!stream.CanSeek) throw NotRegular(path, kind, "no regular file");
            if (stream.Length > kind.MaxBytes)
            {
                throw new NetVizException($"{path} has {Counted.Of(stream.Length, "byte")}; {kind.Name} may have "
                    + $"{kind.MaxBytes} at most",
                    kind.Hint);
            }

            if (!kind.IsOwn) FileGuard.Reads(path, identity);
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
            throw new NetVizException($"{path} has {Counted.Of(stream.Length, "byte")}; at most {Array.MaxLength} can be "
                + "read at once");
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

    private static void RequireRegular(string path, FileKind kind, FileType type)
    {
        switch (type)
        {
            case FileType.Folder: throw new NetVizException($"{path} is a folder, not a file");
            case FileType.Pipe: throw NotRegular(path, kind, "a named pipe");
            case FileType.Socket: throw NotRegular(path, kind, "a socket");
            case FileType.Device: throw NotRegular(path, kind, "a device");
            default: break;
        }
    }

    private static NetVizException NotRegular(string path, FileKind kind, string found) => new(
        $"{path} is {found}; {kind.Name} is read from a regular file only", "write it to a file first");
}
