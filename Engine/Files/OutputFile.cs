using System.Collections.Concurrent;

namespace NetViz.Engine.Files;

/// <summary>
/// The one place where netviz writes files. A file is written whole or not at all: into a temporary file of the same folder,
/// which is brought to the disk and then takes the name; a reader never sees half a file, and a failed write leaves an older
/// file of that name as it was. Nothing is written over what is not a regular file, or through a symbolic link. Under a <see
/// cref="FileGuard"/> nothing is written over a file that the command reads, nor, unless it is forced, over one that is not
/// netviz's own result.
/// </summary>
public static class OutputFile
{
    private const string OtherName = "choose another name for the result";

    // Folders in which a program without a guard looked for leftovers.
    private static readonly ConcurrentDictionary<string, bool> Cleaned = new(StringComparer.Ordinal);

    /// <summary>
    /// Writes a file; its folder is created where it is missing, an earlier result of that name is replaced. What is written is
    /// marked by the caller where its kind is not marked in any case.
    /// </summary>
    /// <param name="path">The file's name.</param>
    /// <param name="kind">What is written.</param>
    /// <param name="write">Writes the content; when it throws, nothing of it is kept and the exception goes on.</param>
    /// <param name="bytes">The length for which the disk must have space; 0 where it is not known.</param>
    /// <param name="again">Whether a command may replace what it wrote itself, as a log is at every epoch.</param>
    /// <param name="makeFolder">Whether a missing folder is made.</param>
    /// <exception cref="NetVizException">The folder or file cannot be written, or must not be.</exception>
    public static void Write(string path, ResultKind kind, Action<FileStream> write, long bytes = 0, bool again = false,
        bool makeFolder = true)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            Judge(path, kind, again);
            string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new IOException("it names no file");
            if (makeFolder) Directory.CreateDirectory(folder);
            if (FileGuard.Current?.IsFirstIn(folder) ?? Cleaned.TryAdd(folder, true)) TemporaryFile.RemoveStale(folder);
            string temporary = TemporaryFile.NameIn(folder);
            try
            {
                using (FileStream stream = TemporaryFile.Create(temporary, bytes))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                    Judge(path, kind, again);
                    // The lock of an open file tells others that it is no leftover; Windows renames closed files only.
                    if (!OperatingSystem.IsWindows()) File.Move(temporary, path, overwrite: true);
                }

