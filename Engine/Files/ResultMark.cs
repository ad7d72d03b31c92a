using System.Buffers.Binary;
using System.Text;

namespace NetViz.Engine.Files;

/// <summary>The mark by which each kind of netviz's own results is known again; it depends on nothing but the kind.</summary>
public static class ResultMark
{
    /// <summary>The last line of a chapter.</summary>
    public const string ChapterLine = "<!-- made by netviz docs -->";

    /// <summary>The comment in a drawing.</summary>
    public const string DrawingLine = "<!-- made by NetViz -->";

    /// <summary>The bytes at the beginning of a PNG that tell whether it is a result.</summary>
    public const int PictureBytes = 80;

    // PNG: 8 bytes of signature and 25 of the head; ours comes next.
    private const int PngHead = 33;

    private const int Beginning = 4096;

    // A producer_name (field 2) behind ir_version (field 1, one byte).
    private static readonly byte[] Producer = [0x12, 6, .. "NetViz"u8];

    private static readonly byte[] WebPChunk = [.. "NVIZ"u8, 0, 0, 0, 0];

    private static readonly byte[] DocumentLine = [.. "%NetViz\n"u8];

    private static readonly string Version = typeof(ResultMark).Assembly.GetName().Version!.ToString(3);

    /// <summary>
    /// Computes a file's bytes with its mark. Of kinds whose content is always marked they are returned as they are.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="content">A whole file of that kind.</param>
    public static byte[] Add(ResultKind kind, ReadOnlySpan<byte> content) => kind switch
    {
        ResultKind.Picture or ResultKind.Scene when content.Length > PngHead =>
            [.. content[..PngHead], .. PngChunk(kind), .. content[PngHead..]],
        ResultKind.Animation when content.Length > 12 => WithWebPChunk(content),
        ResultKind.Document => [.. content, .. DocumentLine],
        ResultKind.Json when content.Length > 2 && content[0] == '{' =>
            [.. "{\n  \"netviz\": \""u8, .. Encoding.ASCII.GetBytes(Version), .. "\","u8, .. content[1..]],
        _ => content.ToArray(),
    };

