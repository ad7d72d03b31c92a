using System.Text.Json;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz evaluate's metrics of maps, on a network of the fixtures with pictures made here, and on the default one.
/// </summary>
public class MetricsCommandTests : InTemporaryFolder
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    private static readonly string[] Rules = ["gradient", "deconvnet", "guided"];
    [Test]
    public void ThePointingGameCountsHitsInBoxesOfAllPixelsOrOne()
    {
        // Half of the boxes hold everything, the others only the first pixel; the centre lies in the first half.
        string labels = WriteSet(boxes: true);
        string csv = Folder.File("out", "hits.csv");
        NetvizProcess run = Evaluate("--labels", labels, "--metric", "pointing-game", "--tolerance", "0", "--json", "--output",
            csv);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement[] hits = [.. run.Json.GetProperty("result").GetProperty("hits").EnumerateArray()];
        string[] lines = File.ReadAllLines(csv);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(hits.Select(h => h.GetProperty("name").GetString()),
                Is.EqualTo((string[])[.. Rules, "centre", "random"]));
            Assert.That(hits.Select(h => h.GetProperty("hits").GetInt32()), Is.All.InRange(10, 11));
            Assert.That(hits[3].GetProperty("hits").GetInt32(), Is.EqualTo(10));
            Assert.That(hits.Select(h => h.GetProperty("pictures").GetInt32()), Is.All.EqualTo(20));
            Assert.That(hits[3].GetProperty("low").GetDouble(), Is.EqualTo(0.299).Within(0.001), "Wilson's");
            Assert.That(lines, Has.Length.EqualTo(21));
            Assert.That(lines[0], Is.EqualTo(
                "file,class,class_name,model_class,hit_gradient,hit_deconvnet,hit_guided,hit_centre,hit_random"));
            Assert.That(File.Exists(Folder.File("out", "hits.png")), "the plot beside the table");
            Assert.That(File.Exists($"{csv}.part"), Is.False);
        }
    }

    [Test]
    public void WithoutBoxesThePointingGameIsRefused()
    {
        NetvizProcess run = Evaluate("--labels", WriteSet(boxes: false), "--metric", "pointing-game");
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd('\n'), Does.Contain("has no boxes").And.Contain("val.tsv").And.Not.Contain("\n"));
    }

    [TestCase("--tolerance", "-1", "--tolerance -1")]
    [TestCase("--steps", "0", "--steps 0")]
    [TestCase("--steps", "9999", "pixels")]
    [TestCase("--blur", "0", "--blur 0")]
    [TestCase("--pictures", "0", "--pictures 0")]
    [TestCase("--plot", "", "is a folder")]
    [TestCase("--output", "same.png", "table and the plot")]
    public void WhatIsWrongIsToldInOneLine(string option, string value, string found)
    {
        if (option == "--plot") value = Folder.Path;
        NetvizProcess run = Evaluate("--labels", WriteSet(boxes: true), "--metric", "deletion", option, value);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("netviz: ").And.Contain(found).And.Not.Contain("\n"));
    }

    [Test]
    public void DeletionAndInsertionAreEachOthersEnds()
    {
        string labels = WriteSet(boxes: false);
        JsonElement deletion = CurvesOf("deletion"), insertion = CurvesOf("insertion");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(deletion.GetProperty("shares").GetArrayLength(), Is.EqualTo(5));
            double[] whole = [.. deletion.GetProperty("curves").EnumerateArray()
                .Select(c => c.GetProperty("probability")[0].GetDouble())];
            double[] inserted = [.. insertion.GetProperty("curves").EnumerateArray()
                .Select(c => c.GetProperty("probability")[4].GetDouble())];
            Assert.That(whole, Has.Length.EqualTo(4).And.All.EqualTo(whole[0]), "every order begins with the picture");
            Assert.That(inserted, Is.All.EqualTo(whole[0]).Within(1e-6), "and ends with it");
            foreach (JsonElement curve in deletion.GetProperty("curves").EnumerateArray())
            {
                double[] p = [.. curve.GetProperty("probability").EnumerateArray().Select(v => v.GetDouble())];
                Assert.That(curve.GetProperty("area").GetProperty("mean").GetDouble(),
                    Is.EqualTo((p[0] / 2 + p[1] + p[2] + p[3] + p[4] / 2) / 4).Within(1e-9), "trapeziums of a quarter");
            }
        }

        JsonElement CurvesOf(string metric)
        {
            NetvizProcess run = Evaluate("--labels", labels, "--metric", metric, "--steps", "4", "--pictures", "5", "--batch",
                "3", "--json");
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Json.GetProperty("pictures").GetInt32(), Is.EqualTo(5));
            return run.Json.GetProperty("result");
        }
    }

    [Test]
    public void RandomisationTellsOfEveryLayerAndIsTheSameAgain()
    {
        string labels = WriteSet(boxes: false), plot = Folder.File("layers.png");
        string[] command = ["--labels", labels, "--metric", "randomisation", "--pictures", "4", "--seed", "3", "--json"];
        NetvizProcess run = Evaluate([.. command, "--plot", plot]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement result = run.Json.GetProperty("result");
        int layers = result.GetProperty("layers").GetArrayLength();
        Photo drawn = ImageFile.Read(plot);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(layers, Is.GreaterThan(3));
            foreach (JsonElement rule in result.GetProperty("rules").EnumerateArray())
            {
                foreach (string measure in (string[])["spearman_abs", "spearman_signed", "ssim_abs", "ssim_signed"])
                {
                    Assert.That(rule.GetProperty(measure).EnumerateArray().Select(m => m.GetProperty("mean").GetDouble()),
                        Has.Exactly(layers).InRange(-1, 1));
                }
            }

            Assert.That((drawn.Width, drawn.Height), Is.EqualTo((1280, 800)));
            Assert.That(Evaluate(command).Json.GetProperty("result").GetRawText(), Is.EqualTo(result.GetRawText()));
        }
    }

    [Test]
    public void TheDefaultModelsGuidedMapOutlivesItsTopLayers()
    {
        NetvizProcess run = NetvizProcess.Run("evaluate", "--data", SharedData.PathOf("tiny-imagenet-50.tar.gz"), "--metric",
            "randomisation", "--pictures", "6", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement[] rules = [.. run.Json.GetProperty("result").GetProperty("rules").EnumerateArray()];
        double First(int rule, string measure) => rules[rule].GetProperty(measure)[0].GetProperty("mean").GetDouble();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(First(2, "spearman_signed"), Is.GreaterThan(0.9), "guided");
            Assert.That(First(0, "spearman_signed"), Is.LessThan(0.4), "gradient");
            Assert.That(First(2, "ssim_abs"), Is.GreaterThan(First(0, "ssim_abs") + 0.3));
        }
    }

    private NetvizProcess Evaluate(params string[] more) =>
        NetvizProcess.Run(["evaluate", "--data", Folder.File("set"), "--model", Vgg, "--preprocess", "unit", .. more]);

    // Ten classes of two pictures; where boxes are wanted, the first has one of the whole picture, the second of one pixel.
    private string WriteSet(bool boxes)
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(c => $"kind{c}")];
        List<string> lines = ["file\tclass\txmin\tymin\txmax\tymax"];
        for (int c = 0; c < 10; c++)
        {
            Directory.CreateDirectory(Folder.File("set", "val", names[c]));
            for (int i = 0; i < 2; i++)
            {
                ImageFile.WritePng(Pattern(2 * c + i), Folder.File("set", "val", names[c], $"{i}.png"));
                lines.Add($"val/{names[c]}/{i}.png\t{c}\t0\t0\t{(i == 0 ? 31 : 0)}\t{(i == 0 ? 31 : 0)}");
            }
        }

        if (boxes) Folder.Write(Path.Combine("set", "val.tsv"), string.Join('\n', lines) + "\n");
        return Folder.Write("labels.txt", string.Join('\n', names));
    }

    private static Photo Pattern(int seed)
    {
        var rgb = new byte[3 * 32 * 32];
        new Random(seed).NextBytes(rgb);
        for (int i = 0; i < rgb.Length; i++) rgb[i] = (byte)(rgb[i] / 4 + (i / 3 % 32 * (seed % 5) + i / 96 * (seed % 7)) % 192);
        return new Photo(32, 32, rgb);
    }
}
