using System.Text.Json;
using System.Text.RegularExpressions;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Weights.Export;
using NUnit.Framework;
using Tensor = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz prove</c> as a user runs it.</summary>
public sealed class ProveCommandTests
{
    private static readonly string Picture = RepositoryRoot.File("docs", "images", "orange.png");

    [Test]
    public void Prove_alone_proves_a_sample_with_the_default_model()
    {
        NetvizProcess run = NetvizProcess.Run("prove");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.StartWith("sample:orange: orange (41), score "));
        Assert.That(run.Out, Does.Contain("the signal comes down by the rule gradient"));
        Assert.That(run.Out, Does.Contain("All statements hold. At 16 of 25 layers").And.Not.Contain("FAILS"));
        string[] table = [.. run.Out.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal))];
        Assert.That(table, Has.Length.AtLeast(26));
        Assert.That(table.Select(line => line.TrimEnd().Length), Is.All.LessThanOrEqualTo(110));
        Assert.That(Array.FindIndex(table, line => line.StartsWith("  fc7 ", StringComparison.Ordinal)),
            Is.LessThan(Array.FindIndex(table, line => line.StartsWith("  conv1_1 ", StringComparison.Ordinal))));
    }

    [Test]
    public void Json_stands_alone_and_files_say_the_same()
    {
        using var folder = new TemporaryFolder();
        string output = folder.File("out");
        NetvizProcess run = NetvizProcess.Run("prove", Picture, "--class", "teapot",
            "--rule", "deconvnet,relu5_1=gradient", "--algorithm", "direct", "--json", "--output", output);
        Assert.That(run.ExitCode, Is.Zero, run.Error);

        // A file begins with the mark by which netviz knows its own results.
        string file = File.ReadAllText(Path.Combine(output, $"{Path.GetFileNameWithoutExtension(Picture)}.proof.json"));
        file = Regex.Replace(file, ",\n  \"provenance\": \\{.*", "\n}", RegexOptions.Singleline);
        Assert.That(Regex.Replace(file, "^\\{\n  \"netviz\": \"[^\"]+\",\n", "{\n").TrimEnd(), Is.EqualTo(run.Out.TrimEnd()));
        JsonElement proof = run.Json.GetProperty("proof");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Json.GetProperty("class_name").GetString(), Is.EqualTo("teapot"));
            Assert.That(run.Json.GetProperty("algorithm").GetString(), Is.EqualTo("direct"));
            Assert.That(proof.GetProperty("holds").GetBoolean());
            Assert.That(proof.GetProperty("trajectory").GetString(), Is.EqualTo("deconvnet,relu5_1=gradient"));
            Assert.That(proof.GetProperty("rows").GetArrayLength(), Is.EqualTo(25));
            Assert.That(proof.GetProperty("rows")[0].GetProperty("verdict").GetString(), Is.EqualTo("the same, by extension"));
        }

        string page = File.ReadAllText(Path.Combine(output, $"{Path.GetFileNameWithoutExtension(Picture)}.proof.html"));
        Assert.That(page, Does.Contain("conv5_1").And.Contain(run.Json.GetProperty("model_sha256").GetString()!));
        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("http"));
    }

    /// <summary>
    /// Filters that cancel to a millionth: Winograd's transforms lose what is left, more than 1e-5 in norm, and the statement
    /// fails. The bound on plain sums is derived from their terms and holds.
    /// </summary>
    [Test]
    public void A_statement_that_fails_is_told_with_exit_code_1()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("cancelling.onnx"), input = folder.File("x.npy");
        float[] weight = Numbers.Single(Numbers.Normal(32 * 16 * 9, "w"));
        for (int i = 0; i < weight.Length / 2; i++) weight[weight.Length / 2 + i] = -weight[i] * (1 + 1f / (1 << 20));
        Network network = new NetworkBuilder("cancelling", Passes.Input(16, 12, 12))
            .Then(new Conv("conv", weight, new Shape(32, 16, 3, 3), default,
                new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 }))
            .Then(new AveragePool("average", null))
            .Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "Gemm", Enumerable.Repeat(1f, 64).ToArray(), 32, 2, false, default))
            .Build();
        OnnxExport.Write(network, model);
        Npy.Write(input, Tensor.Create(Numbers.Single(Numbers.Normal(16 * 12 * 12, "x")), [1, 16, 12, 12]));

        NetvizProcess failing = NetvizProcess.Run("prove", input, "--model", model);
        Assert.That(failing.ExitCode, Is.EqualTo(1), failing.Out + failing.Error);
        Assert.That(failing.Out, Does.Contain("FAILS (the same is stated)").And.Contain("1 of 4 layers fails: conv."));
        Assert.That(failing.Out, Does.Contain("FAILS conv: the engine's gradient is not the literal DeconvNet: "));
        Assert.That(failing.Error, Is.Empty);
        Assert.That(NetvizProcess.Run("prove", input, "--model", model, "--json").Json.GetProperty("proof").GetProperty("holds")
            .GetBoolean(), Is.False);
        NetvizProcess holding = NetvizProcess.Run("prove", input, "--model", model, "--algorithm", "direct", "--quiet");
        Assert.That(holding.ExitCode, Is.Zero, holding.Out + holding.Error);
        Assert.That(holding.Out, Is.Empty);
    }

    [TestCase(new[] { "--rule", "backprop" }, "rule 'backprop' is unknown")]
    [TestCase(new[] { "--class", "unicorn" }, "unicorn")]
    [TestCase(new[] { "nowhere.png" }, "'nowhere.png' does not exist")]
    [TestCase(new[] { "--output", "FILE" }, "is a file; a folder is wanted")]
    public void What_the_user_can_mend_is_told_in_one_line(string[] arguments, string message)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("file", "text");
        string[] image = arguments[0].StartsWith('-') ? [Picture] : [];
        NetvizProcess run = NetvizProcess.Run(["prove", .. image, .. arguments.Select(a => a == "FILE" ? file : a)]);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1), run.Error);
    }
}
