using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Training;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NetViz.Weights.Catalogue;
using NetViz.Weights.ClassLabels;
using NetViz.Weights.Onnx;
using NUnit.Framework;

namespace NetViz.Tests.Engine.Files;

/// <summary>The one place through which files of strangers are opened, and everything that reads through it.</summary>
public class UntrustedFileTests : InTemporaryFolder
{
    private static readonly Lazy<Network> Small =
        new(() => OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx")).Network);

    /// <summary>Whatever reads a file, with the file's name.</summary>
    private static readonly Dictionary<string, (string Name, Action<string> Read)> Readers = new()
    {
        ["model"] = ("m.onnx", path => OnnxModel.Load(path).Dispose()),
        ["tensor"] = ("t.pb", path => OnnxTensor.Read(path)),
        ["labels"] = ("l.txt", path => Labels.Read(path)),
        ["catalogue"] = ("c.json", path => ModelCatalogue.Read(path)),
        ["verify"] = ("m.onnx", path => ModelCatalogue.BuiltIn.Identify(path)),
        ["rules"] = ("r.txt", path => RuleExpression.ReadFile(path, Small.Value)),
        ["checkpoint"] = ("c.checkpoint", path => Checkpoint.Read(path)),
        ["array"] = ("a.npy", path => Npy.Read(path)),
        ["array in double"] = ("a.npy", path => Npy.ReadDouble(path)),
        ["picture"] = ("p.png", path => ImageFile.Read(path)),
        ["archive"] = ("s.tar", path => LabelledSet.Open(path)),
        ["archive, packed"] = ("s.tar.gz", path => LabelledSet.Open(path)),
    };

    private static IEnumerable<TestCaseData> EachReader =>
        from reader in Readers.Keys
        from kind in (string[])["pipe", "link to a pipe", "link to a device", "socket", "folder", "link to a folder"]
        select new TestCaseData(reader, kind);

    [TestCaseSource(nameof(EachReader))]
    public void What_is_no_regular_file_is_refused_and_not_waited_for(string reader, string kind)
    {
        (string name, Action<string> read) = Readers[reader];
        string path = Make(kind, name);
        if (kind.EndsWith("folder", StringComparison.Ordinal) && reader.StartsWith("archive", StringComparison.Ordinal)) return;
        NetVizException refusal = Assert.Throws<NetVizException>(() => read(path))!;
        Assert.That(refusal.Message, Does.Contain(name).And.Contain(kind switch
        {
            "socket" => "is a socket",
            "link to a device" => "is a device",
            "folder" or "link to a folder" => "is a folder",
            _ => "is a named pipe",
        }));
    }

    [TestCase("side-car", "test.netviz.json")]
    [TestCase("labels of a side-car", "classes.txt")]
    [TestCase("external data", "w.bin")]
    public void What_a_model_names_is_no_pipe_either(string what, string name)
    {
        TestGraph graph = new TestGraph().Input("x", 1, 3, 8, 8);
        if (what == "external data")
            graph.External("w", name, 1, 4);
        string path = graph.Node("Relu", "y", "x").Write(Folder);
        if (what == "labels of a side-car") Folder.Write("test.netviz.json", """{"labels": "classes.txt"}""");
        SpecialFiles.Pipe(Folder, name);
        Assert.That(() => OnnxModel.Load(path).Dispose(),
            Throws.TypeOf<NetVizException>().With.Message.Contains(name).And.Message.Contains("is a named pipe"));
    }

    [TestCase("class/p.png")]
    [TestCase("classes.txt")]
    [TestCase("all.tsv")]
    [TestCase("Annotations/p.xml")]
    public void A_set_of_pictures_holds_no_pipes(string name)
    {
        Directory.CreateDirectory(Folder.File("class"));
        Directory.CreateDirectory(Folder.File("Annotations"));
        ImageFile.WritePng(Pictures.Gradient(8, 8), Folder.File("class", "a.png"));
        SpecialFiles.Pipe(Folder, name);
        Assert.That(() => LabelledSet.Open(Folder.Path).ReadPhotos("all").ToArray(),
            Throws.TypeOf<NetVizException>().With.Message.Contains(Path.GetFileName(name)).And.Message.Contains("named pipe"));
    }

    [Test]
    public void A_file_that_is_longer_than_its_kind_allows_is_not_read()
    {
        (string Reader, long Limit)[] limits =
        [
            ("model", FileKind.Model.MaxBytes), ("tensor", FileKind.Tensor.MaxBytes), ("labels", FileKind.Labels.MaxBytes),
            ("catalogue", FileKind.Catalogue.MaxBytes), ("rules", FileKind.Rules.MaxBytes),
            ("checkpoint", FileKind.Checkpoint.MaxBytes), ("array", FileKind.Array.MaxBytes),
            ("picture", FileKind.Picture.MaxBytes),
        ];
        _ = Small.Value;
        foreach ((string reader, long limit) in limits)
        {
            (string name, Action<string> read) = Readers[reader];
            string path = SpecialFiles.Sparse(Folder, $"{reader}.{name}", limit + 1);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(() => read(path), Throws.TypeOf<NetVizException>()
                .With.Message.Contains($"{limit + 1} bytes").And.Message.Contains($"{limit} at most"), reader);
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000), reader);
        }
    }

    [Test]
    public void A_side_car_of_gigabytes_is_not_read()
    {
        string path = new TestGraph().Input("x", 1, 3, 8, 8).Node("Relu", "y", "x").Write(Folder);
        SpecialFiles.Sparse(Folder, "test.netviz.json", 900_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => OnnxModel.Load(path), Throws.TypeOf<NetVizException>().With.Message.Contains("a side-car may have"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(5_000_000));
    }

    [Test]
    public void What_was_read_is_known_by_every_name_of_it()
    {
        string read = Folder.Write("read.txt", "a"), other = Folder.Write("other.txt", "a");
        File.CreateSymbolicLink(Folder.File("link.txt"), "read.txt");
        using FileGuard guard = FileGuard.Begin(force: false);
        UntrustedFile.ReadText(Folder.File("link.txt"), FileKind.Labels);
        UntrustedFile.ReadText(other, FileKind.Journal);
        Assert.That(guard.IsRead(read), "through a link to it");
        Assert.That(guard.IsRead(Folder.File("link.txt")));
        Assert.That(guard.IsRead(Path.Combine(Folder.Path, "..", Path.GetFileName(Folder.Path), "read.txt")));
        Assert.That(guard.IsRead(other), Is.False, "a journal is the program's own");
        Assert.That(guard.IsRead(Folder.File("absent")), Is.False);
    }

    [Test]
    public void Links_in_a_circle_and_names_that_cannot_be_are_missing_files()
    {
        File.CreateSymbolicLink(Folder.File("a"), "b");
        File.CreateSymbolicLink(Folder.File("b"), "a");
        foreach (string path in (string[])[Folder.File("a"), Folder.File("absent"), "a\0b"])
            Assert.That(() => UntrustedFile.ReadText(path, FileKind.Labels), Throws.InstanceOf<IOException>(), path);
    }

    [Test]
    public void Text_is_read_as_dotnet_reads_it()
    {
        string text = "\u00e4\u20ac\r\nb\n\nc";
        foreach (System.Text.Encoding encoding in (System.Text.Encoding[])
            [new System.Text.UTF8Encoding(false), System.Text.Encoding.UTF8, System.Text.Encoding.Unicode])
        {
            File.WriteAllText(Folder.File("t"), text, encoding);
            Assert.That(UntrustedFile.ReadText(Folder.File("t"), FileKind.Labels), Is.EqualTo(text));
            Assert.That(UntrustedFile.ReadLines(Folder.File("t"), FileKind.Labels),
                Is.EqualTo(File.ReadAllLines(Folder.File("t"))));
        }
    }

    private string Make(string kind, string name)
    {
        switch (kind)
        {
            case "pipe": return SpecialFiles.Pipe(Folder, name);
            case "link to a pipe": return SpecialFiles.LinkToPipe(Folder, name);
            case "link to a device": return SpecialFiles.LinkToDevice(Folder, name);
            case "socket": return SpecialFiles.Socket(Folder, name);
            case "folder":
                Directory.CreateDirectory(Folder.File(name));
                return Folder.File(name);
            default:
                Directory.CreateDirectory(Folder.File("real"));
                Directory.CreateSymbolicLink(Folder.File(name), "real");
                return Folder.File(name);
        }
    }
}
