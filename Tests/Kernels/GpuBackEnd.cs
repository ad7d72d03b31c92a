using System.Collections.Concurrent;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// A GPU under test. Each fixture has a context of its own, since one kernel that does not compile spoils its context for all
/// others; the tests of a fixture share it with the kernels compiled so far.
/// </summary>
internal static class GpuBackEnd
{
    private static readonly ConcurrentDictionary<(GpuPlatform, string), Lazy<GpuAccelerator>> Opened = new();

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

    /// <summary>Starts a back-end for the running test; skips the test where there is no such device.</summary>
    public static IKernels Create(GpuPlatform platform)
    {
        if (platform == GpuPlatform.OpenCL && !HasOpenCL.Value)
            Assert.Ignore("no OpenCL device; on Debian, pocl-opencl-icd and ocl-icd-libopencl1 bring one");
        string fixture = TestContext.CurrentContext.Test.ClassName ?? "";
        return new GpuKernels(Opened.GetOrAdd((platform, fixture),
            key => new Lazy<GpuAccelerator>(() => GpuDevices.Open(key.Item1))).Value, ownsAccelerator: false);
    }

    private static bool IsUsable(GpuPlatform platform) => GpuDevices.List(platform).Any(device => device.Refusal is null);
}
