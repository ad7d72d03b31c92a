using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Procedures;

/// <summary>
/// What a long run has done so far, in a file beside its results: a line that says of what, then a line of JSON for each piece
/// of work, behind a check that follows from the line before. A run that was cut off goes on from there; one that comes to its
/// end removes the file.
/// </summary>
/// <typeparam name="T">What a line holds.</typeparam>
internal sealed class LineJournal<T> : IDisposable
    where T : class
{
    private static readonly JsonSerializerOptions Lines = new()
    {
        TypeInfoResolver = JsonReflection.Resolver,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private const int CheckLetters = 16;

    private readonly string _path;
    private readonly StreamWriter _writer;
    private string _check = "";

    private LineJournal(string path, StreamWriter writer, IReadOnlyList<T> found, bool wasOther) =>
        (_path, _writer, Found, WasOther) = (path, writer, found, wasOther);

    /// <summary>What an earlier run did.</summary>
    public IReadOnlyList<T> Found { get; }

    /// <summary>Whether there was a file of another run, which is gone now.</summary>
    public bool WasOther { get; }

    /// <summary>
    /// Tells before the work whether the journal's file may be written: one that the command did not begin may not.
    /// </summary>
    /// <param name="path">The journal.</param>
    /// <param name="command">The command.</param>
    /// <exception cref="NetVizException">There is something else of its name.</exception>
    public static void Check(string path, string command)
    {
        try
        {
            if (FileFacts.Of(path, follow: false).Type == FileType.Missing) return;
            using FileStream file = OutputFile.OpenState(path, FileShare.Read);
            RequireOwn(path, command, file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotBeWritten(path, error);
        }
    }

    /// <summary>Opens the journal of a run.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="command">The command.</param>
    /// <param name="key">All that the results depend on.</param>
    /// <param name="isWhole">Tells whether a line holds what it should.</param>
    /// <exception cref="NetVizException">The file cannot be written, is no journal, or was changed by somebody else.</exception>
    public static LineJournal<T> Open(string path, string command, string key, Func<T, bool> isWhole)
    {
        string head = HeadOf(command, key);
        FileStream? file = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            file = OutputFile.OpenState(path, FileShare.Read);
            RequireOwn(path, command, file);
            using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
            // The last piece is empty, or a line that was cut off.
            string[] lines = reader.ReadToEnd().Split('\n')[..^1];
            bool isOwn = lines.Length > 0 && lines[0] == head;
            string check = head;
            var found = new List<T>();
            for (int i = 1; isOwn && i < lines.Length; i++)
            {
                found.Add(Read(lines[i], isWhole, ref check) ?? throw new NetVizException(
                    $"{path}, line {i + 1}: it does not follow from the line before it; a line was changed, removed or doubled",
                    "delete the file to measure anew"));
            }

            // Cut to the whole lines, never written anew: what was measured must outlive a second interruption at once.
            file.SetLength(isOwn ? lines.Sum(line => Encoding.UTF8.GetByteCount(line) + 1L) : 0);
            file.Seek(0, SeekOrigin.End);
            var writer = new StreamWriter(file) { NewLine = "\n" };
            if (!isOwn) writer.WriteLine(head);
            writer.Flush();
            return new LineJournal<T>(path, writer, found, lines.Length > 0 && !isOwn) { _check = check };
        }
        catch (Exception error)
        {
            file?.Dispose();
            if (OutputFile.IsOfFile(error)) throw CannotBeWritten(path, error);
            throw;
        }
    }

    /// <summary>Adds lines; after this they survive the end of the program.</summary>
    public void Write(params IReadOnlyList<T> done)
    {
        try
        {
            foreach (T piece in done)
            {
                string json = JsonSerializer.Serialize(piece, Lines);
                _check = CheckOf(_check, json);
                _writer.WriteLine($"{_check} {json}");
            }

            _writer.Flush();
        }
        catch (Exception error) when (OutputFile.IsOfFile(error))
        {
            throw CannotBeWritten(_path, error);
        }
    }

    /// <summary>Takes the file away, everything being in its place.</summary>
    public void Finish()
    {
        _writer.Dispose();
        File.Delete(_path);
    }

    public void Dispose()
    {
        try
        {
            _writer.Dispose();
        }
        catch (Exception error) when (OutputFile.IsOfFile(error))
        {
            // The write before it failed, and said so.
        }
    }

    /// <summary>The first line of a run's journal.</summary>
    internal static string HeadOf(string command, string key) =>
        $"netviz {command} 2 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";

    // A file that is shorter than a head was begun by a run that ended at once, or by another program.
    private static void RequireOwn(string path, string command, FileStream file)
    {
        string beginning = $"netviz {command} ";
        var first = new byte[beginning.Length];
        int count = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        file.Seek(0, SeekOrigin.Begin);
        if (!beginning.StartsWith(Encoding.ASCII.GetString(first, 0, count), StringComparison.Ordinal))
            throw new NetVizException($"{path} is no journal of netviz {command}, and is not written over",
                "move it away, or choose another `Output`");
    }

    private static NetVizException CannotBeWritten(string path, Exception error) =>
        new($"{path} cannot be written: {OutputFile.ReasonOf(error)}",
            "choose a folder that exists, has space left and may be written to", error);

    /// <summary>
    /// A line's check follows from the one before it, so that none can be changed, left out, moved or doubled.
    /// </summary>
    internal static string CheckOf(string before, string json) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{before} {json}")))[..CheckLetters];

    private static T? Read(string line, Func<T, bool> isWhole, ref string check)
    {
        if (line.Length <= CheckLetters || line[CheckLetters] != ' ') return null;
        string json = line[(CheckLetters + 1)..], expected = CheckOf(check, json);
        if (!line.StartsWith(expected, StringComparison.Ordinal)) return null;
        check = expected;
        try
        {
            return JsonSerializer.Deserialize<T>(json, Lines) is { } read && isWhole(read) ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
