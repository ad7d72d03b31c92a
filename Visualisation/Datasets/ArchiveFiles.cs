using System.Formats.Tar;
using System.IO.Compression;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Datasets;

/// <summary>The files of a .tar or .tar.gz archive, in its own order. Nothing of it is written to disk.</summary>
internal sealed class ArchiveFiles(string path) : ISetFiles
{
    public string Path => path;

    public IEnumerable<SetFile> Read(Func<string, bool> wanted, bool marks = false)
    {
        using FileStream file = Open();
        using Stream unpacked = IsCompressed(file) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var bounded = new BoundedStream(unpacked, path, SetLimits.UnpackedBytes(file.Length));
        using var archive = new TarReader(bounded);
        string last = "its beginning";
        while (Next(archive, last) is { } entry)
        {
            last = entry.Name;
            if (NameOf(entry) is not { } name) continue;
            if (wanted(name)) yield return new SetFile(name, Bytes(entry, name));
            else yield return new SetFile(name, null, marks && IsResult(entry, name));
        }
    }

    private FileStream Open()
    {
        try
        {
            return UntrustedFile.Open(path, FileKind.Archive, 1 << 16);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be read: {error.Message}", inner: error);
        }
    }

    // RFC 1952: a gzip file begins with 1F 8B.
    private static bool IsCompressed(FileStream file)
    {
        bool isCompressed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return isCompressed;
    }

    private TarEntry? Next(TarReader archive, string last)
    {
        try
        {
            return archive.GetNextEntry(copyData: false);
        }
        catch (Exception error) when (IsBroken(error))
        {
            throw Broken($"after {last}", error);
        }
    }

    private byte[]? Bytes(TarEntry entry, string name)
    {
        if (SetAnnotations.IsTooLong(name, entry.Length)) return null;
        if (entry.Length > SetLimits.FileBytes) throw SetLimits.TooLarge(path, name, entry.Length);
        try
        {
            var bytes = new byte[entry.Length];
            entry.DataStream?.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (IsBroken(error))
        {
            throw Broken($"in {name}", error);
        }
    }

    // A picture of another format has no mark; that of a PNG is at its beginning.
    private bool IsResult(TarEntry entry, string name)
    {
        if (!name.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            return name.EndsWith(".webp", StringComparison.OrdinalIgnoreCase) && ResultMark.IsResult(name, Bytes(entry, name));
        try
        {
            var first = new byte[Math.Min(entry.Length, ResultMark.PictureBytes)];
            entry.DataStream?.ReadExactly(first);
            return ResultMark.IsResult(name, first);
        }
        catch (Exception error) when (IsBroken(error))
        {
            throw Broken($"in {name}", error);
        }
    }

    /// <summary>The file's name; null for what is no file, or hidden.</summary>
    private string? NameOf(TarEntry entry)
    {
        string name = entry.Name.Replace('\\', '/');
        while (name.StartsWith("./", StringComparison.Ordinal)) name = name[2..];
        if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink && ImageFile.HasImageName(name))
        {
            throw new NetVizException($"{path}: {entry.Name} is a link to {entry.LinkName}; only files are read",
                "pack it with tar's options --dereference and --hard-dereference");
        }

        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile))
            return null;
        string[] parts = name.Split('/');
        if (parts.Contains("..") || parts[0].Length == 0 || parts[0].Contains(':'))
            throw new NetVizException($"{path}: the entry {entry.Name} names a place outside the archive", "pack it again");
        // Mac archives hold a hidden ._x.jpg for each x.jpg, which is no picture.
        return parts[^1].StartsWith('.') ? null : name;
    }

    private NetVizException Broken(string where, Exception error) =>
        new($"{path} is no tar archive, or is truncated or damaged, {where}: {error.Message}",
            "a folder, .tar and .tar.gz are supported; fetch it again", error);

    // What TarReader and GZipStream throw at bytes that are no archive.
    private static bool IsBroken(Exception error) => error is InvalidDataException or IOException or FormatException
        or ArgumentException or NotSupportedException or OverflowException or InvalidOperationException;
}
