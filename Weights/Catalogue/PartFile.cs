using System.Security.Cryptography;
using NetViz.Engine;
using NetViz.Engine.Files;
using static System.FormattableString;

namespace NetViz.Weights.Catalogue;

/// <summary>
/// A file that is not complete yet, NAME.part: its first bytes, hashed as they come. What a process that was killed left is
/// hashed first and then gone on from.
/// </summary>
internal sealed class PartFile : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly string _path;
    private readonly FileStream _file;

    private PartFile(string path, FileStream file) => (_path, _file) = (path, file);

    /// <summary>How many of the file's bytes are there.</summary>
    public long Length { get; private set; }

    /// <summary>SHA-256 of the bytes so far, in lower-case hexadecimal.</summary>
    public string Sha256 => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Opens what there is, or begins.</summary>
    /// <param name="path">The .part file.</param>
    /// <param name="bytes">The whole file's length; what is longer is thrown away.</param>
    /// <exception cref="NetVizException">It is no regular file, cannot be opened or read, or the disk has no space for the
    /// rest.</exception>
    public static PartFile Open(string path, long bytes) => Guard(path, () =>
    {
        // No buffer: a killed process loses nothing that it wrote, and Length is what lies in the file.
        var part = new PartFile(path, OutputFile.OpenState(path, FileShare.Read, ModelCache.RemoveHint));
        try
        {
            if (part._file.Length > bytes) part._file.SetLength(0);
            part.HashWhatIsThere();
            RequireSpace(path, bytes - part.Length);
            return part;
        }
        catch
        {
            part.Dispose();
            throw;
        }
    });

    /// <summary>Adds bytes.</summary>
    /// <exception cref="NetVizException">They cannot be written: the disk is full, for example.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file.Write(bytes);
        }
        catch (Exception e) when (OutputFile.IsOfFile(e))
        {
            throw NotWritten(_path, e);
        }

        _hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>Throws all bytes away.</summary>
    public void Clear()
    {
        if (Length == 0) return;
        Guard(_path, () =>
        {
            _file.SetLength(0);
            return true;
        });
        _hash.GetHashAndReset();
        Length = 0;
    }

    /// <summary>Brings the bytes to the disk and gives the file its final name, in one step that other processes see whole or
    /// not at all.</summary>
    public void FinishAs(string path) => Guard(path, () =>
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(_path, path, overwrite: true);
        return true;
    });

    /// <summary>Removes the file.</summary>
    public void Delete()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    /// <summary>Closes the file; one without a byte in it is removed.</summary>
    public void Dispose()
    {
        bool isEmpty = Length == 0;
        _file.Dispose();
        _hash.Dispose();
        if (!isEmpty) return;
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty file does no harm, and the error that led here is the one to tell.
        }
    }

    private void HashWhatIsThere()
    {
        var buffer = new byte[1 << 20];
        for (int read; Length < _file.Length && (read = _file.Read(buffer)) > 0; Length += read)
            _hash.AppendData(buffer, 0, read);
    }

    private static void RequireSpace(string path, long bytes)
    {
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            long free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace;
            if (free < bytes)
                throw new NetVizException(Invariant($"{bytes:N0} bytes are to be written to {folder}, where {free:N0} are free"),
                    $"free some space, or name another folder by {ModelCache.Variable}");
        }
        catch (ArgumentException)
        {
            // A network share has no drive to ask; the write itself will tell.
        }
    }

    private static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (OutputFile.IsOfFile(e))
        {
            throw NotWritten(path, e);
        }
    }

    private static NetVizException NotWritten(string path, Exception e) =>
        new($"{path} cannot be written: {OutputFile.ReasonOf(e)}", $"{ModelCache.Variable} names another folder", e);
}
