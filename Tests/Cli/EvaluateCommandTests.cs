using System.Text.Json;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz evaluate, on a network of the fixtures with ten classes, and on real ones with shared data.</summary>
public class EvaluateCommandTests : InTemporaryFolder
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    [Test]
    public void AccuracyIsWhatClassifyFinds()
    {
        string labels = WriteSet();
        string csv = Folder.File("out", "pictures.csv");
        NetvizProcess evaluated = Evaluate("--labels", labels, "--json", "--batch", "4", "--output", csv);
        Assert.That(evaluated.ExitCode, Is.Zero, evaluated.Error);
        var ranks = new List<int>();
        foreach (string folder in Directory.GetDirectories(Folder.File("set")).Order(StringComparer.Ordinal))
        {
            JsonElement classified = NetvizProcess.Run("classify", folder, "--model", Vgg, "--preprocess", "unit",
                "--labels", labels, "--json", "--top", "10").Json;
            foreach (JsonElement picture in classified.EnumerateArray())
            {
                ranks.Add(picture.GetProperty("top").EnumerateArray().ToList()
                    .FindIndex(c => c.GetProperty("name").GetString() == Path.GetFileName(folder)));
            }
        }

        JsonElement json = evaluated.Json, result = json.GetProperty("result");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(evaluated.Error, Is.Empty);
            Assert.That(json.GetProperty("pictures").GetInt32(), Is.EqualTo(ranks.Count).And.EqualTo(30));
            Assert.That(json.GetProperty("matched_by").GetString(), Is.EqualTo("name"));
            Assert.That(json.GetProperty("classes_left_out").GetArrayLength(), Is.Zero);
            Assert.That(json.GetProperty("images_per_second").GetDouble(), Is.Positive);
            Assert.That(result.GetProperty("top1").GetProperty("correct").GetInt32(), Is.EqualTo(ranks.Count(r => r == 0)));
            Assert.That(result.GetProperty("top5").GetProperty("correct").GetInt32(), Is.EqualTo(ranks.Count(r => r < 5)));
            Assert.That(result.GetProperty("top1").GetProperty("low").GetDouble(),
                Is.LessThan(result.GetProperty("top1").GetProperty("value").GetDouble()));
            Assert.That(result.GetProperty("per_class").GetArrayLength(), Is.EqualTo(10));
        }

        string[] lines = File.ReadAllLines(csv);
        Assert.That(lines[0], Does.StartWith("file,class,class_name,model_class,rank,"));
        Assert.That(lines.Skip(1).Select(line => int.Parse(line.Split(',')[4]) - 1), Is.EqualTo(ranks));
    }

    [Test]
    public void PeopleGetATableWorstFirst()
    {
        string labels = WriteSet();
        NetvizProcess run = Evaluate("--labels", labels, "--per-class");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("30 pictures of 10 classes, matched by name").And.Contain("top-1").And.Contain("top-5")
            .And.Contain("95 % interval").And.Contain("kind seven"));
        Assert.That(Evaluate("--labels", labels, "--quiet").Out, Is.Empty);
    }

    [Test]
    public void PicturesOfUnknownClassesAreLeftOut()
    {
        string labels = WriteSet();
        File.WriteAllText(labels, File.ReadAllText(labels).Replace("kind three", "something else", StringComparison.Ordinal));
        Directory.Move(Folder.File("set", "kind nine"), Folder.File("set", "cloud"));
        Directory.CreateDirectory(Folder.File("set", "sky"));
        File.Copy(Folder.File("set", "cloud", "0.png"), Folder.File("set", "sky", "0.png"));
        JsonElement json = Evaluate("--labels", labels, "--json").Json;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("classes_left_out").EnumerateArray().Select(c => c.GetString()),
                Is.EqualTo((string[])["cloud", "kind three", "sky"]));
            Assert.That(json.GetProperty("pictures").GetInt32(), Is.EqualTo(24));
            Assert.That(json.GetProperty("pictures_left_out").GetInt32(), Is.EqualTo(7));
        }
    }

    [TestCase("--metric", "beauty", "there is accuracy")]
    [TestCase("--split", "val", "no split 'val'")]
    [TestCase("--batch", "0", "at least 1")]
    [TestCase("--max-pixels", "100", "more than the limit of 100")]
    public void WhatIsWrongIsToldInOneLine(string option, string value, string found)
    {
        NetvizProcess run = Evaluate("--labels", WriteSet(), option, value);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("netviz: ").And.Contain(found).And.Not.Contain("\n"));
    }

    [Test]
    public void ASetOfOtherClassesIsRefused()
    {
        foreach (string name in (string[])["cat", "dog"])
        {
            Directory.CreateDirectory(Folder.File("set", name));
            ImageFile.WritePng(Pattern(1), Folder.File("set", name, "1.png"));
        }

        NetvizProcess run = Evaluate();
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("2 classes").And.Contain("--labels"));
    }

    [Test]
    public void TinyVggReachesItsAccuracyOnTheTenClassesItKnows()
    {
        NetvizProcess run = NetvizProcess.Run("evaluate", "--data", SharedData.PathOf("tiny-imagenet-50.tar.gz"), "--model",
            SharedData.PathOf("models", "tinyvgg-10.onnx"), "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement json = run.Json;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("split").GetString(), Is.EqualTo("val"));
            Assert.That(json.GetProperty("pictures").GetInt32(), Is.EqualTo(500));
            Assert.That(json.GetProperty("classes_left_out").GetArrayLength(), Is.EqualTo(40));
            // 68.8 % with another JPEG decoder; a picture on the edge may fall to either side.
            Assert.That(json.GetProperty("result").GetProperty("top1").GetProperty("correct").GetInt32(), Is.InRange(342, 346));
        }
    }

    private NetvizProcess Evaluate(params string[] more) =>
        NetvizProcess.Run(["evaluate", "--data", Folder.File("set"), "--model", Vgg, "--preprocess", "unit", .. more]);

    // Ten folders of three pictures, one for each class of the network; the labels in another order than the folders.
    private string WriteSet()
    {
        string[] names = [.. ((string[])["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
            .Select(number => $"kind {number}")];
        for (int c = 0; c < 10; c++)
        {
            Directory.CreateDirectory(Folder.File("set", names[c]));
            for (int i = 0; i < 3; i++) ImageFile.WritePng(Pattern(3 * c + i), Folder.File("set", names[c], $"{i}.png"));
        }

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
