using System.Text.Json;
using NetViz.Kernels.Gpu;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz devices</c>, and <c>--device</c> from the outside.</summary>
public sealed class DevicesCommandTests : InTemporaryFolder
{
    private static readonly string Model = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    private static readonly string Input = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.input.npy");

    /// <summary>No driver of OpenCL, and no card that CUDA shows, whatever the machine has.</summary>
    private static readonly Dictionary<string, string> NoDrivers = new()
    {
        ["OCL_ICD_VENDORS"] = "/nonexistent", ["CUDA_VISIBLE_DEVICES"] = "",
    };

    [Test]
    public void The_list_says_what_auto_takes_and_why_it_leaves_the_others()
    {
        NetvizProcess run = NetvizProcess.RunApart("devices", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement[] devices = [.. run.Json.GetProperty("devices").EnumerateArray()];
        string[] ids = [.. devices.Select(device => device.GetProperty("id").GetString()!)];
        Assert.That(ids, Is.SupersetOf(new[] { "cpu", "ilgpu-cpu" }).And.Unique);
        Assert.That(devices.Single(device => device.GetProperty("is_auto").GetBoolean()).GetProperty("id").GetString(),
            Is.EqualTo(run.Json.GetProperty("auto").GetString()));
        Assert.That(devices[Array.IndexOf(ids, "cpu")].GetProperty("threads").GetInt32(), Is.Positive);
        foreach (JsonElement device in devices) Assert.That(device.GetProperty("memory_bytes").GetInt64(), Is.Positive);
        foreach (string platform in (string[])["cuda", "opencl"])
        {
            bool isMissing = run.Json.GetProperty("missing").EnumerateArray()
                .Any(missing => missing.GetProperty("platform").GetString() == platform);
            Assert.That(isMissing, Is.EqualTo(!ids.Any(id => id.StartsWith(platform, StringComparison.Ordinal))), platform);
        }
    }

    [Test]
    public void Without_drivers_the_list_says_what_to_install_and_auto_is_the_processor()
    {
        NetvizProcess run = NetvizProcess.RunApart(NoDrivers, "devices");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Error, Is.Empty);
            Assert.That(run.Out, Does.Match(@"(?m)^ +cpu .* taken *$"));
            Assert.That(run.Out, Does.Match(@"(?m)^no cuda device: .+ \(.+\)$").And.Match(@"(?m)^no opencl device: .+ \(.+\)$"));
        }
    }

    [TestCase("TERM", "xterm-256color")]
    [TestCase("COLORTERM", "truecolor")]
    [TestCase("GITHUB_ACTIONS", "true")]
    public void A_table_written_to_a_pipe_holds_no_control_sequence(string variable, string value)
    {
        NetvizProcess run = NetvizProcess.RunApart(new Dictionary<string, string> { [variable] = value }, "devices");
        Assert.That(run.Out, Does.Contain("cpu").And.Not.Contain("\u001b["));
    }

    [TestCase("cuda", "no CUDA device: ")]
    [TestCase("opencl", "no OpenCL device: ")]
    [TestCase("opencl:3", "no OpenCL device: ")]
    public void A_device_without_a_driver_is_one_line_and_exit_code_2(string device, string message)
    {
        NetvizProcess run = NetvizProcess.RunApart(NoDrivers, "classify", Input, "--model", Model, "--device", device);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Match($@"^netviz: {message}.+ \(.*--device cpu.*\)\s*$"));
    }

    /// <summary>A library that calls itself the driver and is none.</summary>
    [Test]
    public void A_broken_driver_does_not_stop_auto()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("the driver's file is libcuda.so.1 on Linux only");
        File.WriteAllText(Folder.File("libcuda.so.1"), "no library");
        var environment = new Dictionary<string, string>(NoDrivers) { ["LD_LIBRARY_PATH"] = Folder.Path };
        NetvizProcess run = NetvizProcess.RunApart(environment, "classify", Input, "--model", Model, "--device", "auto", "--quiet");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }

    [Test]
    public void On_OpenCL_the_times_leave_compilation_out_and_tell_it()
    {
        GpuBackEnd.Require(GpuPlatform.OpenCL);
        NetvizProcess run = NetvizProcess.RunApart("saliency", Input, "--model", Model, "--device", "opencl", "--class", "3", "--json",
            "--output", Folder.Path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Is.Empty, "PoCL's compiler counts no warnings there");
        JsonElement report = run.Json[0], times = report.GetProperty("times_ms");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.GetProperty("device").GetString(), Is.EqualTo("opencl"));
            Assert.That(times.GetProperty("compilation").GetProperty("kernels").GetInt32(), Is.Positive);
            Assert.That(times.GetProperty("compilation").GetProperty("milliseconds").GetDouble(), Is.Positive);
            Assert.That(times.GetProperty("forward").GetDouble(), Is.Positive);
        }

        NetvizProcess info = NetvizProcess.RunApart("info", "--model", Model, "--device", "opencl", "--json");
        Assert.That(info.ExitCode, Is.Zero, info.Error);
        Assert.That(info.Json.GetProperty("memory").GetProperty("device_bytes").GetInt64(), Is.Positive);
    }
}
