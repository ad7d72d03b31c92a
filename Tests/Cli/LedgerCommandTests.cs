using System.Text.Json;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz parting, netviz telescope and netviz saliency --ledger, as a user runs them.</summary>
public class LedgerCommandTests : InTemporaryFolder
{
    private static readonly string[] Cases = ["both", "only_gradient", "only_deconvnet", "neither", "no_signal"];
    private static readonly string Orange = RepositoryRoot.File("docs", "images", "orange.png");
    [Test]
    public void Parting_prints_a_table_and_writes_the_last_rectifier_before_each_pool()
    {
        NetvizProcess run = NetvizProcess.Run("parting", Orange, "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("orange.png: orange (41)").And.Contain("relu4_1")
            .And.Contain("add up to it exactly").And.Not.Contain("analogy").And.Not.Contain("LRN"));
        Assert.That(run.Out.Split('\n').SkipLast(2).Max(line => line.Length), Is.LessThanOrEqualTo(112), run.Out);
        string[] pictures = [.. Directory.GetFiles(Folder.Path, "*.png").Select(path => Path.GetFileName(path)!).Order()];
        Assert.That(pictures, Is.EqualTo(new[] { "relu1_1", "relu2_2", "relu3_2", "relu4_2", "relu5_1" }
            .Select(layer => $"orange.parting.{layer}.png")));

        JsonElement report = JsonDocument.Parse(File.ReadAllBytes(Folder.File("orange.parting.json"))).RootElement;
        Assert.That(report.GetProperty("trajectory").GetString(), Is.EqualTo("gradient"));
        Assert.That(report.GetProperty("model_sha256").GetString(), Has.Length.EqualTo(64));
        JsonElement[] layers = [.. report.GetProperty("layers").EnumerateArray()];
        Assert.That(layers, Has.Length.EqualTo(9));
        foreach (JsonElement layer in layers) RequireConsistent(layer);
        JsonElement total = report.GetProperty("total");
        Assert.That(total.GetProperty("elements").GetInt64(), Is.EqualTo(layers.Sum(Elements)));
    }