    /// <summary>
    /// Returns whether a file is one that netviz wrote, of a kind; an empty file holds nothing, and counts as one.
    /// </summary>
    /// <param name="kind">The kind; a scene and a picture count as one.</param>
    /// <param name="path">A regular file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsOwn(ResultKind kind, string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length == 0) return true;
        var first = new byte[Math.Min(Beginning, file.Length)];
        file.ReadExactly(first);
        return kind switch
        {
            ResultKind.Picture or ResultKind.Scene =>
                HasPngChunk(first, ResultKind.Picture) || HasPngChunk(first, ResultKind.Scene),
            ResultKind.Animation => first.AsSpan().StartsWith("RIFF"u8) && Tail(file, WebPChunk.Length).SequenceEqual(WebPChunk),
            ResultKind.Array => IsMarkedArray(first),
            ResultKind.Drawing => Encoding.UTF8.GetString(first).Contains(DrawingLine, StringComparison.Ordinal),
            ResultKind.Document => first.AsSpan().StartsWith("%PDF"u8) && Tail(file, DocumentLine.Length).SequenceEqual(DocumentLine),
            ResultKind.Arrays => first.AsSpan().StartsWith("PK\u0003\u0004"u8) && first.Length > 40
                && first.AsSpan(30, 10).SequenceEqual("netviz.npy"u8),
            ResultKind.Json => IsMarkedJson(Encoding.UTF8.GetString(first)),
            ResultKind.Page => Encoding.UTF8.GetString(first).Contains("<meta name=\"generator\" content=\"NetViz\">",
                StringComparison.Ordinal),
            ResultKind.Chapter => Encoding.UTF8.GetString(Tail(file, ChapterLine.Length + 4)).TrimEnd()
                .EndsWith(ChapterLine, StringComparison.Ordinal),
            ResultKind.Table => IsOwnTable(Encoding.UTF8.GetString(first)),
            ResultKind.Model => first.AsSpan(0, Math.Min(64, first.Length)).IndexOf(Producer) is >= 0 and <= 4,
            ResultKind.Record => first.AsSpan().StartsWith("PK\u0003\u0004"u8) && first.Length > 41
                && first.AsSpan(30, 11).SequenceEqual("record.json"u8),
            ResultKind.Checkpoint => first.AsSpan().StartsWith("NetVizCk"u8),
            ResultKind.TrainingLog => IsOwnLog(Encoding.UTF8.GetString(first)),
            ResultKind.Script => Encoding.UTF8.GetString(first).Contains("\n# Written by netviz cluster.\n", StringComparison.Ordinal),
            _ => false,
        };
    }

    /// <summary>
    /// Returns whether a file is a picture, an animation or an array that netviz wrote as a result, and not as an input. A file
    /// that cannot be read is none: the command that opens it says why.
    /// </summary>
    /// <param name="path">The file.</param>
    public static bool IsResult(string path)
    {
        try
        {
            if (FileFacts.Of(path, follow: true).Type != FileType.Regular || new FileInfo(path).Length == 0) return false;
            return Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".png" => HasPngChunk(First(path, PictureBytes), ResultKind.Picture),
                ".webp" => IsOwn(ResultKind.Animation, path),
                ".npy" => IsOwn(ResultKind.Array, path),
                _ => false,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Returns whether a picture's bytes, by its name, are those of a result, as <see cref="IsResult(string)"/> says of
    /// files.</summary>
    /// <param name="name">The picture's name.</param>
    /// <param name="content">Its bytes; of a PNG the first <see cref="PictureBytes"/> do.</param>
    public static bool IsResult(string name, ReadOnlySpan<byte> content) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".png" => HasPngChunk(content, ResultKind.Picture),
        ".webp" => content.StartsWith("RIFF"u8) && content.EndsWith(WebPChunk),
        _ => false,
    };

    private static byte[] First(string path, int count)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[count];
        return bytes[..file.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
    }

    private static byte[] Tail(FileStream file, int count)
    {
        var bytes = new byte[Math.Min(count, file.Length)];
        file.Seek(-bytes.Length, SeekOrigin.End);
        file.ReadExactly(bytes);
        return bytes;
    }

    private static bool HasPngChunk(ReadOnlySpan<byte> first, ResultKind kind) =>
        first.Length > PngHead && first[PngHead..].StartsWith(PngChunk(kind));

    // Version 1.0: the header's length at 8, its text from 10; the dictionary ends with a brace.
    private static bool IsMarkedArray(ReadOnlySpan<byte> first) =>
        first.StartsWith((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8]) && first.IndexOf((byte)'}') is int end and > 0
        && end + 1 < first.Length && first[end + 1] == '\t';

    private static bool IsMarkedJson(string text) =>
        text.StartsWith('{') && text[1..].TrimStart().StartsWith("\"netviz\":", StringComparison.Ordinal);

    private static bool IsOwnTable(string text)
    {
        string heading = text.Split('\n', 2)[0];
        return heading.StartsWith("picture,class,class_name,score,", StringComparison.Ordinal)
            || heading.StartsWith("file,class,class_name,model_class", StringComparison.Ordinal)
            || heading.StartsWith("file,class,class_name,rank,map,method,", StringComparison.Ordinal)
            || heading.StartsWith("metric,score,higher_is_better,map,", StringComparison.Ordinal);
    }

    private static bool IsOwnLog(string text) => text.StartsWith("{\"epoch\":", StringComparison.Ordinal)
        && text.Split('\n', 2)[0].Contains("\"training_top1\":", StringComparison.Ordinal);

    private static byte[] WithWebPChunk(ReadOnlySpan<byte> content)
    {
        byte[] marked = [.. content, .. WebPChunk];
        BinaryPrimitives.WriteInt32LittleEndian(marked.AsSpan(4), marked.Length - 8);
        return marked;
    }

    private static byte[] PngChunk(ResultKind kind)
    {
        byte[] text = [.. "tEXtSoftware\0NetViz"u8, .. kind == ResultKind.Scene ? " scene"u8 : ""u8];
        var chunk = new byte[text.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, text.Length - 4);
        text.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(4 + text.Length), Crc32(text));
        return chunk;
    }

    // PNG, annex D: the polynomial of ISO 3309, lowest bit first.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        return ~crc;
    }
}
