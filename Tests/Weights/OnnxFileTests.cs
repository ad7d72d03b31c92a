using System.Security.Cryptography;
using Google.Protobuf;
using NetViz.Engine;
using NetViz.Weights.Generation;
using NetViz.Weights.InputPreprocessing;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>What a user may hand over instead of a good ONNX file, and what becomes of it.</summary>
public class OnnxFileTests
{
    [TestCase("This is a text file.", "is not an ONNX file")]
    [TestCase("<!DOCTYPE html><html></html>", "is not an ONNX file")]
    [TestCase("{\"a\": 1}", "is not an ONNX file")]
    [TestCase("hello", "is not an ONNX file")]
    [TestCase("readme and so on", "is not an ONNX file")]
    [TestCase("\0\0\0\0\0\0\0\0", "is not an ONNX file")]
    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull")]
    [TestCase("", "is empty")]
    public void A_file_of_another_kind_is_refused(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("m.onnx", text);
        Assert.That(() => OnnxFile.Open(path),
            Throws.TypeOf<NetVizException>().With.Message.Contains(path).And.Message.Contains(expected));
    }

    [Test]
    public void A_missing_file_and_a_folder_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => OnnxFile.Open(folder.File("absent.onnx")),
            Throws.TypeOf<NetVizException>().With.Message.Contains("no file"));
        Assert.That(() => OnnxFile.Open(folder.Path), Throws.TypeOf<NetVizException>().With.Message.Contains("folder"));
    }

    [Test]
    public void A_file_cut_short_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = SmallVgg(folder);
        for (int length = 1; length < whole.Length; length += 1 + length / 8)
        {
            string path = folder.Write("cut.onnx", whole.AsSpan(0, length));
            Assert.That(() => OnnxFile.Open(path), Throws.TypeOf<NetVizException>(), $"{length} bytes");
        }

        string half = folder.Write("half.onnx", whole.AsSpan(0, whole.Length / 2));
        Assert.That(() => OnnxFile.Open(half), Throws.TypeOf<NetVizException>().With.Message.Contains("cut short"));
    }

    [Test]
    public void Damaged_bytes_never_bring_the_reader_down()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = SmallVgg(folder);
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. whole];
            for (int k = 0; k < 4; k++) damaged[random.Next(i % 2 == 0 ? 2000 : damaged.Length)] = (byte)random.Next(256);
            string path = folder.Write("damaged.onnx", damaged);
            try
            {
                OnnxFile.Open(path).Dispose();
            }
            catch (NetVizException)
            {
                // Refusing is right; so is not noticing, where the damage hit a number or a name.
            }
        }
    }

    [TestCase(float.NaN, "NaN")]
    [TestCase(float.PositiveInfinity, "an infinity")]
    [TestCase(float.NegativeInfinity, "an infinity")]
    public void A_weight_that_is_no_number_is_named(float bad, string expected)
    {
        using var folder = new TemporaryFolder();
        var values = new float[3_000_000];
        values[2_500_001] = bad;
        string path = WriteModel(folder, [3, 1_000_000], raw: values);
        using OnnxFile file = OnnxFile.Open(path);
        Assert.That(() => file.RequireFinite(new HashSet<string> { "w" }),
            Throws.TypeOf<NetVizException>().With.Message.Contains($"'w' holds {expected} at element 2500001 of 3000000"));
        file.RequireFinite(new HashSet<string> { "another" });
        Assert.That(file.Initializers[0].Floats.Span[2_500_001], Is.EqualTo(bad));
    }

    [TestCase(new long[] { 2, 3 }, 5, "24")]
    [TestCase(new long[] { 2, 3 }, 7, "24")]
    [TestCase(new long[] { -1 }, 1, "-1")]
    [TestCase(new long[] { 4294967296, 4294967296, 4294967296 }, 1, "4294967296")]
    [TestCase(new long[] { 2000000000, 2000000000, 2000000000 }, 1, "elements")]
    public void Values_that_do_not_fit_the_shape_are_refused(long[] dims, int count, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = WriteModel(folder, dims, raw: new float[count]);
        Assert.That(() => OnnxFile.Open(path),
            Throws.TypeOf<NetVizException>().With.Message.Contains("'w'").And.Message.Contains(expected));
    }

    [Test]
    public void The_hash_is_that_of_the_file()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = SmallVgg(folder);
        using OnnxFile file = OnnxFile.Open(folder.File("small.onnx"));
        Assert.That(file.Sha256, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(whole))));
    }

    [Test]
    public void After_closing_the_numbers_are_gone_and_say_so()
    {
        using var folder = new TemporaryFolder();
        string path = WriteModel(folder, [100_000], raw: new float[100_000]);
        OnnxFile file = OnnxFile.Open(path);
        ReadOnlyMemory<float> numbers = file.Initializers[0].Floats;
        System.Buffers.MemoryHandle pinned = numbers.Pin();
        file.Dispose();
        file.Dispose();
        Assert.That(() => numbers.Span[0], Throws.TypeOf<ObjectDisposedException>());
        pinned.Dispose();
    }

    [Test]
    public void The_shared_models_open()
    {
        foreach (string name in new[] { "squeezenet1.0", "tinyvgg-10", "mnist-8" })
        {
            using OnnxFile file = OnnxFile.Open(SharedData.PathOf("models", name + ".onnx"));
            Assert.That(file.Model.Graph.Node, Is.Not.Empty);
            Assert.That(KnownModels.Find(file), Is.Not.Null, name);
        }
    }

    /// <summary>Writes a model that is nothing but one initializer 'w', at an odd address.</summary>
    internal static string WriteModel(TemporaryFolder folder, long[] dims, float[] raw)
    {
        byte[] bytes = new byte[raw.Length * sizeof(float)];
        Buffer.BlockCopy(raw, 0, bytes, 0, bytes.Length);
        return WriteModel(folder,
            new TensorProto { Name = "w", DataType = 1, Dims = { dims }, RawData = ByteString.CopyFrom(bytes) });
    }

    /// <summary>Writes a model whose only content is one initializer. Full and light form have the same field numbers.</summary>
    internal static string WriteModel(TemporaryFolder folder, TensorProto tensor)
    {
        byte[] message = tensor.ToByteArray();
        using var graph = new MemoryStream();
        using (var output = new CodedOutputStream(graph, leaveOpen: true))
        {
            output.WriteTag(5, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(message));
        }

        var model = new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Version = 13 } } };
        using var file = new MemoryStream();
        using (var output = new CodedOutputStream(file, leaveOpen: true))
        {
            model.WriteTo(output);
            output.WriteTag(7, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(graph.ToArray()));
        }

        return folder.Write("model.onnx", file.ToArray());
    }

    private static byte[] SmallVgg(TemporaryFolder folder)
    {
        VggGenerator.Write(folder.File("small.onnx"),
            new VggOptions { Depth = 11, InputSize = 32, Channels = 2, Hidden = 8, Classes = 3 });
        return File.ReadAllBytes(folder.File("small.onnx"));
    }
}