    [Test]
    public void Parting_draws_a_channel_of_chosen_layers_and_prints_json()
    {
        NetvizProcess run = NetvizProcess.Run("parting", Orange, "--trajectory", "guided,relu6=deconvnet", "--layer",
            "relu3_1", "--channel", "5", "--json", "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.GetProperty("trajectory").GetString(), Is.EqualTo("guided,relu6=deconvnet"));
        JsonElement layer = run.Json.GetProperty("layers").EnumerateArray().Single(l => l.TryGetProperty("sheet", out _));
        Assert.That(layer.GetProperty("sheet").GetString(), Is.EqualTo("orange.parting.relu3_1.png"));
        Assert.That(layer.TryGetProperty("channels", out _), Is.False, "channel by channel in the file only");
        NetvizProcess without = NetvizProcess.Run("parting", Orange, "--trajectory", "guided,relu6=deconvnet", "--layer",
            "relu3_1", "--quiet", "--output", Folder.File("without"));
        Assert.That(without.Out, Is.Empty);
        Assert.That(ImageFile.Read(Folder.File("orange.parting.relu3_1.png")).Height,
            Is.GreaterThan(ImageFile.Read(Folder.File("without", "orange.parting.relu3_1.png")).Height), "the channel's row");
    }

    /// <summary>LeakyRelu and Clip, branches, an array instead of a photograph.</summary>
    [Test]
    public void Parting_says_where_the_cases_are_an_analogy()
    {
        string array = OneImageOf("small_branch", 3, 20, 24);
        NetvizProcess run = NetvizProcess.Run("parting", array, "--model", Fixture("small_branch"), "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain(" *").And.Contain("by analogy: a LeakyRelu").And.Contain("add up to it exactly"));
        Assert.That(Directory.GetFiles(Folder.Path, "x.parting.*.png"), Is.Not.Empty);
    }

    [Test]
    public void Layers_of_channels_last_networks_are_drawn()
    {
        string keras = RepositoryRoot.File("Tests", "Fixtures", "Zoo", "keras_vgg_opset13.onnx");
        foreach (string command in new[] { "parting", "telescope" })
        {
            NetvizProcess run = NetvizProcess.Run(command, Orange, "--model", keras,
                "--preprocess", "caffe-vgg", "--output", Folder.Path);
            Assert.That(run.ExitCode, Is.Zero, run.Error);
        }
        Assert.That(Directory.GetFiles(Folder.Path, "orange.parting.*.png"), Has.Length.EqualTo(2));
        Assert.That(File.Exists(Folder.File("orange.telescope.png")));
    }

    [TestCase("'conv1_1' is no rectifier that the signal reaches", "--layer", "conv1_1", "--output", "x")]
    [TestCase("a picture needs rows and columns", "--layer", "relu6", "--output", "x")]
    [TestCase("has no channel 512; it has 64, 0 to 63", "--layer", "relu2_1", "--channel", "512", "--output", "x")]
    public void What_parting_cannot_do_is_told_in_one_line(string expected, params string[] arguments)
    {
        NetvizProcess run = NetvizProcess.RunIn(Folder.Path, ["parting", Orange, .. arguments]);
        Assert.That((run.ExitCode, run.Error.Trim().Split('\n').Length), Is.EqualTo((2, 1)), run.Error);
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public void Telescope_writes_terms_that_add_up()
    {
        NetvizProcess run = NetvizProcess.Run("telescope", Orange, "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("deconvnet above each, gradient below it").And.Contain("The order is not unique")
            .And.Contain("The 9 terms add up").And.Contain("one by one"));
        JsonElement report = JsonDocument.Parse(File.ReadAllBytes(Folder.File("orange.telescope.json"))).RootElement;
        JsonElement[] terms = [.. report.GetProperty("terms").EnumerateArray()];
        Assert.That(terms.Select(term => term.GetProperty("layer").GetString()), Is.EqualTo(new[] { "relu1_1", "relu2_1",
            "relu2_2", "relu3_1", "relu3_2", "relu4_1", "relu4_2", "relu5_1", "relu6" }));
        Assert.That(terms.Sum(term => term.GetProperty("share").GetDouble()), Is.EqualTo(1).Within(1e-9));
        Assert.That(report.GetProperty("relative_error").GetDouble(), Is.LessThan(1e-6));
        Assert.That(report.GetProperty("relative_error_by_itself").GetDouble(), Is.LessThan(1e-4));
        Assert.That(Npy.Read(Folder.File("orange.telescope.npy")).Lengths.ToArray(), Is.EqualTo((nint[])[9, 3, 64, 64]));
        Assert.That(ImageFile.Read(Folder.File("orange.telescope.png")).Width, Is.GreaterThan(5 * 288));
    }

    [Test]
    public void Telescope_takes_any_two_rules_in_either_order_from_any_start()
    {
        NetvizProcess run = NetvizProcess.Run("telescope", Orange, "--from", "guided", "--to",
            "deconvnet,relu2_*=guided", "--order", "below", "--start", "relu4_1:7", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.GetProperty("start").GetString(), Is.EqualTo("relu4_1:7"));
        Assert.That(run.Json.GetProperty("order").GetString(), Is.EqualTo("below"));
        Assert.That(run.Json.GetProperty("terms").EnumerateArray().Select(term => term.GetProperty("layer").GetString()),
            Is.EqualTo(new[] { "relu1_1", "relu3_1", "relu3_2", "relu4_1" }));
        Assert.That(run.Json.TryGetProperty("relative_error_by_itself", out _), Is.False, "DeconvNet below is not linear");
        NetvizProcess same = NetvizProcess.Run("telescope", Orange, "--to", "gradient");
        Assert.That((same.ExitCode, same.Out.Contains("do the same at every layer")), Is.EqualTo((0, true)), same.Error);
    }

    [Test]
    public void Saliency_prints_the_Taylor_ledger_of_each_class()
    {
        NetvizProcess run = NetvizProcess.Run("saliency", Orange, "--class", "top", "--class", "lemon", "--rule", "guided",
            "--ledger", "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("Taylor ledger of orange").And.Contain("Taylor ledger of lemon")
            .And.Contain("conv1_1, bias").And.Contain("under guided it is no derivative")
            .And.Not.Contain("not piecewise linear"));
        JsonElement report = JsonDocument.Parse(File.ReadAllBytes(Folder.File("orange.json"))).RootElement;
        foreach (JsonElement of in report.GetProperty("images")[0].GetProperty("classes").EnumerateArray())
        {
            JsonElement ledger = of.GetProperty("ledger");
            Assert.That(ledger.GetProperty("gap_to_score").GetDouble(), Is.LessThan(1e-5));
            double sum = ledger.GetProperty("image_term").GetDouble()
                + ledger.GetProperty("terms").EnumerateArray().Sum(term => term.GetProperty("value").GetDouble());
            Assert.That(sum, Is.EqualTo(of.GetProperty("score").GetDouble()).Within(1e-4));
        }
    }

    [Test]
    public void Saliency_says_where_the_network_is_not_piecewise_linear()
    {
        NetvizProcess run = NetvizProcess.Run("saliency", OneImageOf("small_alexnet", 3, 63, 70), "--model",
            Fixture("small_alexnet"), "--rule", "gradient", "--ledger", "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("not piecewise linear").And.Not.Contain("no derivative"));
        JsonElement report = JsonDocument.Parse(File.ReadAllBytes(Folder.File("x.json"))).RootElement;
        JsonElement ledger = report.GetProperty("images")[0].GetProperty("classes")[0].GetProperty("ledger");
        Assert.That(ledger.GetProperty("not_piecewise_linear").GetArrayLength(), Is.EqualTo(2));
        Assert.That(ledger.GetProperty("gap_to_terms").GetDouble(), Is.GreaterThan(1e-4));
    }

    private static string Fixture(string name) => RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx");

    /// <summary>The first of a fixture's two images as an array of its own, x.npy.</summary>
    private string OneImageOf(string fixture, params nint[] shape)
    {
        float[] both = [.. Npy.Read(RepositoryRoot.File("Tests", "Fixtures", $"{fixture}.input.npy"))];
        string path = Folder.File("x.npy");
        Npy.Write(path, System.Numerics.Tensors.Tensor.Create(both[..(both.Length / 2)], [1, .. shape]));
        return path;
    }

    private static long Elements(JsonElement layer) => layer.GetProperty("total").GetProperty("elements").GetInt64();

    /// <summary>Counts add up to the elements, channels to their layer, and cases to what each rule let through.</summary>
    private static void RequireConsistent(JsonElement layer)
    {
        JsonElement cases = layer.GetProperty("total").GetProperty("cases"), channels = layer.GetProperty("channels");
        Assert.That(Cases.Sum(which => cases.GetProperty(which).GetProperty("count").GetInt64()), Is.EqualTo(Elements(layer)));
        foreach (string which in Cases)
        {
            JsonElement counts = channels.GetProperty(which).GetProperty("counts");
            Assert.That(counts.EnumerateArray().Sum(count => count.GetInt64()),
                Is.EqualTo(cases.GetProperty(which).GetProperty("count").GetInt64()));
            Assert.That(counts.GetArrayLength(), Is.EqualTo(layer.GetProperty("shape")[1].GetInt32()));
        }

        double Mass(string which) => cases.GetProperty(which).GetProperty("mass").GetDouble();
        JsonElement through = layer.GetProperty("let_through");
        double within = 1e-14 * layer.GetProperty("total").GetProperty("mass").GetDouble();
        Assert.That(through.GetProperty("gradient").GetDouble(), Is.EqualTo(Mass("both") + Mass("only_gradient")).Within(within));
        Assert.That(through.GetProperty("deconvnet").GetDouble(),
            Is.EqualTo(Mass("both") + Mass("only_deconvnet")).Within(within));
        Assert.That(through.GetProperty("guided").GetDouble(), Is.EqualTo(Mass("both")));
        Assert.That(layer.GetProperty("adds_up").GetBoolean());
    }
}
