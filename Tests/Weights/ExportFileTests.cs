using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Weights;
using NetViz.Weights.Export;
using NetViz.Weights.Generation;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// The exported file as a file: the same bytes each time, whole or not at all, never in the way of the one that a
/// model was loaded from.
/// </summary>
public class ExportFileTests
{
    private static readonly string Branch = RepositoryRoot.File("Tests", "Fixtures", "small_branch.onnx");

    [Test]
    public void Two_exports_have_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = OnnxModel.Load(Branch);
        model.Export(folder.File("a.onnx"));
        model.Export(folder.File("b.onnx"));
        Assert.That(File.ReadAllBytes(folder.File("b.onnx")), Is.EqualTo(File.ReadAllBytes(folder.File("a.onnx"))));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(2));
    }

    [Test]
    public void The_very_file_of_the_model_can_be_replaced()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.onnx"), other = folder.File("b.onnx");
        File.Copy(Branch, path);
        using OnnxModel model = OnnxModel.Load(path), untouched = OnnxModel.Load(Branch);
        try
        {
            model.Export(path);
        }
        catch (NetVizException) when (OperatingSystem.IsWindows())
        {
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(File.ReadAllBytes(Branch)), "refused, and nothing changed");
            return;
        }

        RoundTrip.RequireSameNumbers(untouched.Network, model.Network, Device.Cpu(2));
        using OnnxModel again = OnnxModel.Load(path);
        RoundTrip.RequireSameNumbers(untouched.Network, again.Network, Device.Cpu(2));
        model.Export(other);
        Assert.That(File.ReadAllBytes(other), Is.EqualTo(File.ReadAllBytes(path)), "the old bytes are still there to the model");
    }

    [TestCase("absent/a.onnx")]
    [TestCase("folder")]
    [TestCase("file/a.onnx")]
    public void A_path_that_cannot_be_written_is_said_so(string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("folder"));
        folder.Write("file", "a file");
        string[] before = Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories);
        using OnnxModel model = OnnxModel.Load(Branch);
        Assert.That(() => model.Export(folder.File(name)), Throws.TypeOf<NetVizException>()
            .With.Message.StartsWith(folder.File(name)).And.Message.Contains("cannot be written"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories), Is.EquivalentTo(before));
    }

    [Test]
    public void An_export_that_fails_midway_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.onnx", "what was there");
        OnnxModel model = OnnxModel.Load(Branch);
        Network network = model.Network;
        model.Dispose();
        Assert.That(() => OnnxExport.Write(network, path), Throws.Exception);
        Assert.That(File.ReadAllText(path), Is.EqualTo("what was there"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }

    /// <summary>
    /// By the anonymous memory of this process: the file's bytes once, since no mapping of a file is safe from who truncates it.
    /// </summary>
    [Test]
    [NonParallelizable]
    public void Weights_are_in_memory_once_after_load_and_export()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("reads RssAnon of /proc/self/status, which only Linux has");
        using var folder = new TemporaryFolder();
        // fc7 alone has 5800 x 5800 weights, 135 MB.
        VggGenerator.Write(folder.File("a.onnx"),
            new VggOptions { Depth = 11, InputSize = 32, Channels = 4, Hidden = 5800, Classes = 10 });
        long bytes = new FileInfo(folder.File("a.onnx")).Length;
        OnnxModel.Load(Branch).Dispose(); // what the first use of the code itself takes
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // gives memory back
        long before = AnonymousBytes();
        using OnnxModel model = OnnxModel.Load(folder.File("a.onnx"));
        long loaded = AnonymousBytes() - before;
        model.Export(folder.File("b.onnx"));
        long exported = AnonymousBytes() - before;
        TestContext.Out.WriteLine($"file {bytes / 1e6:0} MB; anonymous memory grown by {loaded / 1e6:0.0} MB after load, "
            + $"{exported / 1e6:0.0} MB after export");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bytes, Is.GreaterThan(100_000_000));
            Assert.That(loaded, Is.LessThan(bytes * 11 / 10));
            Assert.That(exported, Is.LessThan(bytes * 3 / 2), "the buffers of the writing threads, 1 MB each");
            Assert.That(model.Network.ParameterCount * sizeof(float), Is.GreaterThan(bytes * 99 / 100));
        }

        // RssAnon:      1234 kB
        static long AnonymousBytes() => 1024 * long.Parse(File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ')[^2]);
    }
}
