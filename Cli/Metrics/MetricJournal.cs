using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Cli.Metrics;

/// <summary>
/// What a long evaluation has measured so far, in a file beside the one that --output names: a line that tells of what, then one
/// a picture. An evaluation that was cut off goes on from there; one that comes to its end takes the file away.
/// </summary>
internal sealed class MetricJournal : IDisposable
{
    private static readonly JsonSerializerOptions Lines = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string _path;
    private readonly StreamWriter _writer;

    private MetricJournal(string path, StreamWriter writer, IReadOnlyList<MeasuredPicture> found, bool wasOther) =>
        (_path, _writer, Found, WasOther) = (path, writer, found, wasOther);

    /// <summary>The pictures that an earlier run measured.</summary>
    public IReadOnlyList<MeasuredPicture> Found { get; }

    /// <summary>Whether there was a file of another measurement, which is gone now.</summary>
    public bool WasOther { get; }

    /// <summary>Opens the journal of a measurement.</summary>
    /// <param name="output">The file that --output names.</param>
    /// <param name="key">All that the numbers depend on.</param>
    /// <param name="values">Numbers a picture.</param>
    /// <exception cref="NetVizException">The file cannot be written.</exception>
    public static MetricJournal Open(string output, string key, int values)
    {
        string path = $"{output}.part", hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))),
            head = $"netviz evaluate {hash}";
        try
        {
            // The last piece is empty, or a line that was cut off.
            string[] lines = File.Exists(path) ? UntrustedFile.ReadText(path, FileKind.Journal).Split('\n')[..^1] : [];
            bool isOwn = lines.Length > 0 && lines[0] == head;
            MeasuredPicture[] found = isOwn
                ? [.. lines.Skip(1).Select(line => PictureOf(line, values)).TakeWhile(p => p is not null).Select(p => p!)]
                : [];
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            // Cut to the whole lines, never written anew: what was measured must outlive a second interruption at once.
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            file.SetLength(isOwn ? lines.Take(1 + found.Length).Sum(line => Encoding.UTF8.GetByteCount(line) + 1L) : 0);
            file.Seek(0, SeekOrigin.End);
            var writer = new StreamWriter(file) { NewLine = "\n" };
            if (!isOwn) writer.WriteLine(head);
            writer.Flush();
            return new MetricJournal(path, writer, found, lines.Length > 0 && !isOwn);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be written: {error.Message}",
                "choose a folder that exists, has space left and may be written to", error);
        }
    }

    /// <summary>Adds pictures; after this they survive the end of the program.</summary>
    public void Write(IReadOnlyList<MeasuredPicture> pictures)
    {
        foreach (MeasuredPicture picture in pictures) _writer.WriteLine(JsonSerializer.Serialize(picture, Lines));
        _writer.Flush();
    }

    /// <summary>Takes the file away, everything being in its place.</summary>
    public void Finish()
    {
        _writer.Dispose();
        File.Delete(_path);
    }

    public void Dispose() => _writer.Dispose();

    private static MeasuredPicture? PictureOf(string line, int values)
    {
        try
        {
            return JsonSerializer.Deserialize<MeasuredPicture>(line, Lines) is { Name: not null } picture
                && picture.Values?.Length == values ? picture : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
