using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Integrated gradients' baseline, and what occlusion's square is filled with.</summary>
[NonParallelizable]
public class BaselineTests : InTemporaryFolder
{
    private static readonly string Orange = RepositoryRoot.File("docs", "images", "orange.png");

    [TestCase("zero")]
    [TestCase("grey")]
    [TestCase("black")]
    [TestCase("White")]
    [TestCase("mean")]
    [TestCase("blur")]
    [TestCase("sample:lemon")]
    public void Completeness_holds_against_any_baseline(string baseline)
    {
        NetvizProcess run = Saliency("--map", "integrated-gradients", "--baseline", baseline, "--steps", "64", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement map = Maps(run)[0], constants = map.GetProperty("constants");
        double score = constants.GetProperty("scores")[0].GetDouble(),
            from = constants.GetProperty("baseline_scores")[0].GetDouble();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(constants.GetProperty("baseline").GetString(), Is.EqualTo(baseline.ToLowerInvariant()));
            Assert.That(constants.GetProperty("baseline_is").GetString(), Is.Not.Empty);
            Assert.That(constants.GetProperty("completeness_gaps")[0].GetDouble(), Is.Zero.Within(0.1 * Math.Abs(score - from)));
            Assert.That(map.GetProperty("note").GetString(), Does.Contain($"baseline {baseline.ToLowerInvariant()}"));
        }

        // S(B) is what classify says of the baseline, where that is a picture.
        if (!baseline.StartsWith("sample:", StringComparison.Ordinal)) return;
        JsonElement top = NetvizProcess.Run("classify", baseline, "--json", "--top", "50").Json[0].GetProperty("top");
        int index = run.Json[0].GetProperty("class_index").GetInt32();
        Assert.That(from, Is.EqualTo(top.EnumerateArray().Single(c => c.GetProperty("index").GetInt32() == index)
            .GetProperty("score").GetDouble()).Within(1e-4));
    }

    [Test]
    public void Black_white_and_mean_are_what_their_names_say()
    {
        double[] Grid(string fill)
        {
            NetvizProcess run = Saliency("--map", "occlusion", "--square", "64,64", "--fill", fill, "--json",
                "--preprocess", "unit");
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            JsonElement constants = Maps(run)[0].GetProperty("constants");
            Assert.That(constants.GetProperty("fill").GetString(), Is.EqualTo(fill));
            return [.. constants.TryGetProperty("fill_colour", out JsonElement colour)
                ? colour.EnumerateArray().Select(value => value.GetDouble()) : [],
                constants.GetProperty("least_score").GetDouble()];
        }

        // Samples of 0 .. 1; the whole picture is hidden: the score is that of a picture of the colour.
        double[] black = Grid("black"), white = Grid("white"), grey = Grid("grey"), blur = Grid("blur");
        Assert.That(black[..3], Is.EqualTo((double[])[0, 0, 0]));
        Assert.That(white[..3], Is.EqualTo((double[])[1, 1, 1]));
        Assert.That(grey[..3], Is.EqualTo((double[])[128 / 255f, 128 / 255f, 128 / 255f]).Within(1e-6));
        Assert.That(blur, Has.Length.EqualTo(1), "a blurred picture has no one colour");
        Assert.That(Grid("mean")[..3], Is.All.InRange(0.2, 0.8).And.Not.EqualTo(grey[..3]));
        Assert.That((black[3] - white[3]) * (black[3] - grey[3]), Is.Not.Zero);
    }

    [Test]
    public void An_array_is_a_baseline_too_and_must_fit()
    {
        Npy.Write(Folder.File("b.npy"), Tensor.Create(new float[3 * 64 * 64], [(nint)1, 3, 64, 64]));
        JsonElement zero = Maps(Saliency("--map", "integrated-gradients", "--steps", "4", "--json"))[0],
            file = Maps(Saliency("--map", "integrated-gradients", "--steps", "4", "--json", "--baseline",
                Folder.File("b.npy")))[0];
        Assert.That(file.GetProperty("constants").GetProperty("sums")[0].GetDouble(),
            Is.EqualTo(zero.GetProperty("constants").GetProperty("sums")[0].GetDouble()));
        Npy.Write(Folder.File("b.npy"), Tensor.Create(new float[2 * 3 * 64 * 64], [(nint)2, 3, 64, 64]));
        NetvizProcess wrong = Saliency("--map", "integrated-gradients", "--baseline", Folder.File("b.npy"));
        Assert.That((wrong.ExitCode, wrong.Out), Is.EqualTo((2, "")));
        Assert.That(wrong.Error, Does.Contain("b.npy").And.Contain("[2, 3, 64, 64]").And.Contain("[1, 3, 64, 64]"));
        File.WriteAllText(Folder.File("broken.png"), "no picture");
        NetvizProcess broken = Saliency(Orange, "--map", "occlusion", "--fill", Folder.File("broken.png"));
        Assert.That(broken.ExitCode, Is.EqualTo(2), "a fill is no picture of the run");
        Assert.That(broken.Error, Does.Contain("--fill").And.Contain("broken.png").And.Not.Contain("left out"));
    }

    [TestCase("--map", "integrated-gradients", "--baseline", "purple", "zero|grey|black|white|mean|blur|FILE")]
    [TestCase("--map", "occlusion", "--baseline", "black", "--baseline belongs to --map integrated-gradients")]
    [TestCase("--map", "signal", "--fill", "black", "--fill belongs to --map occlusion")]
    [TestCase("--map", "occlusion", "--square", "65,8", "65 is larger than the image of 64x64")]
    public void What_does_not_fit_is_told_in_a_line(string map, string name, string option, string value, string found)
    {
        NetvizProcess run = Saliency(map, name, option, value);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("netviz: ").And.Contain(found).And.Not.Contain("\n"));
        Assert.That(Directory.Exists(Folder.File("out")), Is.False);
    }

    [Test]
    public void A_stride_above_the_side_is_told()
    {
        NetvizProcess run = Saliency("--map", "occlusion", "--square", "8,16", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("warning").And.Contain("stride of 16").And.Contain("side of 8"));
        Assert.That(Maps(run)[0].GetProperty("constants").GetProperty("gaps").GetString(), Does.Contain("never hidden"));
        Assert.That(Saliency("--map", "occlusion", "--square", "8,8").Error, Is.Empty);
    }

    private static JsonElement[] Maps(NetvizProcess run) =>
        [.. run.Json[0].GetProperty("images")[0].GetProperty("classes")[0].GetProperty("maps").EnumerateArray()];

    private NetvizProcess Saliency(params string[] arguments) =>
        NetvizProcess.Run(["saliency", Orange, .. arguments, "--device", "cpu", "--output", Folder.File("out")]);
}
