using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Files;
using NetViz.Weights;
using NetViz.Weights.Onnx;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Files that another program changes while a model is read from them.</summary>
public class TruncatedModelTests : InTemporaryFolder
{
    [Test]
    public void A_model_goes_on_when_its_file_is_truncated()
    {
        string path = Folder.File("m.onnx");
        File.Copy(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx"), path);
        using OnnxModel model = OnnxModel.Load(path), whole = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures",
            "small_vgg.onnx"));
        using (FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(0);
        RoundTrip.RequireSameNumbers(whole.Network, model.Network, Device.Cpu(2));
    }

    [Test]
    public void A_file_that_became_shorter_is_named()
    {
        string path = Folder.Write("m.onnx", new byte[5_000_000]);
        using LoadedFile file = LoadedFile.Open(path, FileKind.Model);
        Assert.That(file.Bytes(0, 10).Length, Is.EqualTo(10));
        using (FileStream other = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            other.SetLength(2_000_000);
        Assert.That(file.Bytes(100, 10).Length, Is.EqualTo(10), "what was read stays");
        Assert.That(() => file.Bytes(4_000_000, 10).Length, Throws.TypeOf<NetVizException>()
            .With.Message.StartsWith(path).And.Message.Contains("had 5000000 bytes"));
        Assert.That(() => file.Sha256, Throws.TypeOf<NetVizException>().With.Message.Contains("truncated"));
    }

    [Test]
    public void Only_what_is_needed_of_a_file_is_read()
    {
        // 3 GB that take no room on the disk: a model may name a small part of a large file.
        string path = SpecialFiles.Sparse(Folder, "w.bin", 3_000_000_000);
        using (FileStream file = File.OpenWrite(path))
        {
            file.Position = 2_999_999_996;
            file.Write([1, 2, 3, 4]);
        }

        using LoadedFile loaded = LoadedFile.Open(path, FileKind.ExternalData);
        Assert.That(loaded.Bytes(2_999_999_996, 4).ToArray(), Is.EqualTo((byte[])[1, 2, 3, 4]));
        Assert.That(loaded.Floats(2_999_999_992, 1).Span[0], Is.Zero);
    }
}
