using System.Text.Json;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz class-model</c> where a class cannot be drawn, and where the picture is not what it should be.</summary>
[NonParallelizable]
public sealed class DeadClassTests : InTemporaryFolder
{
    [Test]
    public void A_dead_class_does_not_hold_up_the_others()
    {
        NetvizProcess run = Run("--class", "0", "--class", "1", "--class", "2", "--preset", "paper", "--steps", "3");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("not drawn: 1, preset paper").And.Contain("its gradient is 0")
            .And.Contain("--preset lucid").And.Not.Contain("rectifier"));
        Assert.That(File.Exists(Folder.File("out", "test.0.paper.png")) && File.Exists(Folder.File("out", "test.2.paper.png")));
        Assert.That(File.Exists(Folder.File("out", "test.1.paper.png")), Is.False);
        Assert.That(File.Exists(Folder.File("out", "test.sheet.png")));
    }

    [Test]
    public void A_preset_that_starts_from_noise_is_drawn_where_the_zero_image_is_flat()
    {
        // Below 0 in the zero image, above it in noise: the rectifier is shut at the start of paper alone.
        string model = Graph(-0.02f).Write(Folder);
        NetvizProcess run = RunOn(model, "--class", "0", "--preset", "paper", "--preset", "lucid", "--steps", "3");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("not drawn: 0, preset paper"));
        Assert.That(File.Exists(Folder.File("out", "test.0.lucid.png")));
    }

    [Test]
    public void Where_none_can_be_drawn_nothing_is_written()
    {
        NetvizProcess run = Run("--class", "1", "--preset", "paper", "--preset", "lucid", "--steps", "3");
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(run.Error, Does.Contain("1, preset paper").And.Contain("1, preset lucid"));
        Assert.That(Directory.Exists(Folder.File("out")), Is.False);
    }

    [Test]
    public void A_saturated_posterior_wants_the_score()
    {
        string model = Graph(100).Write(Folder);
        NetvizProcess run = RunOn(model, "--class", "0", "--preset", "paper", "--steps", "3", "--target", "posterior");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("saturated").And.Contain("--target score").And.Not.Contain("rectifier"));
    }

    [Test]
    public void A_layer_that_is_flat_wants_the_one_before_the_rectifier()
    {
        string model = Graph(-0.02f).Write(Folder);
        NetvizProcess run = RunOn(model, "--start", "r", "--preset", "paper", "--steps", "3");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("before the rectifier"));
    }

    [Test]
    public void What_is_cut_off_or_read_back_as_another_class_is_said()
    {
        NetvizProcess run = Run("--class", "2", "--preset", "paper", "--steps", "40", "--lambda", "0", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement report = run.Json[0];
        string[] remarks = [.. report.GetProperty("remarks").EnumerateArray().Select(remark => remark.GetString()!)];
        Assert.That(report.GetProperty("cut_off").GetDouble(), Is.GreaterThan(0.5));
        Assert.That(remarks, Has.Some.Contains("% of the samples are cut off at 0 and 255").And.Some.Contains("`Norm`"));
        NetvizProcess text = Run("--class", "2", "--preset", "paper", "--steps", "40", "--lambda", "0");
        foreach (string remark in remarks) Assert.That(text.Out, Does.Contain(NetViz.Cli.Common.SettingNames.AsOptions(remark)));
        bool isTop = report.GetProperty("read_back")[0].GetProperty("is_top").GetBoolean();
        Assert.That(remarks.Any(remark => remark.Contains("read back, the picture is not 2", StringComparison.Ordinal)),
            Is.EqualTo(!isTop));

        // Raised by a step that no picture can hold: of 8 bits nothing is left, and another class is first.
        JsonElement small = Run("--class", "2", "--preset", "paper", "--steps", "2", "--lambda", "1e8", "--rate", "1e-6",
            "--json").Json[0];
        Assert.That(small.GetProperty("cut_off").GetDouble(), Is.Zero);
        Assert.That(small.GetProperty("read_back")[0].GetProperty("is_top").GetBoolean(), Is.False);
        Assert.That(small.GetProperty("remarks").EnumerateArray().Single().GetString(),
            Does.Contain("the picture is not 2 to the network but "));
    }

    [Test]
    public void Lambda_is_searched_for_a_norm()
    {
        JsonElement report = Run("--class", "2", "--preset", "paper", "--steps", "60", "--norm", "4", "--json").Json[0];
        Assert.That(report.GetProperty("norm").GetDouble(), Is.EqualTo(4).Within(0.2));
        double lambda = report.GetProperty("constants").EnumerateArray()
            .Single(constant => constant.GetProperty("name").GetString() == "lambda").GetProperty("value").GetDouble();
        JsonElement again = Run("--class", "2", "--preset", "paper", "--steps", "60", "--lambda",
            lambda.ToString("R", System.Globalization.CultureInfo.InvariantCulture), "--json").Json[0];
        Assert.That(again.GetProperty("norm").GetDouble(), Is.EqualTo(report.GetProperty("norm").GetDouble()).Within(1e-9));
    }

    [TestCase("--norm", "-1", "--norm -1")]
    [TestCase("--norm 5 --lambda", "1", "do not go together")]
    [TestCase("--preset lucid --norm", "5", "lambda")]
    public void A_norm_that_cannot_be_searched_is_refused(string option, string value, string found)
    {
        NetvizProcess run = Run(["--class", "2", .. option.Split(' '), value]);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain(found));
    }

    // Class 0 is behind a rectifier that a bias opens or shuts, class 1 is constant, class 2 open.
    private static TestGraph Graph(float bias) => new TestGraph(13).Input("x", 1, 3, 8, 8)
        .Floats("w", [1, 3, 1, 1], 1, 1, 1).Floats("b", [1], bias).Node("Conv", "c", "x w b").Node("Relu", "r", "c")
        .Node("GlobalAveragePool", "p", "r").Node("Flatten", "f", "p")
        .Floats("v", [1, 3, 8, 8], [.. Enumerable.Range(0, 192).Select(i => (i % 7 - 3) / 20f)]).Node("Conv", "d", "x v")
        .Node("Flatten", "g", "d").Node("Concat", "h", "f g", ("axis", 1L))
        .Floats("m", [2, 3], 2, 0, 0, 0, 0, 1).Floats("a", [3], 0, 0.1f, 0).Node("Gemm", "y", "h m a");

    private NetvizProcess Run(params string[] arguments) => RunOn(Graph(0.5f).Write(Folder), arguments);

    private NetvizProcess RunOn(string model, params string[] arguments)
    {
        // A mean to be subtracted: the zero image is middle grey.
        string side = Folder.Write("p.json", """
            {"preprocessing": {"channels": "rgb", "divisor": 255, "mean": 0.5, "deviation": 0.25, "size": 8}}
            """);
        return NetvizProcess.Run(["class-model", .. arguments, "--model", model, "--preprocess", side, "--device", "cpu",
            "--output", Folder.File("out")]);
    }
}
