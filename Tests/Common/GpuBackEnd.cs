using NetViz.Engine.Execution;
using NetViz.Kernels.Gpu;
using NUnit.Framework;
using NUnit.Framework.Interfaces;

namespace NetViz.Tests.Common;

/// <summary>
/// A GPU under test. Tests take turns with a context, whose kernels are compiled once for all of them; one that runs beside
/// another gets a context of its own, since a kernel takes its arguments one launch at a time. A kernel that does not compile
/// spoils its context for all others; the next test gets a fresh one.
/// </summary>
internal static class GpuBackEnd
{
    private static readonly List<Opened> Devices = [];

    private static readonly Lock Taking = new();

    private static readonly Lazy<bool> HasOpenCL = new(() => IsUsable(GpuPlatform.OpenCL));

    /// <summary>
    /// The platforms under test on this machine: CUDA where there is a card, and OpenCL; without either, OpenCL's tests are
    /// skipped and say so.
    /// </summary>
    public static IReadOnlyList<GpuPlatform> Platforms { get; } = (HasCuda, HasOpenCL.Value) switch
    {
        (true, true) => [GpuPlatform.OpenCL, GpuPlatform.Cuda],
        (true, false) => [GpuPlatform.Cuda],
        _ => [GpuPlatform.OpenCL],
    };

    private static bool HasCuda => IsUsable(GpuPlatform.Cuda);

    /// <summary>The device for the engine's tests: the same as <see cref="Create"/>.</summary>
    public static Device DeviceOf(GpuPlatform platform) => Device.Custom(GpuDevices.NameOf(platform), () => Create(platform));

    /// <summary>
    /// Whether a device of that name is not there: for tests that go through several at once, and need not be skipped.
    /// </summary>
    public static bool IsMissing(string device) => device == GpuDevices.NameOf(GpuPlatform.OpenCL) && !HasOpenCL.Value;

    /// <summary>Starts a back-end for the running test; skips the test where there is no such device.</summary>
    /// <param name="platform">The platform.</param>
    /// <param name="options">How it computes; null for the default.</param>
    public static GpuKernels Create(GpuPlatform platform, GpuOptions? options = null)
    {
        Require(platform);
        lock (Taking)
        {
            string test = TestContext.CurrentContext.Test.ID;
            Opened[] fit = [.. Devices.Where(device => device.Gpu.Platform == platform && !device.Gpu.IsSpoilt)];
            Opened? taken = fit.FirstOrDefault(device => device.Test == test)
                ?? fit.FirstOrDefault(device => device.Test is null);
            if (taken is null) Devices.Add(taken = new Opened(GpuDevices.Open(platform)));
            taken.Test = test;
            return new GpuKernels(taken.Gpu, options, ownsAccelerator: false);
        }
    }

    /// <summary>A test has ended: others may take what it had.</summary>
    public static void Free(string test)
    {
        lock (Taking)
        {
            foreach (Opened device in Devices)
            {
                if (device.Test == test) device.Test = null;
            }
        }
    }

    /// <summary>Skips the running test where there is no such device.</summary>
    public static void Require(GpuPlatform platform)
    {
        if (platform == GpuPlatform.OpenCL && !HasOpenCL.Value)
            Assert.Ignore("no OpenCL device; on Debian, pocl-opencl-icd and ocl-icd-libopencl1 bring one");
    }

    /// <summary>Closes all.</summary>
    public static void Close()
    {
        foreach (Opened device in Devices) device.Gpu.Dispose();
        Devices.Clear();
    }

    private static bool IsUsable(GpuPlatform platform) => GpuDevices.List(platform).Any(device => device.Refusal is null);

    /// <summary>A device, and which test has it; null for none.</summary>
    private sealed class Opened(GpuAccelerator gpu)
    {
        public GpuAccelerator Gpu { get; } = gpu;

        public string? Test { get; set; }
    }
}

/// <summary>Frees devices after each test and closes them after the last one.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class ClosesGpusAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Suite | ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
    }

    public void AfterTest(ITest test)
    {
        GpuBackEnd.Free(test.Id);
        if (test.TestType == "Assembly") GpuBackEnd.Close();
    }
}
