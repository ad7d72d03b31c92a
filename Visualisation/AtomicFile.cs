using NetViz.Engine;

namespace NetViz.Visualisation;

/// <summary>
/// Writes a file whole or not at all: into a temporary file of the same folder, which then takes the name.
/// A reader never sees half a file, and a failed write leaves an older file of that name as it was.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes the file; its folder is created where it is missing, an older file of that name is replaced.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="write">Writes the content; when it throws, nothing of it is kept and the exception goes on.</param>
    /// <exception cref="NetVizException">The folder or file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new IOException("it names no file");
            Directory.CreateDirectory(folder);
            // Not derived from the file's own name: that may already have the greatest length a name can have.
            var temporary = Path.Combine(folder, $".netviz-{Guid.NewGuid():N}.tmp");
            try
            {
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                    write(stream);
                File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                Discard(temporary);
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw CannotBeWritten(path, error);
        }
    }

    /// <summary>Writes bytes; otherwise as the other overload.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="content">All of its bytes.</param>
    /// <exception cref="NetVizException">The folder or file cannot be written.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> content) => Write(path, stream => stream.Write(content.Span));

    /// <summary>
    /// Tells early what <see cref="Write(string, Action{Stream})"/> would tell after the work: whether a file can be made there.
    /// Leaves nothing behind.
    /// </summary>
    /// <param name="path">The file's name; neither it nor its folder needs to exist.</param>
    /// <exception cref="NetVizException">The nearest folder that exists cannot be written to.</exception>
    public static void RequireWritable(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
            while (folder is not null && !Directory.Exists(folder))
            {
                if (File.Exists(folder)) throw new IOException($"{folder} is a file");
                folder = Path.GetDirectoryName(folder);
            }

            if (folder is null) throw new IOException("it names no file");
            using var probe = new FileStream(Path.Combine(folder, $".netviz-{Guid.NewGuid():N}.tmp"), FileMode.CreateNew,
                FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw CannotBeWritten(path, error);
        }
    }

    private static NetVizException CannotBeWritten(string path, Exception error) =>
        new($"{path} cannot be written: {error.Message}",
            "choose a folder that exists, has space left and may be written to", error);

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; this one only says that its remains could not be removed.
        }
    }
}
