using System.Text.Json;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Networks of one score, which has no probability, and scores of exactly 0, of which nothing is a share.</summary>
[NonParallelizable]
public class OneScoreTests : InTemporaryFolder
{
    private static readonly string Picture = RepositoryRoot.File("docs", "images", "orange.png");

    private static readonly string[] Commands =
    [
        "classify PICTURE", "saliency PICTURE --output OUT", "saliency PICTURE --map occlusion --output OUT",
        "saliency PICTURE --crops 10 --output OUT", "prove PICTURE", "parting PICTURE", "telescope PICTURE", "radius PICTURE",
        "trace PICTURE --steps 1", "step PICTURE --script q", "localise PICTURE --method threshold --output OUT",
        "report PICTURE --output OUT/x.html", "class-model --class 0 --preset paper --steps 2 --output OUT",
        "activations PICTURE --layer c --output OUT", "reconstruct PICTURE --layer c --top 1 --output OUT",
    ];

    [TestCaseSource(nameof(Commands))]
    public void One_score_has_no_probability(string command)
    {
        NetvizProcess run = Run(command, Regression());
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Not.Contain("probability 1").And.Not.Contain("100.0 %").And.Not.Contain("P = 100"));
        NetvizProcess json = Run($"{command} --json", Regression());
        Assert.That(json.Out, Does.Not.Match("\"probability\": *1(\\.0)?[,\\s]"), command);
    }

    [Test]
    public void Classify_prints_the_score_alone()
    {
        NetvizProcess run = Run("classify PICTURE", Regression());
        Assert.That(run.Out, Does.Contain("score").And.Contain("the network has one score, and no probabilities")
            .And.Not.Contain("%"));
        JsonElement top = Run("classify PICTURE --json", Regression()).Json[0].GetProperty("top")[0];
        Assert.That(top.GetProperty("score").GetDouble(), Is.Not.Zero);
        Assert.That(top.TryGetProperty("probability", out _), Is.False);
        Assert.That(Run("classify PICTURE", Zero()).Out, Does.Contain("%"), "of two scores each has its probability");
    }

    [Test]
    public void What_needs_a_probability_is_refused()
    {
        string set = new TinySet().Picture("a/1.png", 40).Picture("a/2.png", 90).WriteFolder(Folder);
        foreach (string metric in (string[])["deletion", "insertion"])
        {
            NetvizProcess run = Run($"evaluate --data {set} --metric {metric}", Regression());
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain("has one score"));
        }

        Assert.That(Run($"evaluate --data {set}", Regression()).Error, Does.Contain("one score, which is always the highest"));
        NetvizProcess model = Run("class-model --class 0 --target posterior --output OUT", Regression());
        Assert.That((model.ExitCode, model.Error.Contains("--target score", StringComparison.Ordinal)), Is.EqualTo((2, true)));
    }

    [TestCase("saliency PICTURE --class 0 --ledger --map integrated-gradients --map signal --output OUT")]
    [TestCase("telescope PICTURE --class 0")]
    [TestCase("radius PICTURE --class 0 --along toward:IMAGE")]
    [TestCase("prove PICTURE --class 0")]
    [TestCase("parting PICTURE --class 0")]
    public void A_score_of_0_has_no_ratio(string command)
    {
        NetvizProcess run = Run(command, Zero());
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Not.Contain("NaN").And.Not.Contain("Infinity").And.Not.Contain("\u221e"));
        NetvizProcess json = Run($"{command} --json", Zero());
        Assert.That(json.Out, Does.Not.Contain("NaN").And.Not.Contain("Infinity"));
        if (command.Contains("ledger", StringComparison.Ordinal))
        {
            Assert.That(run.Out, Does.Contain("gap 0: undefined as a share of |S|, which is 0")
                .And.Contain("undefined as a share of |S(I) - S(0)|, which is 0"));
            JsonElement ledger = json.Json[0].GetProperty("images")[0].GetProperty("classes")[0].GetProperty("ledger");
            Assert.That(ledger.GetProperty("gap").GetDouble(), Is.Zero);
            Assert.That(ledger.TryGetProperty("gap_to_score", out _), Is.False);
        }
    }

    private string Regression() => Network().Random("m", 4, 1).Floats("b", [1], 2.5f).Node("Gemm", "y", "f m b").Write(Folder);

    // The first score is 0 whatever the image.
    private string Zero() => Network().Floats("m", [4, 2], 0, 0.3f, 0, -0.2f, 0, 0.7f, 0, 0.1f)
        .Node("MatMul", "y", "f m").Write(Folder);

    private static TestGraph Network() => new TestGraph(13).Input("x", "N", 3, 8, 8).Random("w", 4, 3, 3, 3)
        .Node("Conv", "c", "x w").Node("Relu", "r", "c").Node("GlobalAveragePool", "p", "r").Node("Flatten", "f", "p");

    private NetvizProcess Run(string command, string model) => NetvizProcess.Run([.. command.Split(' ').Select(word => word
        .Replace("PICTURE", Picture, StringComparison.Ordinal).Replace("OUT", Folder.File("out"), StringComparison.Ordinal)
        .Replace("IMAGE", RepositoryRoot.File("docs", "images", "orange.sheet.png"), StringComparison.Ordinal)),
        "--model", model, "--preprocess", "unit", "--device", "cpu"]);
}
