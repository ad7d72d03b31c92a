using System.Text.Json;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Further maps of netviz saliency, and netviz filters, activations and reconstruct, as a user runs them.</summary>
public class LookingCommandTests : InTemporaryFolder
{
    private static readonly string Orange = RepositoryRoot.File("docs", "images", "orange.png");
    [Test]
    public void Saliency_draws_further_maps_with_their_constants()
    {
        NetvizProcess run = NetvizProcess.Run("saliency", Orange, "--map", "signal", "--map", "smoothgrad", "--map",
            "input-x-gradient",
            "--map", "integrated-gradients", "--map", "occlusion", "--rule", "gradient", "--samples", "4", "--steps", "8",
                "--square",
            "16,16", "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("completeness").And.Contain("gap").And.Contain("16x16 square at 4x4 places"));
        JsonElement[] maps = [.. Report("orange.json").GetProperty("images")[0].GetProperty("classes")[0].GetProperty("maps")
            .EnumerateArray()];
        Assert.That(maps.Select(map => map.GetProperty("map").GetString()), Is.EqualTo(new[]
        {
            "signal", "smoothgrad", "input-x-gradient", "integrated-gradients", "occlusion", "occlusion",
        }));
        Assert.That(maps[1].GetProperty("constants").GetProperty("samples").GetInt32(), Is.EqualTo(4));
        Assert.That(maps[3].GetProperty("constants").GetProperty("completeness_gaps")[0].GetDouble(), Is.Not.NaN);
        foreach (string file in maps.SelectMany(map => map.GetProperty("files").EnumerateObject()).Select(f =>
            f.Value.GetString()!))
            Assert.That(Folder.File(file), Does.Exist);
        Assert.That(Npy.Read(Folder.File("orange.occlusion.score.grid.npy")).Lengths.ToArray(), Is.EqualTo(new nint[] { 4, 4 }));
    }

    [Test]
    public void Saliency_of_ten_crops_says_where_they_come_from()
    {
        NetvizProcess run = NetvizProcess.Run("saliency", Orange, "--crops", "10", "--json", "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement report = run.Json[0], crops = report.GetProperty("ten_crops");
        Assert.That(report.GetProperty("input_shape").EnumerateArray().Select(n => n.GetInt32()), Is.EqualTo(new[] { 10, 3,
            64, 64 }));
        Assert.That(crops.GetProperty("region_width").GetInt32(), Is.EqualTo(73));
        Assert.That(crops.GetProperty("region_from").GetString(), Does.StartWith("ours"));
        Assert.That(crops.GetProperty("crops").GetArrayLength(), Is.EqualTo(10));
        Assert.That(report.GetProperty("class_name").GetString(), Is.EqualTo("orange"));
        Assert.That(Npy.Read(Folder.File("orange.gradient.npy")).Lengths.ToArray(), Is.EqualTo(new nint[] { 1, 3, 73, 73 }));
        Assert.That(ImageFile.Read(Folder.File("orange.guided.png")).Width, Is.EqualTo(ImageFile.Read(Orange).Width));
    }

    [Test]
    public void Filters_and_activations_become_sheets()
    {
        NetvizProcess filters = NetvizProcess.Run("filters", "--output", Folder.Path);
        Assert.That(filters.ExitCode, Is.Zero, filters.Error);
        Assert.That(filters.Out, Does.Contain("conv1_1").And.Contain("all 32 filters of 3x3").And.Contain("colours"));
        Assert.That(Report("filters.conv1_1.json").GetProperty("filters").GetArrayLength(), Is.EqualTo(32));

        NetvizProcess activations = NetvizProcess.Run("activations", Orange, "--layer", "relu3_2", "--unit", "5,7,7", "--channel",
            "5", "--channel", "36", "--output", Folder.Path);
        Assert.That(activations.ExitCode, Is.Zero, activations.Error);
        // 3, 4 (pool, steps of 2), 8, 12, 14 (steps of 4), 22, 30.
        Assert.That(activations.Out, Does.Contain("30x30 input pixels, columns 15 to 44, rows 15 to 44"));
        JsonElement report = Report("orange.activations.relu3_2.json");
        Assert.That(report.GetProperty("maps").EnumerateArray().Select(map => map.GetProperty("channel").GetInt32()),
            Is.EqualTo(new[] { 5, 36 }));
        Assert.That(report.GetProperty("units")[0].GetProperty("field").GetProperty("pixels").GetInt32(), Is.EqualTo(900));
        Assert.That(Folder.File("orange.activations.relu3_2.png"), Does.Exist);
    }

    [Test]
    public void Reconstruct_shows_the_strongest_of_one_picture_and_the_chosen_unit()
    {
        NetvizProcess run = NetvizProcess.Run("reconstruct", Orange, "--layer", "relu2_2", "--top", "2", "--output",
            Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement[] units = [.. Report("orange.reconstruct.relu2_2.json").GetProperty("layers")[0].GetProperty("units")
            .EnumerateArray()];
        Assert.That(units, Has.Length.EqualTo(2));
        Assert.That(units[0].GetProperty("activation").GetDouble(),
            Is.GreaterThanOrEqualTo(units[1].GetProperty("activation").GetDouble()));
        NetvizProcess one = NetvizProcess.Run("reconstruct", Orange, "--layer", "relu2_2", "--neuron", "3,10,12", "--rule",
            "deconvnet,fully-connected=gradient", "--json", "--output", Folder.Path);
        Assert.That(one.ExitCode, Is.Zero, one.Error);
        JsonElement unit = one.Json.GetProperty("layers")[0].GetProperty("units")[0];
        Assert.That((unit.GetProperty("map").GetInt32(), unit.GetProperty("y").GetInt32(), unit.GetProperty("x").GetInt32()),
            Is.EqualTo((3, 10, 12)));
    }

    [Test]
    public void Reconstruct_over_pictures_finds_what_activations_show()
    {
        string data = Folder.File("data");
        Directory.CreateDirectory(data);
        File.Copy(Orange, Path.Combine(data, "orange.png"));
        ImageFile.WritePng(Pictures.Gradient(80, 60), Path.Combine(data, "gradient.png"));
        NetvizProcess run = NetvizProcess.Run("reconstruct", "--data", data, "--layer", "relu2_2", "--layer", "relu3_2",
            "--maps", "3",
            "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement[] layers = [.. Report("top.json").GetProperty("layers").EnumerateArray()];
        Assert.That(layers.Select(layer => layer.GetProperty("sheets")[0].GetString()),
            Is.EqualTo(new[] { "top.relu2_2.deconvnet.png", "top.relu3_2.deconvnet.png" }));
        NetvizProcess.Run("activations", Path.Combine(data, "orange.png"), "--layer", "relu3_2", "--quiet", "--output",
            Folder.Path);
        JsonElement maps = Report("orange.activations.relu3_2.json").GetProperty("maps");
        foreach (JsonElement unit in layers[1].GetProperty("units").EnumerateArray()
            .Where(unit => unit.GetProperty("picture").GetString() == "orange.png"))
        {
            JsonElement map = maps.EnumerateArray().Single(map => map.GetProperty("channel").GetInt32() == unit.GetProperty("map").GetInt32());
            Assert.That((unit.GetProperty("y").GetInt32(), unit.GetProperty("x").GetInt32()),
                Is.EqualTo((map.GetProperty("y").GetInt32(), map.GetProperty("x").GetInt32())));
            Assert.That(unit.GetProperty("activation").GetDouble(),
                Is.EqualTo(map.GetProperty("largest").GetDouble()).Within(1e-4));
        }
    }

    [Test]
    public void SqueezeNet_shows_units_behind_its_branches()
    {
        string model = SharedData.PathOf("models", "squeezenet1.0.onnx");
        NetvizProcess info = NetvizProcess.Run("info", "--model", model, "--json");
        string layer = info.Json.GetProperty("layers").EnumerateArray()
            .First(l => l.GetProperty("operator").GetString() == "Concat").GetProperty("name").GetString()!;
        NetvizProcess run = NetvizProcess.Run("reconstruct", SharedData.PathOf("photos", "chelsea.png"), "--model", model,
            "--layer",
            layer, "--top", "2", "--rule", "deconvnet", "--json", "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.GetProperty("layers")[0].GetProperty("units").GetArrayLength(), Is.EqualTo(2));
    }

    [TestCase("--crops 5; 1 and 10 are supported", "saliency", "--crops", "5")]
    [TestCase("--map 'saliency' is unknown", "saliency", "--map", "saliency")]
    [TestCase("--square '0,4'; two whole numbers", "saliency", "--map", "occlusion", "--square", "0,4")]
    [TestCase("--rule does not go with the map 'occlusion'", "saliency", "--map", "occlusion", "--rule", "guided")]
    [TestCase("--layer goes with the map 'signal'", "saliency", "--map", "smoothgrad", "--at", "relu1_1")]
    [TestCase("--crops 10 and --ledger do not go together", "saliency", "--crops", "10", "--ledger")]
    [TestCase("--crops-from 60; the input is 64x64", "saliency", "--crops", "10", "--crops-from", "60")]
    [TestCase("'relu1_1' is no convolution", "filters", "--layer", "relu1_1")]
    [TestCase("layer 'conv1_1' has no filter 32", "filters", "--channel", "32")]
    [TestCase("layer 'relu3_2' has no unit 5,16,0", "activations", "--layer", "relu3_2", "--unit", "5,16,0")]
    [TestCase("layer 'relu6' has the output shape", "activations", "--layer", "relu6")]
    [TestCase("--neuron names a unit of one picture", "reconstruct", "--data", ".", "--neuron", "1,1,1")]
    [TestCase("--top 0; 1 to 100 is supported", "reconstruct", "--top", "0")]
    [NonParallelizable]
    public void What_makes_no_sense_is_refused_in_one_line(string expected, string command, params string[] options)
    {
        // Where the command takes a picture, one that need not be drawn.
        string[] picture = command is "saliency" or "activations" ? [Orange] : [];
        NetvizProcess run = NetvizProcess.Run([command, .. picture, .. options, "--output", Folder.File("none")]);
        Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
        Assert.That(run.Error.TrimEnd(), Does.StartWith($"netviz: {expected}").And.Not.Contain("\n"));
        Assert.That(Folder.File("none"), Does.Not.Exist);
    }

    private JsonElement Report(string name) => JsonDocument.Parse(File.ReadAllBytes(Folder.File(name))).RootElement;
}
