using System.Text.Json;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz samples</c> as a user calls it.</summary>
public class SamplesCommandTests
{
    [Test]
    public void All_are_written_and_told_in_a_line_each()
    {
        using var folder = new TemporaryFolder();
        string output = folder.File("new", "pictures");
        NetvizProcess run = NetvizProcess.Run("samples", "--output", output, "--size", "32");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        string[] lines = run.Out.TrimEnd().Split(Environment.NewLine);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Has.Length.EqualTo(SampleScenes.All.Count));
            Assert.That(Directory.GetFileSystemEntries(output).Select(Path.GetFileName),
                Is.EquivalentTo(SampleScenes.All.Select(scene => $"{scene.Name}.png")), "and no temporary file");
        }

        foreach ((SampleScene scene, string line) in SampleScenes.All.Zip(lines))
        {
            string path = Path.Combine(output, $"{scene.Name}.png");
            Photo photo = ImageFile.Read(path);
            Assert.That(line, Does.StartWith(path).And.Contain(scene.ClassName).And.Contain(scene.WordNetId));
            Assert.That((photo.Width, photo.Height), Is.EqualTo((32, 32)));
            Assert.That(photo.Rgb, Is.EqualTo(SampleScenes.Read(scene, 32).Rgb));
        }
    }

    [Test]
    public void The_default_size_is_that_of_the_pictures_that_commands_look_at()
    {
        using var folder = new TemporaryFolder();
        NetvizProcess run = NetvizProcess.Run("samples", "lemon", "-o", folder.Path);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Photo written = ImageFile.Read(folder.File("lemon.png"));
        Photo sample = ImageFile.Read(RepositoryRoot.File("Visualisation", "Samples", "lemon.png"));
        Assert.That((written.Width, written.Height), Is.EqualTo((sample.Width, sample.Height)));
        Assert.That(written.Rgb, Is.EqualTo(sample.Rgb));
        JsonElement[] ofSample = Top("sample:lemon"), ofFile = Top(folder.File("lemon.png"));
        Assert.That(ofSample.Select(e => e.GetRawText()), Is.EqualTo(ofFile.Select(e => e.GetRawText())));
    }

    [Test]
    public void Commands_keep_no_picture_in_the_cache()
    {
        using var folder = new TemporaryFolder();
        string cache = folder.File("cache");
        NetvizProcess run = NetvizProcess.RunApart(new Dictionary<string, string> { ["NETVIZ_CACHE"] = cache },
            "classify", "sample:alp");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(Directory.Exists(cache), Is.False);
    }

    [Test]
    public void Some_are_chosen_by_name()
    {
        using var folder = new TemporaryFolder();
        NetvizProcess run = NetvizProcess.Run("samples", "Lemon", "orange", "lemon", "-o", folder.Path, "--size", "16", "--json");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        JsonElement[] written = [.. run.Json.EnumerateArray()];
        Assert.That(written.Select(e => e.GetProperty("name").GetString()), Is.EqualTo((string[])["lemon", "orange"]));
        Assert.That(written[1].GetProperty("class").GetString(), Is.EqualTo("orange"));
        Assert.That(written[1].GetProperty("word_net_id").GetString(), Is.EqualTo("n07747607"));
        Assert.That(written[1].GetProperty("size").GetInt32(), Is.EqualTo(16));
        Assert.That(written.All(e => File.Exists(e.GetProperty("output").GetString())));
    }

    [Test]
    public void A_list_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        string output = folder.File("none");
        NetvizProcess run = NetvizProcess.Run("samples", "--list", "-o", output);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out.TrimEnd().Split(Environment.NewLine), Has.Length.EqualTo(SampleScenes.All.Count));
        Assert.That(Directory.Exists(output), Is.False);
        Assert.That(NetvizProcess.Run("samples", "--help").Out, Does.Contain("orange"));
    }

    [Test]
    public void What_cannot_be_done_is_said_in_one_line()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("file", "not a folder");
        string[][] calls = [["unicorn"], ["--size", "0"], ["--size", "5000"], ["--size", "big"],
            ["orange", "-o", file, "--size", "16"]];
        foreach (string[] call in calls)
        {
            NetvizProcess run = NetvizProcess.Run(["samples", .. call]);
            Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")), string.Join(' ', call));
            Assert.That(run.Error.TrimEnd(), Does.StartWith("netviz: ").And.Not.Contain("\n"));
        }

        Assert.That(NetvizProcess.Run("samples", "unicorn").Error, Does.Contain("orange").And.Contain("pizza"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1), "no half-written file");
    }

    private static JsonElement[] Top(string image)
    {
        NetvizProcess run = NetvizProcess.Run("classify", image, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return [.. run.Json[0].GetProperty("top").EnumerateArray()];
    }
}
