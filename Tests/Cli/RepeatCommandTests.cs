using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz repeat on the .json of every command, and on what must be refused.</summary>
[NonParallelizable]
public class RepeatCommandTests : InTemporaryFolder
{
    private static readonly string SmallVgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    [TestCase("saliency sample:orange --map signal --map smoothgrad --samples 2 --rule guided --format svg")]
    [TestCase("class-model --class orange --preset paper --steps 2")]
    [TestCase("localise sample:lemon")]
    [TestCase("reconstruct sample:orange --layer relu2_1 --layer relu3_1 --top 2 --rule gradient")]
    [TestCase("activations sample:orange --layer relu2_1 --colours grey")]
    [TestCase("filters --format pdf")]
    [TestCase("prove sample:orange")]
    [TestCase("prove sample:orange --rule lrp.epsilon")]
    [TestCase("compare-rules sample:orange --layer relu3_1 --scale own")]
    [TestCase("decompose sample:orange --scale row --from guided --to gradient")]
    [TestCase("unpool all sample:orange --with sample:lemon --rule gradient")]
    [TestCase("switches random sample:orange --rule guided")]
    public void Every_commands_result_is_made_again_with_the_same_bytes(string command)
    {
        NetvizProcess made = NetvizProcess.RunApart([.. command.Split(' '), "--output", Folder.File("out"), "--quiet"]);
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        string[] results = Directory.GetFiles(Folder.File("out"), "*.json");
        Assert.That(results, Is.Not.Empty);
        foreach (string result in results) RequireRepeated(result);
    }

    [Test]
    public void A_page_and_a_figure_are_made_again_too()
    {
        Folder.Write("figure.json", """{ "pictures": ["sample:orange"], "columns": ["gradient", "guided"], "width_mm": 80 }""");
        foreach (string[] command in (string[][])[["report", "sample:orange", "--section", "rules", "--output", Folder.File("out", "page.html")],
            ["figure", Folder.File("figure.json"), "--output", Folder.File("out", "f.svg")]])
        {
            NetvizProcess made = NetvizProcess.RunApart(command);
            Assert.That(made.ExitCode, Is.Zero, made.Error);
        }

        RequireRepeated(Folder.File("out", "page.report.json"));
        RequireRepeated(Folder.File("out", "f.figure.json"));
    }

    [Test]
    public void A_linear_region_of_an_array_is_made_again()
    {
        Tensor<float> all = Npy.Read(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.input.npy"));
        float[] values = [.. all.Take((int)(all.FlattenedLength / all.Lengths[0]))];
        Npy.Write(Folder.File("x.npy"), Tensor.Create(values, [1, .. all.Lengths[1..]]));
        NetvizProcess made = NetvizProcess.RunApart("linear-region", Folder.File("x.npy"), "--model", SmallVgg, "--output", Folder.Path);
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        RequireRepeated(Folder.File("x.radius.json"));
    }

    [Test]
    public void Of_many_pictures_each_is_repeated_alone()
    {
        Directory.CreateDirectory(Folder.File("a"));
        Directory.CreateDirectory(Folder.File("b"));
        foreach (string folder in (string[])["a", "b"]) File.Copy(RepositoryRoot.File("docs", "images", "orange.png"), Folder.File(folder, "x.png"));
        NetvizProcess made = NetvizProcess.RunApart("saliency", Folder.File("a", "x.png"), Folder.File("b", "x.png"), "--write", "npy,json",
            "--rule", "gradient", "--output", Folder.File("out"));
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        // Both have one name: the results have a number, which the repeated one alone has not.
        RequireRepeated(Folder.File("out", "x-2.json"));
    }

    [Test]
    public void A_result_that_differs_is_told_with_exit_code_1()
    {
        string result = Made();
        JsonObject report = JsonNode.Parse(File.ReadAllText(result))!.AsObject();
        report["provenance"]!["files"]!["orange.gradient.npy"] = new string('0', 64);
        File.WriteAllText(result, report.ToJsonString());
        NetvizProcess run = NetvizProcess.RunApart("repeat", result);
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(run.Out, Does.Contain("differs  orange.gradient.npy").And.Contain("1 of 2 files are the same"));
    }

    [TestCase("model", "the model '")]
    [TestCase("inputs", "the picture 'sample:orange' is another one now")]
    public void Another_model_or_picture_is_refused_by_its_name(string which, string problem)
    {
        string result = Made();
        JsonObject report = JsonNode.Parse(File.ReadAllText(result))!.AsObject();
        JsonNode origin = report["provenance"]![which]!;
        (origin is JsonArray all ? all[0]! : origin)["sha256"] = new string('0', 64);
        File.WriteAllText(result, report.ToJsonString());
        NetvizProcess run = NetvizProcess.RunApart("repeat", result);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain(problem).And.Contain("SHA-256"));
    }

