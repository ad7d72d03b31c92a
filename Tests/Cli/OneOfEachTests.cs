using System.Text.RegularExpressions;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>
/// A network of one class, one channel and few layers, whose score is almost 0 and negative: no text says "1 classes" or
/// "-0.000".
/// </summary>
[NonParallelizable]
public sealed partial class OneOfEachTests : InTemporaryFolder
{
    private string Model => Folder.File("test.onnx");

    [SetUp]
    public void MakeInputs()
    {
        // A score of about -4e-6, and layers whose signals are as small.
        new TestGraph().Input("x", "N", 1, 2, 2).Floats("w", [1, 1, 1, 1], 1e-3f).Floats("v", [1, 1, 1, 1], -4e-3f)
            .Node("Conv", "a", "x w").Node("Relu", "b", "a").Node("Conv", "c", "b v").Node("GlobalAveragePool", "d", "c")
            .Node("Flatten", "y", "d").Write(Folder);
        Directory.CreateDirectory(Folder.File("set", "one"));
        foreach (string name in (string[])["set/one/x.png", "x.png"])
            File.WriteAllBytes(Folder.File(name), ImageFile.EncodePng(new Photo(2, 2, [.. Enumerable.Repeat((byte)255, 12)])));
        Folder.Write("labels.txt", "one\n");
    }

    [TestCase("info")]
    [TestCase("classify", "x.png")]
    [TestCase("prove", "x.png", "-o", "out")]
    [TestCase("trace", "x.png")]
    [TestCase("trace", "x.png", "--forward")]
    [TestCase("radius", "x.png")]
    [TestCase("telescope", "x.png")]
    [TestCase("parting", "x.png")]
    [TestCase("saliency", "x.png", "--map", "occlusion", "--map", "integrated-gradients", "-o", "out")]
    [TestCase("localise", "x.png", "-o", "out")]
    [TestCase("filters", "-o", "out")]
    [TestCase("activations", "x.png", "-o", "out")]
    [TestCase("reconstruct", "x.png", "-o", "out")]
    [TestCase("reconstruct", "--data", "set", "-o", "out")]
    [TestCase("class-model", "--class", "0", "--steps", "1", "-o", "out")]
    [TestCase("report", "x.png", "-o", "r.html")]
    [TestCase("export", "-o", "n.onnx")]
    [TestCase("step", "x.png", "--script", "q")]
    [TestCase("evaluate", "--data", "set", "--per-class")]
    [TestCase("evaluate", "--data", "set", "--metric", "sparseness")]
    public void Texts_count_one_as_one_and_zero_without_a_sign(params string[] arguments)
    {
        NetvizProcess run = NetvizProcess.Run([.. arguments.Select(InFolder), "--model", Model,
            .. arguments[0] is "info" or "filters" or "export" ? Array.Empty<string>() : ["--preprocess", "unit"],
            .. arguments[0] is "filters" or "export" ? Array.Empty<string>() : ["--labels", Folder.File("labels.txt")]]);
        Assert.That(run.ExitCode, Is.LessThan(2), run.Error);
        string text = run.Out + run.Error + string.Concat(Directory.GetFiles(Folder.Path, "*.html", SearchOption.AllDirectories)
            .Select(path => Markup().Replace(File.ReadAllText(path), " ")));
        Assert.That(Several().Matches(text).Select(match => match.Value), Is.Empty);
        Assert.That(text, Does.Not.Contain("NaN"));
        Assert.That(SignedZero().Matches(text).Select(match => match.Value), Is.Empty);
    }

    [Test]
    public void A_difference_whose_terms_are_0_is_no_NaN()
    {
        // Where each signal and each activation is positive the rules do the same.
        new TestGraph().Input("x", "N", 1, 2, 2).Floats("w", [1, 1, 1, 1], 1).Node("Conv", "a", "x w").Node("Relu", "b", "a")
            .Node("GlobalAveragePool", "d", "b").Node("Flatten", "y", "d").Write(Folder);
        NetvizProcess run = NetvizProcess.Run("telescope", Folder.File("x.png"), "--model", Model, "--preprocess", "unit");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("Every term is 0").And.Contain("The 1 term adds up").And.Not.Contain("NaN"));
    }

    private string InFolder(string part) => part.Contains('.', StringComparison.Ordinal) || part is "out" or "set"
        ? Path.Combine(Folder.Path, part)
        : part;

    // One, but no part of a larger number, and a noun in the plural. Verbs end in s too: "at least 1 is wanted".
    [GeneratedRegex(@"(?<![\d.,/:=x*-] ?)\b1 (?!(is|has|was|does|as|this|its|times|minus|class|passes)\b)"
        + @"(input |output |feature |other )?[a-z]+s\b")]
    private static partial Regex Several();

    [GeneratedRegex(@"(?<![\w.\]-])-0(\.0+)?(?![\d.]|[eE]-?[1-9])\b")]
    private static partial Regex SignedZero();

    [GeneratedRegex("(?s)<style.*?</style>|<script.*?</script>|<svg.*?</svg>|<[^>]*>")]
    private static partial Regex Markup();
}
