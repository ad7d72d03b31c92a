using System.Text.Json;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz class-model</c> as a user starts it.</summary>
public sealed class ClassModelCommandTests
{
    [Test]
    public void It_writes_picture_animation_curve_sheet_and_every_constant()
    {
        using var folder = new TemporaryFolder();
        NetvizProcess run = NetvizProcess.Run("class-model", "--class", "bell pepper", "--preset", "paper", "--preset", "lucid",
            "--compare", "--steps", "30", "--lambda", "0.002", "--json", "--output", folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.GetArrayLength(), Is.EqualTo(4));
        JsonElement first = run.Json[0];
        foreach (JsonProperty file in first.GetProperty("files").EnumerateObject())
            Assert.That(File.Exists(Path.Combine(folder.Path, file.Value.GetString()!)), file.Value.GetString());
        Assert.That(File.Exists(Path.Combine(folder.Path, "netviz-vgg.bell-pepper.lucid.posterior.png")));
        using JsonDocument written =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Path, "netviz-vgg.bell-pepper.paper.json")));
        JsonElement[] constants = [.. written.RootElement.GetProperty("constants").EnumerateArray()];
        string OriginOf(string name) =>
            constants.Single(constant => constant.GetProperty("name").GetString() == name).GetProperty("origin").GetString()!;
        Assert.That((OriginOf("lambda"), OriginOf("steps"), OriginOf("grow")), Is.EqualTo(("given", "given", "ours")));
        Assert.That(written.RootElement.GetProperty("curve").GetProperty("value").GetArrayLength(), Is.EqualTo(30));
        Assert.That(written.RootElement.GetProperty("read_back").GetArrayLength(), Is.EqualTo(5));
        Assert.That(written.RootElement.GetProperty("model_sha256").GetString(), Has.Length.EqualTo(64));
    }

    [Test]
    public void The_same_seed_gives_the_same_files()
    {
        using var one = new TemporaryFolder();
        using var two = new TemporaryFolder();
        foreach (TemporaryFolder folder in (TemporaryFolder[])[one, two])
        {
            NetvizProcess run = NetvizProcess.Run("class-model", "--class", "orange", "--preset", "netviz", "--steps", "5",
                "--seed", "9", "--quiet", "--output", folder.Path);
            Assert.That((run.ExitCode, run.Out), Is.EqualTo((0, "")), run.Error);
        }
        foreach (string path in Directory.GetFiles(one.Path))
        {
            string other = Path.Combine(two.Path, Path.GetFileName(path));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(File.ReadAllBytes(other)), path);
        }
    }

    /// <summary>Hundreds of steps turn the last bit of a signal into another picture: the default takes plain sums.</summary>
    [Test]
    public void By_default_the_picture_is_that_of_direct_sums()
    {
        using var auto = new TemporaryFolder();
        using var direct = new TemporaryFolder();
        foreach ((TemporaryFolder folder, string algorithm) in ((TemporaryFolder, string)[])[(auto, "auto"), (direct, "direct")])
        {
            NetvizProcess run = NetvizProcess.Run("class-model", "--class", "lemon", "--preset", "paper", "--quiet",
                "--algorithm", algorithm, "--output", folder.Path);
            Assert.That((run.ExitCode, run.Out), Is.EqualTo((0, "")), run.Error);
        }

        const string Name = "netviz-vgg.lemon.paper.png";
        Assert.That(File.ReadAllBytes(auto.File(Name)), Is.EqualTo(File.ReadAllBytes(direct.File(Name))));
    }

    [TestCase("--class", "nowhere")]
    [TestCase("--preset", "nothing")]
    [TestCase("--target", "both")]
    [TestCase("--start", "nowhere:3")]
    [TestCase("--preset", "paper", "--jitter", "4")]
    [TestCase("--steps", "0")]
    [TestCase("--start", "relu1_1", "--class", "orange")]
    public void What_a_user_can_mend_is_told_in_a_line_and_nothing_is_written(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        string output = Path.Combine(folder.Path, "out");
        NetvizProcess run = NetvizProcess.Run(["class-model", .. arguments, "--output", output]);
        Assert.That(run.ExitCode, Is.EqualTo(2), run.Out);
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1).And.One.StartsWith("netviz: "));
        Assert.That(Directory.Exists(output), Is.False);
    }

    [Test]
    public void A_network_whose_preprocessing_is_unknown_is_refused()
    {
        NetvizProcess run = NetvizProcess.Run("class-model", "--class", "1", "--model",
            RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx"));
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("--preprocess"));
    }
}
