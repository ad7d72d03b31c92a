using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Files, names and numbers of strangers on the command line.</summary>
public class HostileCommandLineTests : InTemporaryFolder
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    [Test]
    public void An_image_bomb_is_refused_by_its_header_and_the_limit_can_be_set()
    {
        Assert.That(ImageFile.PixelLimitFor(5_000_000), Is.GreaterThan(48_000_000),
            "a photograph of 48 megapixels has some 10 MB");
        Assert.That(ImageFile.PixelLimitFor(1_000_000), Is.EqualTo(20_000_000));
        string bomb = Folder.Write("bomb.png", Pictures.PngHeader(40_000, 40_000)), small = Folder.File("small.png");
        ImageFile.WritePng(Pictures.Gradient(40, 30), small);
        NetvizProcess run = Classify(bomb), limited = Classify(small, "--max-pixels", "1199"),
            raised = Classify(small, "--max-pixels", "1200");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.ExitCode, run.Error.Trim().Split('\n').Length), Is.EqualTo((2, 1)));
            Assert.That(run.Error, Does.Contain("40000 x 40000").And.Contain("--max-pixels"));
            Assert.That(run.PeakBytes, Is.LessThan(300_000_000));
            Assert.That((limited.ExitCode, raised.ExitCode), Is.EqualTo((2, 0)));
        }
    }

    [Test]
    public void Names_that_would_command_a_terminal_are_shown_and_not_obeyed()
    {
        string path = new TestGraph().Input("x\u001b[2J", "N", 3, 8, 8).Node("Relu", "y", "x\u001b[2J")
            .Change((_, graph) => graph.Node[0].Name = "a\n\u001b]0;b\u0007\u202ec")
            .Write(Folder);
        NetvizProcess info = NetvizProcess.RunApart("info", "--model", path);
        Assert.That(info.ExitCode, Is.Zero, info.Error);
        Assert.That(info.Out, Does.Contain("\\u001b").And.Contain("\\u202e").And.Not.Contain('\u001b').And.Not.Contain('\u202e'));
        NetvizProcess refused = NetvizProcess.RunApart("saliency", RepositoryRoot.File("docs", "images", "orange.png"),
            "--model", path, "--preprocess", "unit", "--at", "q", "--output", Folder.File("out"));
        Assert.That((refused.ExitCode, refused.Error.Trim().Split('\n').Length), Is.EqualTo((2, 1)));
        Assert.That(refused.Error, Does.Not.Contain('\u001b'));
    }

    [TestCase("..png")]
    [TestCase("...png")]
    [TestCase(".png")]
    [TestCase("a\nb.png")]
    [TestCase("\u001b[31m.png")]
    [TestCase("-rf.png")]
    public void Results_stay_in_their_folder_whatever_the_pictures_name(string name)
    {
        Directory.CreateDirectory(Folder.File("in"));
        ImageFile.WritePng(Pictures.Gradient(40, 30), Folder.File("in", name));
        NetvizProcess run = NetvizProcess.RunApart("saliency", Folder.File("in"), "--model", Vgg, "--preprocess", "unit",
            "--rule", "gradient", "--output", Folder.File("out"));
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(run.Out, Does.Not.Contain('\u001b'));
        Assert.That(Directory.GetFileSystemEntries(Folder.Path), Has.Length.EqualTo(2), "in and out");
        Assert.That(Directory.GetFileSystemEntries(Folder.File("out")), Has.Length.EqualTo(5));
        Assert.That(Directory.GetFileSystemEntries(Folder.File("in")), Has.Length.EqualTo(1));
    }

    [Test]
    public void Weights_that_are_no_numbers_are_named_and_can_be_let_through()
    {
        string path = new TestGraph().Input("x", "N", 3, 8, 8).Floats("w", [2, 3, 1, 1], 1, 2, 3, 4, float.NaN, 6)
            .Node("Conv", "c", "x w")
            .Node("GlobalAveragePool", "g", "c").Node("Flatten", "y", "g").Write(Folder);
        ImageFile.WritePng(Pictures.Gradient(40, 30), Folder.File("p.png"));
        string[] arguments = ["classify", Folder.File("p.png"), "--model", path, "--preprocess", "unit", "--json"];
        NetvizProcess refused = NetvizProcess.RunApart(arguments), let = NetvizProcess.RunApart([.. arguments, "--allow-non-finite"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.ExitCode, Is.EqualTo(2));
            Assert.That(refused.Error,
                Does.Contain("'w' holds NaN at element 4 of 6 [1, 1, 0, 0]").And.Contain("--allow-non-finite"));
            Assert.That(let.ExitCode, Is.Zero, let.Error);
            Assert.That(let.Error, Does.Contain("netviz: warning: ").And.Contain("NaN"));
        }

        Assert.That(let.Json[0].GetProperty("top")[1].GetProperty("score").GetString(), Is.EqualTo("NaN"),
            "JSON knows no NaN but as text");
        Npy.Write(Folder.File("a.npy"), Tensor.Create(new float[192], [1, 3, 8, 8]));
        NetvizProcess drawn = NetvizProcess.RunApart("saliency", Folder.File("a.npy"), "--model", path, "--allow-non-finite",
            "--rule", "gradient", "--output", Folder.File("out"));
        Assert.That(drawn.ExitCode, Is.Zero, drawn.Error);
        JsonElement json = JsonDocument.Parse(File.ReadAllBytes(Folder.File("out", "a.json"))).RootElement;
        Assert.That(json.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()),
            Has.Some.Contains("scores are NaN").And.Some.Contains("all its values are 0"));
    }

    [Test]
    public void An_array_of_the_wrong_scale_brings_a_warning_also_into_the_json()
    {
        float[] values = [.. Enumerable.Range(0, 3 * 32 * 32).Select(i => (float)(i * 7 % 256))];
        Npy.Write(Folder.File("a.npy"), Tensor.Create(values, [1, 3, 32, 32]));
        string[] arguments = ["saliency", Folder.File("a.npy"), "--model", Vgg, "--preprocess", "unit", "--rule", "gradient",
            "--output", Folder.File("out")];
        NetvizProcess run = NetvizProcess.RunApart(arguments), quiet = NetvizProcess.RunApart([.. arguments, "--quiet"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Error.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(run.Error, Does.StartWith("netviz: warning: ").And.Contain("0 to 255").And.Contain("preset byte"));
            Assert.That((quiet.ExitCode, quiet.Error), Is.EqualTo((0, "")));
        }

        JsonElement json = JsonDocument.Parse(File.ReadAllBytes(Folder.File("out", "a.json"))).RootElement;
        Assert.That(json.GetProperty("warnings")[0].GetString(), Does.Contain("preset byte"));
    }

    private static NetvizProcess Classify(string picture, params string[] arguments) =>
        NetvizProcess.RunApart(["classify", picture, "--model", Vgg, "--preprocess", "unit", .. arguments]);
}