                if (OperatingSystem.IsWindows()) File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                TemporaryFile.Discard(temporary);
                throw;
            }

            FileGuard.Current?.Wrote(path);
        }
        catch (Exception error) when (IsOfFile(error))
        {
            throw CannotBeWritten(path, error);
        }
    }

    /// <summary>
    /// Returns whether an exception says that a file could not be written. .NET has one of its own for a file that is longer than
    /// the file system, or the process (ulimit -f), allows.
    /// </summary>
    /// <param name="error">What a write threw.</param>
    public static bool IsOfFile(Exception error) => error is IOException or UnauthorizedAccessException or NotSupportedException
        or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Returns what such an exception says.</summary>
    /// <param name="error">The exception.</param>
    public static string ReasonOf(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error is ArgumentOutOfRangeException
            ? "it would be longer than the file system or a limit of this process (ulimit -f) allows"
            : error.Message.TrimEnd('.');
    }

    /// <summary>Writes bytes, with the mark of their kind where a guard is in force; otherwise as the other overload.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="kind">What is written.</param>
    /// <param name="content">All of its bytes.</param>
    /// <param name="again">Whether a command may replace what it wrote itself.</param>
    /// <exception cref="NetVizException">The folder or file cannot be written, or must not be.</exception>
    public static void Write(string path, ResultKind kind, ReadOnlyMemory<byte> content, bool again = false) =>
        Write(path, kind, stream =>
        {
            if (FileGuard.Current is null) stream.Write(content.Span);
            else stream.Write(ResultMark.Add(kind, content.Span));
        }, again: again);

    /// <summary>Copies a file that is marked already, as another command wrote it.</summary>
    /// <param name="from">The file.</param>
    /// <param name="path">The copy's name.</param>
    /// <param name="kind">What it is.</param>
    /// <exception cref="NetVizException">The folder or file cannot be written, or must not be.</exception>
    public static void Copy(string from, string path, ResultKind kind) => Write(path, kind, stream =>
    {
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read);
        source.CopyTo(stream);
    });

    /// <summary>
    /// Tells before the work what a write would tell after it: whether a file may be written there, and whether it can be.
    /// Leaves nothing behind.
    /// </summary>
    /// <param name="path">The file's name; neither it nor its folder needs to exist.</param>
    /// <param name="kind">What would be written.</param>
    /// <param name="makeFolder">Whether a missing folder would be made.</param>
    /// <exception cref="NetVizException">The file must not be written, or the nearest folder that exists cannot be written
    /// to.</exception>
    public static void Check(string path, ResultKind kind, bool makeFolder = true)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            Judge(path, kind, again: false);
            string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
            while (folder is not null && !Directory.Exists(folder))
            {
                if (!makeFolder) throw new IOException($"there is no folder {folder}");
                if (FileFacts.Of(folder, follow: false).Type != FileType.Missing) throw new IOException($"{folder} is a file");
                folder = Path.GetDirectoryName(folder);
            }

            if (folder is null) throw new IOException("it names no file");
            using var probe = new FileStream(TemporaryFile.NameIn(folder), FileMode.CreateNew, FileAccess.Write, FileShare.None,
                bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw CannotBeWritten(path, error);
        }
    }

    /// <summary>
    /// Opens a file that a program goes on with, such as a journal: a regular file, or a new one, and never what a symbolic link
    /// names.
    /// </summary>
    /// <param name="path">The file. Its folder exists.</param>
    /// <param name="share">What others may do with it meanwhile.</param>
    /// <param name="hint">What the user can do where the path names something else.</param>
    /// <exception cref="NetVizException">The path names something else, or the command reads the file.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static FileStream OpenState(string path, FileShare share, string hint = OtherName)
    {
        RequireWritableType(path, hint);
        if (FileGuard.Current?.IsRead(path) == true) throw IsInput(path);
        (FileType type, FileIdentity? identity) = FileFacts.Of(path, follow: false);
        if (type == FileType.Missing)
        {
            try
            {
                // This never follows a link that somebody put there meanwhile.
                return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, share, bufferSize: 0);
            }
            catch (IOException) when (FileFacts.Of(path, follow: false).Type != FileType.Missing)
            {
                // Another process made it in between: it is judged like any other.
                RequireWritableType(path, hint);
                identity = FileFacts.Of(path, follow: false).Identity;
            }
        }

        // What is opened is compared with what was judged.
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, share, bufferSize: 0);
        if (identity is null) return file;
        (FileType openType, FileIdentity? opened) = FileFacts.Of(file.SafeFileHandle);
        if (opened is null || (openType == FileType.Regular && opened == identity)) return file;
        file.Dispose();
        throw new NetVizException($"{path} became another file while it was opened", "run the command again");
    }

    private static void Judge(string path, ResultKind kind, bool again)
    {
        if (RequireWritableType(path) == FileType.Missing || FileGuard.Current is not { } guard) return;
        if (guard.IsRead(path)) throw IsInput(path);
        if (guard.IsWritten(path))
        {
            if (again) return;
            throw new NetVizException($"{path} would be written twice: two results of this command have that name",
                "give the inputs other names, or run the command for each");
        }

        if (ResultMark.IsOwn(kind, path)) return;
        if (guard.FolderReadOf(path) is { } folder)
            throw new NetVizException($"{path} is in {folder}, which this command reads, and is no result of netviz",
                "choose another name for the result");
        if (!guard.IsForced)
        {
            throw new NetVizException($"{path} exists and is not {NameOf(kind)} that netviz wrote",
                "choose another name for the result, or replace the file with `Force`");
        }
    }

    private static FileType RequireWritableType(string path, string hint = OtherName)
    {
        if (path.Length == 0) throw new NetVizException("the name of a result is empty", "give `Output` a name");
        FileType type = FileFacts.Of(path, follow: false).Type;
        string? problem = type switch
        {
            FileType.Folder => "it is a folder; a file is wanted",
            FileType.Link => "it is a symbolic link, which netviz does not write through",
            FileType.Pipe or FileType.Socket or FileType.Device or FileType.Other =>
                "it is a device, a named pipe or a socket, and no regular file",
            _ => null,
        };
        if (problem is not null) throw new NetVizException($"{path} cannot be written: {problem}", hint);
        return Path.EndsInDirectorySeparator(path) ? throw new IOException("it names no file") : type;
    }

    private static NetVizException IsInput(string path) =>
        new($"{path} is a file that this command reads, and is not written over", OtherName);

    private static NetVizException CannotBeWritten(string path, Exception error) =>
        new($"{path} cannot be written: {ReasonOf(error)}",
            "choose a folder that exists, has space left and may be written to", error);

    private static string NameOf(ResultKind kind) => kind switch
    {
        ResultKind.Picture or ResultKind.Scene => "a picture",
        ResultKind.Animation => "an animation",
        ResultKind.Array => "an array",
        ResultKind.Drawing => "a drawing",
        ResultKind.Document => "a document",
        ResultKind.Arrays => "an archive of arrays",
        ResultKind.Json => "a report",
        ResultKind.Page => "a page",
        ResultKind.Chapter => "a chapter",
        ResultKind.Table => "a table",
        ResultKind.Model => "a model",
        ResultKind.Record => "a forward record",
        ResultKind.Checkpoint => "a checkpoint",
        ResultKind.Script => "a script",
        _ => "a training's log",
    };
}
