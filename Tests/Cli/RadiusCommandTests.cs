using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>
/// <c>netviz radius</c> on the small VGG of the fixtures, which the reference back-end runs in milliseconds.
/// </summary>
public sealed class LinearRegionCommandTests
{
    private static readonly string Model = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    [Test]
    public void Tables_sentences_and_JSON()
    {
        using var folder = new TemporaryFolder();
        string image = OneImage(folder, 0);
        NetvizProcess text = NetvizProcess.Run("radius", image, "--model", Model);
        Assert.That(text.ExitCode, Is.Zero, text.Error);
        Assert.That(text.Out, Does.Contain("v is the gradient w of the score").And.Contain("confirmed by these forward passes")
            .And.Not.Contain("NOT").And.Contain("flips counted"));

        NetvizProcess json = NetvizProcess.Run("radius", image, "--model", Model, "--json", "--output", folder.Path);
        Assert.That(json.ExitCode, Is.Zero, json.Error);
        Assert.That(json.Json.GetProperty("holds").GetBoolean());
        Assert.That(json.Json.GetProperty("is_exact").GetBoolean());
        JsonElement side = json.Json.GetProperty("sides")[0];
        Assert.That(side.GetProperty("check").GetProperty("flips_below").GetInt64(), Is.Zero);
        Assert.That(side.GetProperty("stages").GetArrayLength(), Is.EqualTo(3));
        Assert.That(side.GetProperty("radius").GetDouble(),
            Is.EqualTo(side.GetProperty("first_flip").GetProperty("distance").GetDouble()));
        Tensor<float> unit = Npy.Read(Path.Combine(folder.Path, "image0.direction.npy"));
        Assert.That(unit.Sum(v => (double)v * v), Is.EqualTo(1).Within(1e-5));
        Assert.That(File.Exists(Path.Combine(folder.Path, "image0.radius.json")));
    }

    [Test]
    public void The_way_to_another_image_is_walked_in_shares_of_it()
    {
        using var folder = new TemporaryFolder();
        string from = OneImage(folder, 0), to = OneImage(folder, 1);
        NetvizProcess run = NetvizProcess.Run("radius", from, "--model", Model, "--along", $"toward:{to}", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        double norm = run.Json.GetProperty("direction_norm").GetDouble();
        foreach (JsonElement stage in run.Json.GetProperty("sides")[0].GetProperty("stages").EnumerateArray())
        {
            Assert.That(stage.GetProperty("share_of_way").GetDouble() * norm,
                Is.EqualTo(stage.GetProperty("distance").GetDouble()).Within(1e-9));
        }

        NetvizProcess file = NetvizProcess.Run("radius", from, "--model", Model, "--along", to, "--quiet");
        Assert.That((file.ExitCode, file.Out), Is.EqualTo((0, "")), file.Error);
    }

    [TestCase("toward:nowhere.png")]
    [TestCase("nowhere.npy")]
    public void What_a_user_can_mend_is_told_in_a_line(string along)
    {
        using var folder = new TemporaryFolder();
        NetvizProcess run = NetvizProcess.Run("radius", OneImage(folder, 0), "--model", Model, "--along", along);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1).And.One.StartsWith("netviz: "));
    }

    private static string OneImage(TemporaryFolder folder, int n)
    {
        Tensor<float> all = Npy.Read(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.input.npy"));
        var values = new float[all.FlattenedLength];
        all.FlattenTo(values);
        int count = values.Length / (int)all.Lengths[0];
        nint[] lengths = [1, .. all.Lengths[1..]];
        string path = Path.Combine(folder.Path, $"image{n}.npy");
        Npy.Write(path, Tensor.Create(values[(n * count)..((n + 1) * count)], lengths));
        return path;
    }
}
