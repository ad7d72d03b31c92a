using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>The command line end to end, on a network of the fixtures and a picture of the documentation.</summary>
public class CommandLineTests : InTemporaryFolder
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    private static readonly string VggInput = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.input.npy");
    private static readonly string Orange = RepositoryRoot.File("docs", "images", "orange.png");
    [Test]
    public void SaliencyOfAPictureWritesAllItsFiles()
    {
        NetvizProcess run = Saliency(Orange);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Error, Is.Empty);
            Assert.That(Written(), Is.EquivalentTo((string[])
            [
                "orange.json", "orange.sheet.png",
                "orange.gradient.png", "orange.gradient.overlay.png", "orange.gradient.npy",
                "orange.deconvnet.png", "orange.deconvnet.overlay.png", "orange.deconvnet.npy",
                "orange.guided.png", "orange.guided.overlay.png", "orange.guided.npy",
            ]));
        }

        Photo photo = ImageFile.Read(Orange), map = ImageFile.Read(Out("orange.gradient.png"));
        Tensor<float> signal = Npy.Read(Out("orange.gradient.npy"));
        JsonElement json = JsonDocument.Parse(File.ReadAllBytes(Out("orange.json"))).RootElement;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((map.Width, map.Height), Is.EqualTo((photo.Width, photo.Height)));
            Assert.That(signal.Lengths.ToArray(), Is.EqualTo((nint[])[1, 3, 32, 32]));
            Assert.That(json.GetProperty("class_index").GetInt32(), Is.InRange(0, 9));
            Assert.That(json.GetProperty("class_name").GetString(), Is.Not.Empty);
            Assert.That(json.GetProperty("score").GetDouble(), Is.Not.NaN);
            Assert.That(json.GetProperty("reduction").GetString(), Is.EqualTo("max"));
            Assert.That(json.GetProperty("model_sha256").GetString(), Has.Length.EqualTo(64));
            Assert.That(json.GetProperty("preprocessing").GetString(), Does.StartWith("unit"));
            Assert.That(json.GetProperty("crop").GetProperty("photo_width").GetInt32(), Is.EqualTo(photo.Width));
            Assert.That(json.GetProperty("device").GetString(), Is.EqualTo("cpu"));
            Assert.That(json.GetProperty("version").GetString(), Does.Match(@"^\d+\.\d+\.\d+$"));
            Assert.That(json.GetProperty("times_ms").GetProperty("backward").GetProperty("guided").GetDouble(), Is.Positive);
        }
    }

    [TestCase("reference")]
    [TestCase("cpu")]
    public void SaliencyOfAnArrayIsTheFixturesSignal(string device)
    {
        // Class 3 for both images gives the fixture's first image; the second one was seeded with class 5.
        NetvizProcess run = Saliency(VggInput, "--class", "3", "--device", device);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Written(), Is.EquivalentTo((string[])["small_vgg.input.json", "small_vgg.input.gradient.npy",
            "small_vgg.input.deconvnet.npy", "small_vgg.input.guided.npy"]));
        foreach (string rule in (string[])["gradient", "deconvnet", "guided"])
        {
            double[] expected = [.. Npy.ReadDouble(RepositoryRoot.File("Tests", "Fixtures", $"small_vgg.class.{rule}.npy"))];
            float[] actual = [.. Npy.Read(Out($"small_vgg.input.{rule}.npy"))];
            double difference = 0, norm = 0;
            for (int i = 0; i < expected.Length / 2; i++)
            {
                difference += Math.Pow(actual[i] - expected[i], 2);
                norm += expected[i] * expected[i];
            }

            Assert.That(Math.Sqrt(difference / norm), Is.InRange(0.0, 1e-5), rule);
        }

        JsonElement json = JsonDocument.Parse(File.ReadAllBytes(Out("small_vgg.input.json"))).RootElement;
        Assert.That(json.GetProperty("images").GetArrayLength(), Is.EqualTo(2));
        Assert.That(json.GetProperty("images")[1].GetProperty("classes")[0].GetProperty("class_index").GetInt32(), Is.EqualTo(3));
    }

    [Test]
    public void SeveralClassesStandInTheFileNames()
    {
        NetvizProcess run = Saliency(Orange, "--class", "3", "--class", "5", "--rule", "guided");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Written(), Does.Contain("orange.3.guided.png")
            .And.Contain("orange.5.guided.overlay.png").And.Contain("orange.5.guided.npy").And.Contain("orange.json"));
        JsonElement classes = JsonDocument.Parse(File.ReadAllBytes(Out("orange.json"))).RootElement.GetProperty("images")[0]
            .GetProperty("classes");
        Assert.That(classes.EnumerateArray().Select(c => c.GetProperty("class_index").GetInt32()), Is.EqualTo((int[])[3, 5]));
    }

    [Test]
    public void TwoInputsOfOneNameGetANumberEach()
    {
        Directory.CreateDirectory(Folder.File("a"));
        File.Copy(Orange, Folder.File("a", "orange.png"));
        NetvizProcess run = NetvizProcess.Run("saliency", Orange, Folder.File("a"), "--rule", "gradient", "--model", Vgg,
            "--preprocess", "unit", "--output", Out(""));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Written(), Does.Contain("orange-1.json").And.Contain("orange-2.json").And.Not.Contain("orange.json"));
    }

    [Test]
    public void ClassesAreFoundByNameAndByTop()
    {
        string labels = Folder.Write("labels.txt", "zero\none\ntwo\nthe third\nfour\nfive\nsix\nseven\neight\nnine\n");
        NetvizProcess named = Saliency(Orange, "--labels", labels, "--class", "the third", "--rule", "gradient", "--json");
        NetvizProcess top = Saliency(Orange, "--labels", labels, "--class", "top", "--rule", "gradient", "--json");
        NetvizProcess ranked = NetvizProcess.Run("classify", Orange, "--model", Vgg, "--preprocess", "unit", "--labels", labels,
            "--json", "--top", "2");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(named.Json[0].GetProperty("class_index").GetInt32(), Is.EqualTo(3));
            Assert.That(named.Json[0].GetProperty("class_name").GetString(), Is.EqualTo("the third"));
            JsonElement best = ranked.Json[0].GetProperty("top");
            Assert.That(best.GetArrayLength(), Is.EqualTo(2));
            Assert.That(top.Json[0].GetProperty("class_index").GetInt32(), Is.EqualTo(best[0].GetProperty("index").GetInt32()));
            Assert.That(best[0].GetProperty("score").GetDouble(),
                Is.GreaterThanOrEqualTo(best[1].GetProperty("score").GetDouble()));
            Assert.That(best[0].GetProperty("probability").GetDouble(), Is.InRange(0, 1));
            Assert.That(best[0].GetProperty("name").GetString(), Is.Not.Empty);
        }
    }

    [Test]
    public void AtALayerTheSignalHasTheLayersShape()
    {
        NetvizProcess info = NetvizProcess.Run("info", "--model", Vgg, "--json");
        JsonElement layer = info.Json.GetProperty("layers").EnumerateArray()
            .First(l => l.GetProperty("operator").GetString() == "MaxPool");
        NetvizProcess run = Saliency(Orange, "--at", layer.GetProperty("name").GetString()!, "--rule", "gradient");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Tensor<float> signal = Npy.Read(Out("orange.gradient.npy"));
        Assert.That(signal.Lengths.ToArray().Select(length => (int)length),
            Is.EqualTo(layer.GetProperty("output").EnumerateArray().Select(e => e.GetInt32())));
        Assert.That(Written(), Does.Contain("orange.gradient.overlay.png"));
    }

    [Test]
    public void InfoListsLayersMemoryAndDigest()
    {
        NetvizProcess info = NetvizProcess.Run("info", "--model", Vgg, "--json");
        JsonElement json = info.Json;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(info.ExitCode, Is.Zero, info.Error);
            Assert.That(json.GetProperty("parameters").GetInt64(), Is.EqualTo(92614));
            Assert.That(json.GetProperty("sha256").GetString(),
                Is.EqualTo("c07de535a2d5913919ecaeb986788ed346537e9a46880047b3e001fe87c7ac7b"));
            Assert.That(json.GetProperty("classes").GetInt32(), Is.EqualTo(10));
            Assert.That(json.GetProperty("memory").GetProperty("activation_bytes").GetInt64(), Is.Positive);
            Assert.That(NetvizProcess.Run("info", "--model", Vgg).Out,
                Does.Contain("/features/features.0/Conv").And.Contain("SHA-256"));
        }
    }

    [Test]
    public void BenchReportsMedianSpreadAndPeak()
    {
        NetvizProcess bench = NetvizProcess.Run("bench", "--model", Vgg, "--batch", "2", "--threads", "1", "--json");
        Assert.That(bench.ExitCode, Is.Zero, bench.Error);
        JsonElement json = bench.Json;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("model").GetString(), Is.EqualTo(Vgg));
            Assert.That(json.GetProperty("device").GetString(), Is.EqualTo("cpu"));
            Assert.That(json.GetProperty("batch").GetInt32(), Is.EqualTo(2));
            Assert.That(json.GetProperty("threads").GetInt32(), Is.EqualTo(1));
            Assert.That(json.GetProperty("peak_gflops").GetDouble(), Is.Positive);
            foreach (string job in (string[])["load_ms", "forward_ms", "backward_ms", "total_ms"])
            {
                JsonElement spread = json.GetProperty(job);
                Assert.That(spread.GetProperty("median").GetDouble(),
                    Is.InRange(spread.GetProperty("min").GetDouble(), spread.GetProperty("max").GetDouble()), job);
            }

            Assert.That(json.GetProperty("layers").GetArrayLength(), Is.GreaterThan(10));
        }
    }

    [Test]
    public void TheSameCallGivesTheSameBytesForAnyNumberOfThreads()
    {
        Assert.That(Saliency(Orange, "--threads", "1").ExitCode, Is.Zero);
        Dictionary<string, byte[]> first = Written().Where(name => !name.EndsWith(".json", StringComparison.Ordinal))
            .ToDictionary(name => name, name => File.ReadAllBytes(Out(name)));
        Assert.That(Saliency(Orange, "--threads", "3").ExitCode, Is.Zero);
        foreach ((string name, byte[] bytes) in first) Assert.That(File.ReadAllBytes(Out(name)), Is.EqualTo(bytes), name);
    }

    [Test]
    public void QuietPrintsNothing()
    {
        NetvizProcess run = Saliency(Orange, "--rule", "gradient", "--quiet");
        Assert.That((run.ExitCode, run.Out, run.Error), Is.EqualTo((0, "", "")));
    }

    [TestCase("--help")]
    [TestCase("saliency", "--help")]
    [TestCase("--version")]
    public void HelpAndVersionSucceed(params string[] arguments)
    {
        NetvizProcess run = NetvizProcess.Run(arguments);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(run.Out.Trim(), Is.Not.Empty);
    }

    [TestCase("no such model", "nowhere.onnx", "classify", "IMAGE", "--model", "nowhere.onnx", "--preprocess", "unit")]
    [TestCase("no such image", "nowhere.png", "classify", "nowhere.png", "--model", "MODEL", "--preprocess", "unit")]
    [TestCase("no preprocessing known", "--preprocess", "classify", "IMAGE", "--model", "MODEL")]
    [TestCase("unknown preset", "torchvision", "classify", "IMAGE", "--model", "MODEL", "--preprocess", "keras")]
    [TestCase("unknown class", "class", "saliency", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--class", "zebra")]
    [TestCase("class out of range", "10", "saliency", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--class", "10")]
    [TestCase("unknown rule",
        "gradient, deconvnet, guided", "saliency", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--rule", "lrp")]
    [TestCase("unknown reduction",
        "max, sum, mean, signed", "saliency", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--reduce", "median")]
    [TestCase("unknown algorithm",
        "auto, winograd, direct", "classify", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--algorithm", "fft")]
    [TestCase("unknown layer", "conv9_9", "saliency", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--at", "conv9_9")]
    [TestCase("layer without rows and columns",
        "rows and columns", "saliency", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--at",
        "/classifier/classifier.3/Gemm")]
    [TestCase("unknown device",
        "auto, cpu, cuda[:n]", "classify", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--device", "abacus")]
    [TestCase("no such GPU", "device", "classify", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--device", "cuda:99")]
    [TestCase("negative threads", "threads", "classify", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--threads", "-1")]
    [TestCase("output is a file",
        "is a file", "saliency", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--output", "MODEL")]
    [TestCase("unknown option", "--colour", "classify", "IMAGE", "--model", "MODEL", "--colour", "red")]
    [TestCase("unknown command", "paint", "paint")]
    [TestCase("empty batch", "--batch", "bench", "--model", "MODEL", "--batch", "0")]
    [TestCase("wrong size for the network",
        "Gemm", "classify", "IMAGE", "--model", "MODEL", "--preprocess", "unit", "--size", "64")]
    public void WhatTheUserCanMendIsOneLineAndExitCode2(string what, string mentions, params string[] arguments)
    {
        string[] given = [.. arguments.Select(a => a == "IMAGE" ? Orange : a == "MODEL" ? Vgg : a)];
        if (arguments[0] == "saliency" && !arguments.Contains("--output")) given = [.. given, "--output", Out("")];
        RequireOneLine(NetvizProcess.Run(given), mentions, what);
        Assert.That(Written().Where(name => !name.EndsWith(".json", StringComparison.Ordinal)), Is.Empty,
            "nothing half-written stays behind");
    }

    [Test]
    public void BadFilesAreRefusedInOneLine()
    {
        byte[] model = File.ReadAllBytes(Vgg), picture = File.ReadAllBytes(Orange);
        string text = Folder.Write("text.onnx", "This is no network.\n"), empty = Folder.Write("empty.onnx", "");
        string cut = Folder.Write("cut.onnx", model.AsSpan(0, model.Length * 2 / 3)),
            nan = Folder.Write("nan.onnx", WithNaN(model));
        RequireOneLine(NetvizProcess.Run("info", "--model", text), "text.onnx", "text");
        RequireOneLine(NetvizProcess.Run("info", "--model", empty), "empty.onnx", "empty");
        RequireOneLine(NetvizProcess.Run("info", "--model", cut), "cut.onnx", "truncated");
        RequireOneLine(NetvizProcess.Run("info", "--model", nan), "NaN", "NaN in a weight");
        RequireOneLine(NetvizProcess.Run("info", "--model", Folder.Path), "", "a folder as a model");

        string zero = Folder.Write("zero.png", ""), half = Folder.Write("half.png", picture.AsSpan(0, picture.Length / 2)),
            other = Folder.Write("other.jpg", "no picture");
        foreach (string bad in (string[])[zero, half, other])
            RequireOneLine(NetvizProcess.Run("saliency", bad, "--model", Vgg, "--preprocess", "unit", "--output", Out("")),
                Path.GetFileName(bad), bad);

        string array = Folder.Write("bad.npy", File.ReadAllBytes(VggInput).AsSpan(0, 4000));
        RequireOneLine(NetvizProcess.Run("saliency", array, "--model", Vgg, "--output", Out("")), "bad.npy", "a truncated array");
        Npy.Write(Folder.File("flat.npy"), Tensor.Create(new float[12], [1, 12]));
        RequireOneLine(NetvizProcess.Run("saliency", Folder.File("flat.npy"), "--model", Vgg, "--output", Out("")), "[1, 12]",
            "an array of another shape");
        Assert.That(Written(), Is.Empty, "nothing half-written stays behind");
    }

    /// <summary>
    /// Puts NaN into the weights, which fill the file's middle. A weight may begin at any byte there; of four places of
    /// different remainders one is a whole weight.
    /// </summary>
    private static byte[] WithNaN(byte[] model)
    {
        byte[] copy = [.. model];
        for (int remainder = 0; remainder < 4; remainder++)
            BitConverter.TryWriteBytes(copy.AsSpan(copy.Length / 2 + remainder * 9), float.NaN);
        return copy;
    }

    private static void RequireOneLine(NetvizProcess run, string mentions, string what)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(2), $"{what}: {run.Error}");
            Assert.That(run.Out, Is.Empty, what);
            Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1), what);
            Assert.That(run.Error, Does.StartWith("netviz: ").And.Contain(mentions).And.Not.Contain("   at "), what);
        }
    }

    private NetvizProcess Saliency(string input, params string[] more) =>
        NetvizProcess.Run(["saliency", input, "--model", Vgg, "--preprocess", "unit", "--output", Out(""), .. more]);

    private string Out(string name) => Path.Combine(Folder.Path, "out", name);

    private string[] Written() => Directory.Exists(Out(""))
        ? [.. Directory.GetFiles(Out("")).Select(path => Path.GetFileName(path))] : [];
}