    /// <summary>The .json may be a stranger's: what it runs is only what looks at networks.</summary>
    [TestCase("export --output x.onnx", "cannot be repeated")]
    [TestCase("train --data . --output x.onnx", "cannot be repeated")]
    [TestCase("saliency --no-such-option", "cannot be repeated")]
    [TestCase("docs source.md --output x.md", "cannot be repeated")]
    [TestCase("saliency --rule-file /etc/hostname", "has no hash of '/etc/hostname'")]
    public void What_a_stranger_wants_run_is_refused(string command, string problem)
    {
        if (command.Contains("/etc/hostname", StringComparison.Ordinal) && !File.Exists("/etc/hostname")) Assert.Ignore("needs /etc/hostname");
        string result = Made();
        JsonObject report = JsonNode.Parse(File.ReadAllText(result))!.AsObject();
        report["provenance"]!["command_line"] = new JsonArray([.. command.Split(' ').Select(word => (JsonNode)word)]);
        File.WriteAllText(result, report.ToJsonString());
        NetvizProcess run = NetvizProcess.RunApart("repeat", result);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")), run.Error);
        Assert.That(run.Error, Does.Contain(problem));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("{}", "has no member 'provenance'")]
    [TestCase("[1]", "has no member 'provenance'")]
    [TestCase("{\"provenance\": 3}", "no result that can be repeated")]
    [TestCase("{\"provenance\": {\"files\": null, \"command_line\": [\"saliency\"]}}", "no result that can be repeated")]
    [TestCase("{\"provenance\": {}}", "names no command line")]
    [TestCase("no json", "no result that can be repeated")]
    public void What_is_no_result_is_refused(string text, string problem)
    {
        NetvizProcess run = NetvizProcess.RunApart("repeat", Folder.Write("x.json", text));
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")), run.Error);
        Assert.That(run.Error, Does.Contain(problem));
    }

    [Test]
    public void Another_commands_result_is_not_replaced()
    {
        File.Copy(RepositoryRoot.File("docs", "images", "orange.png"), Folder.File("orange.localise.png"));
        string[] output = ["--output", Folder.File("out")];
        Assert.That(NetvizProcess.RunApart(["localise", "sample:orange", .. output]).ExitCode, Is.Zero);
        NetvizProcess run = NetvizProcess.RunApart(["saliency", Folder.File("orange.localise.png"), .. output]);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("orange.localise.json is a result of netviz localise"));
    }

    private string Made()
    {
        NetvizProcess made = NetvizProcess.RunApart("saliency", "sample:orange", "--rule", "gradient", "--write", "npy,json", "--output",
            Folder.File("out"));
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        return Folder.File("out", "orange.json");
    }

    private static void RequireRepeated(string result)
    {
        NetvizProcess run = NetvizProcess.RunApart("repeat", result, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error + run.Out);
        Assert.That(run.Json.GetProperty("agrees").GetBoolean());
        JsonElement provenance = JsonDocument.Parse(File.ReadAllBytes(result)).RootElement.GetProperty("provenance");
        Assert.That(run.Json.GetProperty("files").GetArrayLength(),
            Is.EqualTo(provenance.GetProperty("files").EnumerateObject().Count() + 1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(provenance.GetProperty("commit").GetString(), Is.Not.Empty);
            Assert.That(provenance.GetProperty("model").GetProperty("sha256").GetString(), Has.Length.EqualTo(64));
            Assert.That(provenance.GetProperty("settings").ValueKind, Is.EqualTo(JsonValueKind.Object));
            if (!result.Contains("filters", StringComparison.Ordinal))
                Assert.That(provenance.GetProperty("device").GetProperty("algorithm").GetString(), Is.Not.Empty);
        }
    }
}
