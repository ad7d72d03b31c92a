using System.Text.Json;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz switches, and composites of rules, on the network and the pictures that come with the program.</summary>
public class UnpoolCommandTests : InTemporaryFolder
{
    private static readonly string Orange = RepositoryRoot.File("docs", "images", "orange.png");

    [Test]
    public void All_variants_side_by_side()
    {
        NetvizProcess run = NetvizProcess.Run("switches", "all", Orange, "--with", "sample:ladybug", "--output",
            Folder.Path, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement[] variants = [.. run.Json.GetProperty("variants").EnumerateArray()];
        Assert.That(variants.Select(v => v.GetProperty("key").GetString()),
            Is.EqualTo(new[] { "own", "transplant", "random", "centre", "drop" }));
        foreach (JsonElement variant in variants)
        {
            foreach (JsonElement signal in variant.GetProperty("signals").EnumerateArray())
            {
                string file = Folder.File(signal.GetProperty("file").GetString()!);
                Assert.That((int)Npy.Read(file).FlattenedLength, Is.EqualTo(3 * 64 * 64));
            }
        }

        // DeconvNet reads no bits: with the ladybug's switches it draws the ladybug.
        JsonElement deconvnet = variants[1].GetProperty("signals")[1];
        Assert.That(deconvnet.GetProperty("cosine_to_other").GetDouble(), Is.EqualTo(1).Within(1e-5));
        Assert.That(deconvnet.GetProperty("cosine_to_own").GetDouble(), Is.LessThan(0.5));
        Assert.That(variants[2].GetProperty("agreement")[0].GetProperty("share").GetDouble(), Is.EqualTo(0.25).Within(0.02));
        Assert.That(File.Exists(Folder.File("orange.switches.all.png")));
    }

    [Test]
    public void An_exported_record_gives_the_same_as_its_image()
    {
        NetvizProcess export = NetvizProcess.Run("switches", "export", "sample:lemon", "--output", Folder.Path);
        Assert.That(export.ExitCode, Is.Zero, export.Error);
        string record = Folder.File("lemon.record.zip");
        Assert.That(export.Out, Does.Contain(record).And.Contain("63,488 switches of 5 max-poolings"));
        string[] common = ["switches", "transplant", Orange, "--rule", "guided", "--start", "relu4_2:7", "--output"];
        NetvizProcess byRecord = NetvizProcess.Run([.. common, Folder.File("a"), "--with", record]);
        NetvizProcess byImage = NetvizProcess.Run([.. common, Folder.File("b"), "--with", "sample:lemon"]);
        Assert.That((byRecord.ExitCode, byImage.ExitCode), Is.EqualTo((0, 0)), byRecord.Error + byImage.Error);
        Assert.That(byImage.Out, Does.Contain("the signal starts at relu4_2:7"));
        Assert.That(File.ReadAllBytes(Folder.File("a", "orange.switches.transplant.transplant.guided.npy")),
            Is.EqualTo(File.ReadAllBytes(Folder.File("b", "orange.switches.transplant.transplant.guided.npy"))));
    }

    [TestCase("transplant", "'--with' is required")]
    [TestCase("centre --layer relu1_1", "--layer 'relu1_1' is no max-pooling of network 'netviz-vgg' (it has pool1, pool2")]
    [TestCase("drop --start nothing:3", "has no layer 'nothing'")]
    [TestCase("drop --start relu1_1:3,4", "after the colon stand one or three numbers")]
    [TestCase("transplant --with nothing.zip", "--with 'nothing.zip' does not exist")]
    [TestCase("transplant --with nothing.png", "'nothing.png' does not exist")]
    public void What_is_wrong_is_told(string arguments, string problem)
    {
        NetvizProcess run = NetvizProcess.Run(["switches", .. arguments.Split(' '), Orange, "--output", Folder.File("out")]);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain(problem));
        Assert.That(Directory.Exists(Folder.File("out")), Is.False, "nothing is left behind");
    }

    [Test]
    public void Composites_go_through_saliency()
    {
        string rules = Folder.Write("rules.txt", "halves: deconvnet, depth:1..3=gradient\nflat: guided, type:MaxPool=even\n");
        NetvizProcess named = NetvizProcess.Run("saliency", Orange, "--rule-file", rules, "--output", Folder.File("a"), "--json");
        NetvizProcess written = NetvizProcess.Run("saliency", Orange, "--rule", "deconvnet,depth:1..3=gradient", "--output",
            Folder.File("b"), "--json");
        Assert.That((named.ExitCode, written.ExitCode), Is.EqualTo((0, 0)), named.Error + written.Error);
        Assert.That(named.Json[0].GetProperty("rules").EnumerateArray().Select(r => r.GetString()),
            Is.EqualTo(new[] { "halves", "flat" }));
        Assert.That(written.Json[0].GetProperty("rules")[0].GetString(), Is.EqualTo("deconvnet,depth:1..3=gradient"));
        Assert.That(File.ReadAllBytes(Folder.File("b", "orange.deconvnet,depth_1..3=gradient.npy")),
            Is.EqualTo(File.ReadAllBytes(Folder.File("a", "orange.halves.npy"))));

        NetvizProcess wrong =
            NetvizProcess.Run("saliency", Orange, "--rule", "gradient,relu7=guided", "--output", Folder.File("c"));
        Assert.That(wrong.ExitCode, Is.EqualTo(2));
        Assert.That(wrong.Error, Does.Contain("'relu7' is no rectifier or LRN of network 'netviz-vgg' (it has relu1_1"));
    }
}
