using System.Text.Json;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz export</c> as a user calls it.</summary>
public class ExportCommandTests
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    [Test]
    public void Preprocessing_and_labels_go_into_the_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("baked.onnx");
        string labels = folder.Write("labels.txt", "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n");
        NetvizProcess run = NetvizProcess.Run("export", "--model", Vgg, "-o", path, "--preprocess", "unit", "--labels", labels,
            "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement json = run.Json;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("output").GetString(), Is.EqualTo(path));
            Assert.That(json.GetProperty("bytes").GetInt64(), Is.EqualTo(new FileInfo(path).Length));
            Assert.That(json.GetProperty("opset").GetInt32(), Is.EqualTo(13));
            Assert.That(json.GetProperty("parameters").GetInt64(), Is.EqualTo(92614));
            Assert.That(json.GetProperty("labels").GetInt32(), Is.EqualTo(10));
        }

        string orange = RepositoryRoot.File("docs", "images", "orange.png");
        NetvizProcess used = NetvizProcess.Run("classify", orange, "--model", path, "--json");
        Assert.That(used.ExitCode, Is.Zero, used.Error);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Preprocessing!.Describe(), Does.StartWith("unit"));
        Assert.That(model.Labels, Does.Contain("seven"));
    }

    [Test]
    public void The_result_is_one_line()
    {
        using var folder = new TemporaryFolder();
        NetvizProcess run = NetvizProcess.Run("export", "--model", Vgg, "-o", folder.File("a.onnx"));
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(run.Out.TrimEnd(), Does.StartWith(folder.File("a.onnx")).And.Contain("opset 13").And.Not.Contain("\n"));
        Assert.That(NetvizProcess.Run("export", "--model", Vgg, "-o", folder.File("b.onnx"), "--quiet").Out, Is.Empty);
    }

    [Test]
    public void What_cannot_be_written_is_said_in_one_line()
    {
        using var folder = new TemporaryFolder();
        string bad = folder.File("absent", "a.onnx");
        NetvizProcess run = NetvizProcess.Run("export", "--model", Vgg, "--output", bad);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.StartWith($"netviz: {bad} cannot be written"));
        Assert.That(run.Error.TrimEnd(), Does.Not.Contain("\n"));
        Assert.That(NetvizProcess.Run("export", "--model", Vgg).ExitCode, Is.EqualTo(2), "--output is required");
    }
}
