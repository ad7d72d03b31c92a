using System.Text.Json;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>What a newcomer types first: commands without a model and without a picture.</summary>
public sealed class DefaultsTests
{
    [Test]
    public void Saliency_alone_explains_a_sample_with_the_default_model_under_all_rules()
    {
        using var folder = new TemporaryFolder();
        NetvizProcess run = NetvizProcess.RunIn(folder.Path, "saliency");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string[] lines = run.Out.TrimEnd().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(3), run.Out);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[0], Does.StartWith("sample:orange: orange (41), score "));
            Assert.That(lines[1], Does.StartWith("gradient, deconvnet, guided: ").And.Contain("netviz-out"));
            Assert.That(lines[2], Does.EndWith("orange.sheet.png"));
        }

        string[] rules = ["gradient", "deconvnet", "guided"];
        foreach (string file in rules.SelectMany(rule => new[] { $"{rule}.png", $"{rule}.overlay.png", $"{rule}.npy" })
            .Append("sheet.png").Append("json"))
            Assert.That(new FileInfo(Path.Combine(folder.Path, "netviz-out", $"orange.{file}")), Has.Length.GreaterThan(100));
        JsonElement report = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "netviz-out", "orange.json")))
            .RootElement;
        Assert.That(report.GetProperty("image").GetString(), Is.EqualTo("sample:orange"));
        Assert.That(report.GetProperty("probability").GetSingle(), Is.InRange(0.5, 1.0));
    }

    [Test]
    public void Classify_takes_samples_by_name()
    {
        using var folder = new TemporaryFolder();
        NetvizProcess run = NetvizProcess.RunIn(folder.Path, "classify", "sample:pizza", "sample:ladybug", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.EnumerateArray().Select(picture => picture.GetProperty("image").GetString()),
            Is.EqualTo(new[] { "sample:pizza", "sample:ladybug" }));
        Assert.That(run.Json.EnumerateArray().Select(picture => picture.GetProperty("top")[0].GetProperty("name").GetString()),
            Is.EqualTo(new[] { "pizza", "ladybug" }));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void An_unknown_sample_is_told_with_those_that_there_are()
    {
        NetvizProcess run = NetvizProcess.RunApart("classify", "sample:nowhere");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("nowhere").And.Contain("ladybug"));
    }

    [Test]
    public void Info_takes_the_default_model()
    {
        NetvizProcess info = NetvizProcess.RunApart("info", "--json");
        Assert.That(info.ExitCode, Is.Zero, info.Error);
        Assert.That(info.Json.GetProperty("classes").GetInt32(), Is.EqualTo(50));
    }
}
