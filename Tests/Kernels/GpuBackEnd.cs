using System.Collections.Concurrent;
using NetViz.Engine;
using NetViz.Kernels.Gpu;
using NUnit.Framework;
using NUnit.Framework.Interfaces;

[assembly: NetViz.Tests.Kernels.ClosesGpus]

namespace NetViz.Tests.Kernels;

/// <summary>
/// A GPU under test. Each thread of tests has a context of its own, whose kernels are compiled once for all of its fixtures: a
/// kernel takes its arguments one launch at a time, so that no two threads may share one. A kernel that does not compile spoils
/// its context for all others; the next test gets a fresh one.
/// </summary>
internal static class GpuBackEnd
{
    private static readonly ConcurrentDictionary<(GpuPlatform, string Worker), GpuAccelerator> Opened = new();

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
        (GpuPlatform, string) key = (platform, TestContext.CurrentContext.WorkerId ?? "");
        GpuAccelerator gpu = Opened.GetOrAdd(key, _ => GpuDevices.Open(platform));
        if (gpu.IsSpoilt) gpu = Opened[key] = GpuDevices.Open(platform);
        return new GpuKernels(gpu, options, ownsAccelerator: false);
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
        foreach (GpuAccelerator gpu in Opened.Values) gpu.Dispose();
        Opened.Clear();
    }

    private static bool IsUsable(GpuPlatform platform) => GpuDevices.List(platform).Any(device => device.Refusal is null);
}

/// <summary>Closes the devices after the last test.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class ClosesGpusAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Suite;

    public void BeforeTest(ITest test)
    {
    }

    public void AfterTest(ITest test)
    {
        if (test.TestType == "Assembly") GpuBackEnd.Close();
    }
}
