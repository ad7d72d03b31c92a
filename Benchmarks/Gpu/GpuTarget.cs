using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>The device that the classes of this folder measure: the first of CUDA, or what $NETVIZ_BENCH_DEVICE says.</summary>
internal static class GpuTarget
{
    /// <summary>Opens it.</summary>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public static GpuKernels Open(GpuOptions options) => new(GpuDevices.Open(
        Environment.GetEnvironmentVariable("NETVIZ_BENCH_DEVICE") == GpuDevices.NameOf(GpuPlatform.OpenCL)
            ? GpuPlatform.OpenCL : GpuPlatform.Cuda), options);
}
