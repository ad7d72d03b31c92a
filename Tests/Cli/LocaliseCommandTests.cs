using System.Text.Json;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz localise</c>, and <c>netviz evaluate --metric localisation</c>.</summary>
public sealed class LocaliseCommandTests : InTemporaryFolder
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    [Test]
    public void The_sample_orange_gets_its_box()
    {
        NetvizProcess run = NetvizProcess.Run("localise", "--output", Folder.File("out"), "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement json = run.Json[0], box = json.GetProperty("box"), certificate = json.GetProperty("certificate");
        Photo mask = ImageFile.Read(Folder.File("out", "orange.mask.png"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("class_name").GetString(), Is.EqualTo("orange"));
            // The fruit and its half, drawn on 320 pixels: x 7 to 305, y 67 to 265.
            Assert.That(box.GetProperty("x_min").GetInt32(), Is.InRange(0, 20));
            Assert.That(box.GetProperty("y_min").GetInt32(), Is.InRange(50, 80));
            Assert.That(box.GetProperty("y_max").GetInt32(), Is.InRange(255, 285));
            Assert.That(certificate.GetProperty("holds").GetBoolean());
            Assert.That(certificate.GetProperty("cut").GetProperty("flow").GetInt64(), Is.Positive
                .And.EqualTo(certificate.GetProperty("cut").GetProperty("cut").GetInt64()));
            Assert.That(json.GetProperty("constants").EnumerateArray().Select(c => c.GetProperty("origin").GetString()),
                Is.All.AnyOf("paper", "secondary", "ours"));
            Assert.That((mask.Width, mask.Height), Is.EqualTo((320, 320)));
            Assert.That(File.Exists(Folder.File("out", "orange.localised.png")));
            Assert.That(File.Exists(Folder.File("out", "orange.trimap.png")));
            Assert.That(File.Exists(Folder.File("out", "orange.localise.json")));
        }
    }

    [Test]
    public void People_get_a_line_for_each_picture()
    {
        WriteSet(3);
        NetvizProcess run = NetvizProcess.Run("localise", Folder.File("set", "val", "kind 0"), "--model", Vgg,
            "--preprocess", "unit", "--class", "3", "--rule", "guided", "--method", "threshold", "--output", Folder.File("out"));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out.TrimEnd().Split('\n'), Has.Length.EqualTo(5), "three pictures, how much was looked at, and what was written");
        Assert.That(run.Out, Does.Contain("(3)").And.Contain("box x").And.Contain(".localised.png").And.Not.Contain("flow"));
    }

    [Test]
    public void A_rule_may_come_from_a_file()
    {
        string rules = Folder.Write("rules.txt", "mixed: deconvnet,relu6=gradient\nplain: guided\n");
        string[] common = ["localise", "--method", "threshold", "--json", "--output", Folder.File("out")];
        NetvizProcess named = NetvizProcess.Run([.. common, "--rule-file", rules, "--rule", "mixed"]);
        NetvizProcess written = NetvizProcess.Run([.. common, "--rule", "deconvnet,relu6=gradient"]);
        Assert.That(named.ExitCode, Is.Zero, named.Error);
        Assert.That(named.Json[0].GetProperty("rule").GetString(), Is.EqualTo("mixed"));
        Assert.That(named.Json[0].GetProperty("box").GetRawText(), Is.EqualTo(written.Json[0].GetProperty("box").GetRawText()));
        NetvizProcess missing = NetvizProcess.Run([.. common, "--rule-file", Folder.File("none.txt"), "--rule", "mixed"]);
        Assert.That((missing.ExitCode, missing.Out), Is.EqualTo((2, "")));
        Assert.That(missing.Error, Does.Contain("none.txt"));
    }

    [TestCase("--gamma", "-3", "gamma")]
    [TestCase("--method", "magic", "graph-cut")]
    [TestCase("--foreground-quantile", "0.2", "quantile")]
    [TestCase("--hard-seeds", "some", "none, foreground, both")]
    [TestCase("--rule", "nonsense", "nonsense")]
    public void What_is_wrong_is_told_in_a_line(string option, string value, string found)
    {
        NetvizProcess run = NetvizProcess.Run("localise", "--output", Folder.File("out"), option, value);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("netviz: ").And.Contain(found).And.Not.Contain("\n"));
        Assert.That(Directory.Exists(Folder.File("out")), Is.False);
    }

    [Test]
    public void Errors_of_rules_and_baselines_stand_in_one_table()
    {
        WriteSet(30);
        string csv = Folder.File("boxes.csv");
        NetvizProcess run = NetvizProcess.Run("evaluate", "--data", Folder.File("set"), "--model", Vgg, "--preprocess", "unit",
            "--labels", Folder.File("labels.txt"), "--metric", "localisation", "--json", "--output", csv,
            "--rule", "gradient", "--rule", "guided");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement result = run.Json.GetProperty("result");
        JsonElement[] candidates = [.. result.GetProperty("candidates").EnumerateArray()];
        JsonElement whole = candidates.Single(c => c.GetProperty("map").GetString() == "whole image");
        using (Assert.EnterMultipleScope())
        {
            // 2 rules by 2 methods, 2 boxes, 2 maps by 2 methods.
            Assert.That(candidates, Has.Length.EqualTo(10));
            Assert.That(result.GetProperty("pictures").GetInt32(), Is.EqualTo(30));
            Assert.That(result.GetProperty("cuts").GetInt32(), Is.EqualTo(30 * 4));
            Assert.That(result.GetProperty("cuts_proved").GetInt32(), Is.EqualTo(30 * 4));
            // Every third box has 32 x 16 pixels, the others 32 x 15: the whole image overlaps by a half, or by less.
            Assert.That(whole.GetProperty("label_given_error").GetProperty("wrong").GetInt32(), Is.EqualTo(20));
            foreach (JsonElement c in candidates)
            {
                double given = c.GetProperty("label_given_error").GetProperty("value").GetDouble(),
                    five = c.GetProperty("top5_error").GetProperty("value").GetDouble(),
                    one = c.GetProperty("top1_error").GetProperty("value").GetDouble();
                Assert.That(given, Is.LessThanOrEqualTo(five));
                Assert.That(five, Is.LessThanOrEqualTo(one));
            }

            Assert.That(File.ReadAllLines(csv), Has.Length.EqualTo(1 + 30 * 10));
        }
    }

    [Test]
    public void A_picture_of_one_colour_has_no_box([Values("graph-cut", "threshold")] string method)
    {
        string set = new TinySet().Picture("one.png", 200, 90, 64, 64).WriteFolder(Folder, "flat");
        NetvizProcess run = NetvizProcess.Run("localise", Path.Combine(set, "one.png"), "--method", method, "--output",
            Folder.File("out"));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("no box").And.Contain("one colour"));
        Assert.That(run.Error, Does.Contain("there is no box").And.Contain("one colour"));
        NetvizProcess json = NetvizProcess.Run("localise", Path.Combine(set, "one.png"), "--method", method, "--json",
            "--output", Folder.File("out"));
        Assert.That(json.Json[0].TryGetProperty("box", out _), Is.False);
        Assert.That(json.Json[0].GetProperty("certificate").GetProperty("nothing").GetString(), Does.Contain("one colour"));
    }

    [Test]
    public void An_evaluation_counts_a_picture_of_one_colour_as_a_miss()
    {
        string set = new TinySet().Text("classes.txt", "0|kind 0|kind 0").Picture("val/kind 0/a.png", 200, 90, 32, 32)
            .Text("val.tsv", "file|class|xmin|ymin|xmax|ymax", "val/kind 0/a.png|0|0|0|31|31").WriteFolder(Folder);
        Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"kind {c}")));
        NetvizProcess run = NetvizProcess.Run("evaluate", "--data", set, "--model", Vgg, "--preprocess", "unit", "--labels",
            Folder.File("labels.txt"), "--metric", "localisation", "--json", "--rule", "gradient");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        foreach (JsonElement c in run.Json.GetProperty("result").GetProperty("candidates").EnumerateArray()
            .Where(c => !c.GetProperty("is_baseline").GetBoolean()))
        {
            Assert.That(c.GetProperty("without_box").GetInt32(), Is.EqualTo(1));
            Assert.That(c.GetProperty("label_given_error").GetProperty("wrong").GetInt32(), Is.EqualTo(1));
        }

        Assert.That(run.Error, Does.Contain("1 picture without a box"));
    }

    [Test]
    public void Pictures_without_boxes_are_refused()
    {
        WriteSet(3);
        File.Delete(Folder.File("set", "val.tsv"));
        NetvizProcess run = NetvizProcess.Run("evaluate", "--data", Folder.File("set"), "--model", Vgg, "--preprocess", "unit",
            "--labels", Folder.File("labels.txt"), "--metric", "localisation");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("has a box").And.Contain("val.tsv"));
    }

    private void WriteSet(int pictures)
    {
        var set = new TinySet().Text("classes.txt", [.. Enumerable.Range(0, 10).Select(c => $"{c}|kind {c}|kind {c}")]);
        var lines = new List<string> { "file|class|xmin|ymin|xmax|ymax" };
        for (int i = 0; i < pictures; i++)
        {
            // Pictures of fewer than ten go into one class.
            int c = pictures < 10 ? 0 : i % 10;
            var rgb = new byte[3 * 32 * 32];
            new Random(i).NextBytes(rgb);
            for (int k = 0; k < rgb.Length; k++) rgb[k] = (byte)(rgb[k] / 8 + (k / 96 < 16 ? 150 : 40));
            set.File($"val/kind {c}/{i}.png", ImageFile.EncodePng(new Photo(32, 32, rgb)));
            lines.Add($"val/kind {c}/{i}.png|{c}|0|0|31|{(i % 3 == 0 ? 15 : 14)}");
        }

        set.Text("val.tsv", [.. lines]).WriteFolder(Folder);
        Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"kind {c}")));
    }
}
