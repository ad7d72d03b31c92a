using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Cuda;

/// <summary>
/// CUDA without a card: processes that find the emulated driver (Tests/CudaEmulator) as their libcuda run ILGPU's CUDA host code
/// and the PTX that it makes of the kernels, tensor cores among it.
/// </summary>
[Platform("Linux")]
public class CudaEmulationTests
{
    private static readonly string Folder = RepositoryRoot.File("Tests", "CudaEmulator", "bin", "native");

    /// <summary>
    /// What takes long where a thread is a turn of a loop: a peak's measurement, SqueezeNet, AlexNet, 64 x 64 channels, windows
    /// of 300 x 300, functions of 43 x 47, long sums; what goes through all back-ends, of which this is one; transposes and slow forms, which PoCL has
    /// tested.
    /// </summary>
    private static readonly string[] Slow =
    [
        "have_a_speed", "squeezenet", "large_windows", "64x64", "32x32", "share_a_back_end", "Random_convolutions",
        "43", "No_bit_and_no", "600x6", "25088", "transpose", "naive", "tiled", "alexnet",
    ];

    [OneTimeSetUp]
    public void The_driver_is_built()
    {
        if (!File.Exists(Path.Combine(Folder, "libcuda.so.1")))
            Assert.Ignore("the emulated CUDA driver is not built; tools/cuda-emulator.sh builds it (it needs gcc)");
    }

    [TestCase("Kernels", 400)]
    [TestCase("Engine", 60)]
    [TestCase("Analysis", 1)]
    [TestCase("Training", 1)]
    [TestCase("Networks", 1)]
    public void Operations_rules_and_networks_hold_on_PTX(string project, int least)
    {
        TestProcess run = TestProcess.Run(project, "TestCategory=Gpu&TestCategory!=opencl"
            + string.Concat(Slow.Select(name => $"&FullyQualifiedName!~{name}")), ("LD_LIBRARY_PATH", Folder));
        Assert.That(run.ExitCode, Is.Zero, run.Told);
        Assert.That(run.CountOf("failed"), Is.Zero, run.Told);
        Assert.That(run.CountOf("skipped"), Is.Zero, run.Told);
        Assert.That(run.CountOf("succeeded"), Is.AtLeast(least), run.Told);
        TestContext.Out.WriteLine($"{run.CountOf("succeeded")} tests on emulated CUDA");
    }

    [Test]
    public void Auto_takes_the_card_and_finds_what_the_processor_finds()
    {
        JsonElement devices = Netviz([], "devices", "--json").Json;
        Assert.That(devices.GetProperty("auto").GetString(), Is.EqualTo("cuda:0"));
        string[] classify = ["classify", "sample:orange", "--json", "--device"];
        JsonElement there = Netviz([], [.. classify, "auto"]).Json, here = Netviz([], [.. classify, "cpu"]).Json;
        Assert.That(ScoreOf(there), Is.EqualTo(ScoreOf(here)).Within(1e-5).And.GreaterThan(1));
    }

    [Test]
    public void Auto_falls_back_to_the_processor_where_the_card_cannot_be_opened()
    {
        NetvizProcess run = Netviz([("NETVIZ_CUDA_FAIL", "cuCtxCreate_v2:999")], "classify", "sample:orange", "--device", "auto");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("cuda:0 could not be used, the processor computes"));
        Assert.That(run.Out, Does.Contain("orange"));
    }

    [Test]
    public void A_card_that_was_named_and_cannot_be_opened_is_an_error()
    {
        NetvizProcess run = Netviz([("NETVIZ_CUDA_FAIL", "cuCtxCreate_v2:999")], "classify", "sample:orange", "--device", "cuda");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.StartWith("netviz: ").And.Contain("could not be opened").And.Not.Contain("   at "));
    }

    [Test]
    public void A_batch_that_does_not_fit_is_refused_with_the_one_that_would()
    {
        using var folder = new TemporaryFolder();
        Npy.Write(folder.File("many.npy"), Tensor.Create<float>(new float[500 * 3 * 64 * 64], [500, 3, 64, 64]));
        NetvizProcess run = Netviz([("NETVIZ_CUDA_MEMORY", "150000000")],
            "classify", folder.File("many.npy"), "--device", "cuda");
        Assert.That(run.ExitCode, Is.EqualTo(2), run.Out);
        Assert.That(run.Error, Does.Match(@"a batch of \d+ would fit"));
    }

    [Test]
    public void A_driver_that_is_too_old_is_told_of()
    {
        NetvizProcess run = Netviz([("NETVIZ_CUDA_VERSION", "8.0")], "devices");
        Assert.That(run.Out, Does.Contain("cuda:0 cannot be used: its driver knows CUDA 8.0"));
        Assert.That(run.Out, Does.Match(@"\bcpu\b.*taken"));
    }

    private static double ScoreOf(JsonElement run) =>
        run.EnumerateArray().First().GetProperty("top").EnumerateArray().First().GetProperty("score").GetDouble();

    private static NetvizProcess Netviz((string Name, string Value)[] environment, params string[] arguments) =>
        NetvizProcess.RunApart(new Dictionary<string, string>(environment.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)))
        {
            ["LD_LIBRARY_PATH"] = Folder,
        }, arguments);
}
