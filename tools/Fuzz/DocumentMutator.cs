using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using NetViz.Procedures;
using NetViz.Tests.Common;
using NetViz.Visualisation.Rendering;

namespace NetViz.Fuzz;

/// <summary>
/// Mutated side-cars, label files, rule files, catalogues, configurations, tables, annotations, archives and journals: pieces of
/// text of each kind are exchanged for others that mean something somewhere, then now and then some bytes are damaged.
/// </summary>
internal sealed class DocumentMutator(Random random)
{
    /// <summary>What the names of the kinds end with; <see cref="Targets.Document"/> goes by it.</summary>
    public const string SideCar = ".netviz.json", Labels = ".labels", Rules = ".rules", Catalogue = ".catalogue",
        Config = ".config", Checkpoint = ".checkpoint", Classes = ".classes", Table = ".tsv",
        Annotation = ".xml", Archive = ".tar", Journal = ".csv.part";

    /// <summary>What the journals measure, and how many numbers a picture has in them.</summary>
    public const string JournalKey = "accuracy; of pictures";

    /// <summary>The numbers that a picture has in a journal.</summary>
    public const int JournalValues = 2;

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1e99", "1e-99", "2147483647", "2147483648", "9223372036854775808", "0.5", "\"\"", "\"a\"",
        "\"\\ud800\"", "\"\\udc00x\"", "\"\\u202e\"", "\"\\u001b]52;c;YQ==\\u0007\"", "[]", "[null]", "[1,2,3]", "[1,2,3,4]",
        "{}", "{\"a\":1}", "[[[[[[1]]]]]]", "\"torchvision\"", "\"caffe\"", "\"imagenet\"", "\"../x\"", "\"classes.txt\"",
        "\"grey\"", "\"BGR\"", "\"warp\"", "224", "[224, 224]", "[0.485, 0.456, 0.406]", "255", "NaN", "Infinity",
    ];

    private static readonly string[] Words =
    [
        "gradient", "deconvnet", "guided", "even", "switches", "type:LRN", "type:", "depth:1..3", "depth:-99999999999",
        "depth:..", "relu*", "*", "=", ",", ":", "#", "\t", "\n", "\r", "\0", "\u001b[2J", "0", "1", "-1", "99999999999999999999",
        "n0", "n1", "train", "a.png", "../a.png", "file", "class", "xmin", "<", ">", "<object>", "</object>", "<name>", "&amp;",
        "&x;", "<!DOCTYPE a [<!ENTITY x \"y\">]>", "\ufeff", "\ud800", "  ", "fully-connected",
    ];

    /// <summary>The ending and the bytes of a mutated file.</summary>
    public (string Ending, byte[] Bytes) Next()
    {
        (string ending, byte[] bytes) = random.Next(11) switch
        {
            0 => (SideCar, Json("""
                {"preprocessing": {"preset": "torchvision", "channels": "RGB", "divisor": 255, "mean": [0.4, 0.5, 0.6],
                "deviation": [0.2, 0.2, 0.3], "resize": "crop", "resizeTo": 9, "size": 8}, "labels": ["a", "b", "c"]}
                """)),
            1 => (Labels, random.Next(2) == 0 ? Json("""["a", "b", "c"]""") : Text("tench\ngoldfish\ngreat white shark\n")),
            2 => (Rules, Text("halves: deconvnet, depth:1..1=gradient\nother: guided, type:Relu=deconvnet # a word\n\n")),
            3 => (Catalogue, Json("""
                {"from": "https://server/models", "models": [{"name": "a-2", "model": "a", "opset": 17, "path": "b/a-2.onnx",
                "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "bytes": 5,
                "preprocessing": "caffe", "labels": "imagenet"}]}
                """)),
            4 => (Config, Json("""
                {"epochs": 3, "batch": 8, "learningRate": 0.1, "momentum": 0.9, "seed": 1, "architecture": {"classes": 2}}
                """)),
            5 => (Checkpoint, CheckpointBytes()),
            6 => (Classes, Text("0\tn0\tcat, feline\n1\tn1\tdog\n")),
            7 => (Table, Text("file\tclass\txmin\tymin\txmax\tymax\nn0/a.png\t0\t1\t1\t5\t5\nn1/b.png\t1\t0\t0\t7\t7\n")),
            8 => (Annotation, Text("<annotation><size><width>24</width><height>18</height></size><object><name>cat</name><bndbox>"
                + "<xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>8</ymax></bndbox></object></annotation>")),
            9 => (Journal, JournalBytes()),
            _ => (Archive, ArchiveBytes()),
        };
        return (ending, random.Next(4) == 0 ? Bytes.Damage(bytes, random) : bytes);
    }

    // Values after a colon or in a list are exchanged, or a member is written twice.
    private byte[] Json(string json)
    {
        var text = new StringBuilder(json);
        for (int change = random.Next(3); change > 0; change--)
        {
            int at = random.Next(text.Length);
            while (at < text.Length && text[at] is not (':' or '[' or ',')) at++;
            if (at == text.Length) continue;
            int end = at + 1;
            while (end < text.Length && text[end] is not (',' or '}' or ']')) end++;
            string value = Values[random.Next(Values.Length)];
            if (random.Next(5) == 0) text.Insert(end, ", " + value);
            else text.Remove(at + 1, end - at - 1).Insert(at + 1, value);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private byte[] Text(string text)
    {
        var changed = new StringBuilder(text);
        for (int change = random.Next(4); change > 0; change--)
        {
            int at = random.Next(changed.Length + 1);
            string word = Words[random.Next(Words.Length)];
            if (random.Next(20) == 0) word = string.Concat(Enumerable.Repeat(word, random.Next(1, 20_000)));
            changed.Remove(at, Math.Min(changed.Length - at, random.Next(6))).Insert(at, word);
        }

        return Encoding.UTF8.GetBytes(changed.ToString());
    }

    // Magic, version, the head's length, the head, no numbers, and a digest that is right now and then.
    private byte[] CheckpointBytes()
    {
        byte[] head = Json("""{"Config": "{}", "Data": "x", "Log": [], "Names": ["a"], "Lengths": [0]}""");
        byte[] content = [.. "NetVizCk"u8, 1, 0, 0, 0, .. BitConverter.GetBytes(head.Length), .. head];
        return [.. content, .. System.Security.Cryptography.SHA256.HashData(content)];
    }

    // Lines that follow from each other, so that what they say is looked at; then some are changed, left out, moved or doubled.
    private byte[] JournalBytes()
    {
        string check = MetricJournal.HeadOf(random.Next(8) == 0 ? "another" : JournalKey);
        var lines = new List<string> { check };
        for (int i = random.Next(6); i > 0; i--)
        {
            string whole = $$"""{"Name": "n{{i}}/a.png", "Class": {{i}}, "Score": 3, "Values": [0.5, 1]}""";
            string json = Encoding.UTF8.GetString(Json(whole));
            check = MetricJournal.CheckOf(check, json);
            lines.Add($"{check} {json}");
        }

        if (random.Next(3) == 0)
        {
            int at = random.Next(lines.Count);
            if (random.Next(2) == 0) lines.Insert(random.Next(lines.Count), lines[at]);
            else lines.RemoveAt(at);
        }

        string text = string.Concat(lines.Select(line => line + "\n"));
        return random.Next(4) == 0 ? Text(text) : Encoding.UTF8.GetBytes(text);
    }

    private byte[] ArchiveBytes()
    {
        using var stream = new MemoryStream();
        Stream packed = random.Next(2) == 0 ? stream : new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        using (var tar = new TarWriter(packed, TarEntryFormat.Pax, leaveOpen: packed == stream))
        {
            string[] names = ["n0/a.png", "n1/b.png", "../c.png", "/d.png", "n0/.e.png", "classes.txt", "all.tsv", "n0"];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                TarEntryType type = random.Next(8) == 0 ? TarEntryType.SymbolicLink : TarEntryType.RegularFile;
                var entry = new PaxTarEntry(type, names[random.Next(names.Length)]);
                if (type == TarEntryType.SymbolicLink) entry.LinkName = "/dev/zero";
                else entry.DataStream = new MemoryStream(ImageFile.EncodePng(Pictures.Gradient(8, 6)));
                tar.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }
}
