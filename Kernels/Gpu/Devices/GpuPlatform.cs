namespace NetViz.Kernels.Gpu;

/// <summary>ILGPU's ways to a device.</summary>
public enum GpuPlatform
{
    /// <summary>NVIDIA's driver, kernels as PTX.</summary>
    Cuda,

    /// <summary>OpenCL 2.0 or newer, kernels as OpenCL C.</summary>
    OpenCL,

    /// <summary>ILGPU's emulation on the processor: slow, for looking into a kernel with a debugger.</summary>
    IlgpuCpu,
}
