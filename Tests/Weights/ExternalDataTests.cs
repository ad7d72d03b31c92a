using NetViz.Engine;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

public class ExternalDataTests
{
    [TestCase("w.bin", null, null)]
    [TestCase("w.bin", "8", "16")]
    [TestCase("sub/w.bin", "8", null)]
    [TestCase("./w.bin", "8", "16")]
    public void Values_are_read_from_a_file_beside_the_model(string location, string? offset, string? length)
    {
        using var folder = new TemporaryFolder();
        float[] stored = offset is null ? [1, 2, 3, 4] : length is null ? [9, 9, 1, 2, 3, 4] : [9, 9, 1, 2, 3, 4, 9];
        byte[] bytes = [.. stored.SelectMany(BitConverter.GetBytes)];
        Directory.CreateDirectory(folder.File("sub"));
        folder.Write("w.bin", bytes);
        folder.Write(Path.Combine("sub", "w.bin"), bytes);
        using OnnxFile file = OnnxFile.Open(Model(folder, location, offset, length));
        Assert.That(file.Initializers[0].Floats.ToArray(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        Assert.That(file.ExternalSha256[location], Has.Length.EqualTo(64));
    }

    [TestCase("../w.bin", "not inside")]
    [TestCase("sub/../../w.bin", "not inside")]
    [TestCase("..\\w.bin", "not inside")]
    [TestCase("/etc/hostname", "not inside")]
    [TestCase("C:\\w.bin", "not inside")]
    [TestCase("", "names none")]
    [TestCase("absent.bin", "no file")]
    public void A_location_outside_the_folder_is_refused(string location, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = Model(folder, location, null, null);
        Assert.That(() => OnnxFile.Open(path), Throws.TypeOf<NetVizException>().With.Message.Contains(expected));
    }

    [TestCase("4", "16")]
    [TestCase("0", "20")]
    [TestCase("17", null)]
    [TestCase("-4", null)]
    [TestCase("9223372036854775807", "9223372036854775807")]
    [TestCase("0", "four")]
    public void Bytes_that_are_not_there_are_refused(string offset, string? length)
    {
        using var folder = new TemporaryFolder();
        folder.Write("w.bin", new byte[16]);
        string path = Model(folder, "w.bin", offset, length);
        Assert.That(() => OnnxFile.Open(path), Throws.TypeOf<NetVizException>().With.Message.Contains("'w'"));
    }

    [Test]
    public void A_link_is_followed_only_inside_the_folder()
    {
        using var folder = new TemporaryFolder();
        using var other = new TemporaryFolder();
        folder.Write("w.bin", new byte[16]);
        other.Write("w.bin", new byte[16]);
        try
        {
            File.CreateSymbolicLink(folder.File("inside.bin"), "w.bin");
            File.CreateSymbolicLink(folder.File("outside.bin"), other.File("w.bin"));
            Directory.CreateSymbolicLink(folder.File("away"), other.Path);
        }
        catch (UnauthorizedAccessException)
        {
            Assert.Ignore("this system lets only administrators make symbolic links");
        }

        OnnxFile.Open(Model(folder, "inside.bin", null, null)).Dispose();
        foreach (string location in new[] { "outside.bin", "away/w.bin" })
        {
            string path = Model(folder, location, null, null);
            Assert.That(() => OnnxFile.Open(path), Throws.TypeOf<NetVizException>().With.Message.Contains("not inside"),
                location);
        }
    }

    private static string Model(TemporaryFolder folder, string location, string? offset, string? length)
    {
        var tensor = new TensorProto { Name = "w", DataType = 1, Dims = { 4 }, DataLocation = 1 };
        foreach ((string key, string? value) in new[] { ("location", location), ("offset", offset), ("length", length) })
        {
            if (value is not null) tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return OnnxFileTests.WriteModel(folder, tensor);
    }
}
