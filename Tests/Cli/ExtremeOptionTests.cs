using System.Buffers.Binary;
using System.Text;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Weights.Catalogue;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Numbers at their extremes, and batches that no machine holds: one line and exit code 2, nothing is made.</summary>
[NonParallelizable]
public class ExtremeOptionTests : InTemporaryFolder
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    [TestCase("bench", "--batch", "100000000")]
    [TestCase("bench", "--batch", "2147483647")]
    [TestCase("bench", "--batch", "0")]
    [TestCase("bench", "--batch", "-2147483648")]
    [TestCase("classify", "--threads", "2147483647")]
    [TestCase("classify", "--threads", "20000")]
    [TestCase("classify", "--threads", "-1")]
    [TestCase("classify", "--size", "2147483647")]
    [TestCase("classify", "--size", "-1")]
    [TestCase("classify", "--size", "0")]
    [TestCase("classify", "--top", "0")]
    [TestCase("classify", "--max-pixels", "0")]
    [TestCase("classify", "--max-memory", "0")]
    [TestCase("saliency", "--crops", "2147483647")]
    [TestCase("saliency", "--crops", "-1")]
    [TestCase("reconstruct", "--top", "2147483647")]
    [TestCase("reconstruct", "--top", "0")]
    [TestCase("reconstruct", "--channel", "2147483647")]
    [TestCase("class-model", "--class", "2147483647")]
    [TestCase("info", "--size", "2147483647")]
    public void A_number_beyond_all_measure(string command, string option, string value)
    {
        string picture = Folder.File("p.png");
        ImageFile.WritePng(Pictures.Gradient(40, 30), picture);
        string[] image = command is "bench" or "class-model" or "info" ? [] : [picture];
        string[] more = command == "reconstruct" ? ["--layer", "conv1_1", "--output", Folder.File("out")]
            : command is "saliency" or "class-model" ? ["--output", Folder.File("out")] : [];
        Refused([command, .. image, "--model", Vgg, "--preprocess", "unit", option, value, .. more]);
    }

    [Test]
    public void As_many_classes_as_there_are_where_more_are_asked_for()
    {
        string picture = Folder.File("p.png");
        ImageFile.WritePng(Pictures.Gradient(40, 30), picture);
        NetvizProcess run = NetvizProcess.Run("classify", picture, "--model", Vgg, "--preprocess", "unit", "--top",
            "2147483647", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }

    [Test]
    public void Threads_have_a_limit_in_a_program_too()
    {
        Assert.That(() => Device.Cpu(20_000), Throws.TypeOf<NetVizException>().With.Message.Contains("20000 threads"));
        Assert.That(() => Device.Parse("auto", int.MaxValue), Throws.TypeOf<NetVizException>());
        Assert.That(Device.Cpu(Device.MaxThreads).Name, Is.EqualTo("cpu"));
    }

    [TestCase("(1, 3, 9, 32)")]
    [TestCase("(1, 3, 32)")]
    [TestCase("(700000, 3, 32, 32)")]
    public void An_array_is_judged_by_its_header(string shape)
    {
        // The numbers take no room on the disk, and reading them would take gigabytes.
        long count = shape.Trim('(', ')').Split(", ").Select(long.Parse).Aggregate((a, b) => a * b);
        string path = Array("a.npy", shape, count * sizeof(float));
        long before = GC.GetTotalAllocatedBytes();
        Refused(["classify", path, "--model", Vgg, "--preprocess", "unit", "--max-memory", "1"]);
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(100_000_000));
    }

    [TestCase("(4294967296, 4294967296, 4294967296)")]
    [TestCase("(9223372036854775807, 9223372036854775807, 9223372036854775807, 3)")]
    [TestCase("(0, 9223372036854775807)")]
    [TestCase("(0, 4294967296, 4294967296)")]
    [TestCase("(99999999999999999999,)")]
    public void A_header_whose_product_overflows(string shape)
    {
        string path = Array("a.npy", shape, 0);
        Assert.That(() => Npy.Read(path), Throws.TypeOf<NetVizException>());
        Refused(["classify", path, "--model", Vgg, "--preprocess", "unit"]);
    }

    [TestCase("side-car", """{"labels": ["\ud800"]}""")]
    [TestCase("side-car", """{"\udc00": 1}""")]
    [TestCase("side-car", """{"preprocessing": "\ud800"}""")]
    [TestCase("side-car", """{"preprocessing": {"channels": "\ud800"}}""")]
    [TestCase("side-car", """{"labels": null}""")]
    [TestCase("side-car", """{"labels": [null]}""")]
    [TestCase("side-car", """{"labels": 7}""")]
    [TestCase("side-car", """{"labels": {"a": 1}}""")]
    [TestCase("side-car", """{"preprocessing": null}""")]
    [TestCase("side-car", """{"preprocessing": {"mean": null}}""")]
    [TestCase("side-car", """{"preprocessing": {"size": 1e99}}""")]
    [TestCase("side-car", """{"preprocessing": {"size": [1, 2, 3]}}""")]
    [TestCase("side-car", """{"preprocessing": {"divisor": 1e-50}}""")]
    [TestCase("side-car", """{"preprocessing": {"deviation": [1, 2]}}""")]
    [TestCase("side-car", """{"preprocessing": "unit", "preprocessing": "byte"}""")]
    [TestCase("side-car", """{"preprocessing": {"divisor": 1, "divisor": 255}}""")]
    [TestCase("side-car", """{"preprocessing": {"channels": "grey", "mean": [1, 2, 3]}}""")]
    [TestCase("side-car", """{"preprocessing": {"size": 224, "resizeTo": 100}}""")]
    [TestCase("side-car", """{"preprocessing": {"divisor": 255, "mean": [123, 117, 104]}}""")]
    [TestCase("side-car", "null")]
    [TestCase("side-car", "[]")]
    [TestCase("side-car", "")]
    [TestCase("labels", """["\ud800"]""")]
    [TestCase("labels", "[null]")]
    [TestCase("labels", "[1]")]
    [TestCase("labels", "[")]
    [TestCase("netviz.labels", """["\ud800"]""")]
    [TestCase("netviz.labels", "null")]
    [TestCase("netviz.preprocessing", """{"channels": "\ud800"}""")]
    [TestCase("netviz.preprocessing", "null")]
    [TestCase("netviz.mean", """{"shape": [3], "data": "\ud800"}""")]
    [TestCase("netviz.mean", "null")]
    [TestCase("netviz.mean", "[null]")]
    [TestCase("netviz.mean", """{"shape": [2147483647, 2147483647, 4], "data": ""}""")]
    [TestCase("config", """{"epochs": null}""")]
    [TestCase("config", """{"epochs": 1e99}""")]
    [TestCase("config", """{"architecture": null}""")]
    [TestCase("config", """{"\ud800": 1}""")]
    [TestCase("config", "null")]
    public void Json_that_means_nothing(string place, string json)
    {
        string picture = Folder.File("p.png");
        ImageFile.WritePng(Pictures.Gradient(40, 30), picture);
        var graph = new TestGraph().Input("x", "N", 3, 8, 8);
        if (place.StartsWith("netviz.", StringComparison.Ordinal))
        {
            graph.Change((model, _) => model.MetadataProps.Add(
                new NetViz.Weights.Onnx.Schema.StringStringEntryProto { Key = place, Value = json }));
        }

        string path = graph.Node("GlobalAveragePool", "g", "x").Node("Flatten", "y", "g").Write(Folder);
        string file = Folder.Write(place == "side-car" ? "test.netviz.json" : "other.json", json);
        Refused(place switch
        {
            "config" => ["train", "--data", Folder.Path, "--output", Folder.File("o.onnx"), "--config", file],
            "labels" => ["classify", picture, "--model", path, "--preprocess", "unit", "--labels", file],
            _ => ["classify", picture, "--model", path],
        });
    }

    [TestCase("""{"models": [{"name": "\ud800"}]}""")]
    [TestCase("""{"models": null}""")]
    [TestCase("""{"models": [null]}""")]
    [TestCase("""{"from": null, "models": []}""")]
    [TestCase("""{"models": [{"name": "a", "sha256": "b", "bytes": 1e99}]}""")]
    [TestCase("null")]
    [TestCase("7")]
    public void Catalogues_that_mean_nothing(string json)
    {
        string path = Folder.Write("c.json", json);
        Assert.That(() => ModelCatalogue.Read(path), Throws.TypeOf<NetVizException>());
    }

    private static void Refused(string[] arguments)
    {
        NetvizProcess run = NetvizProcess.Run(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(2), $"{string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        Assert.That(run.Error.Trim().Split('\n'), Has.Length.EqualTo(1), run.Error);
    }

    private string Array(string name, string shape, long bytes)
    {
        byte[] text = Encoding.ASCII.GetBytes($"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        byte[] header = [0x93, .. "NUMPY"u8, 1, 0, 0, 0, .. text];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)text.Length);
        string path = Folder.Write(name, header);
        using FileStream file = File.Open(path, FileMode.Open);
        file.SetLength(header.Length + bytes);
        return path;
    }
}
