using NetViz.Engine.Execution;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Cli.Common;

/// <summary>What is told of a device while it is at work.</summary>
internal static class DeviceProgress
{
    /// <summary>
    /// Tells why the processor computes where auto could not have a card, and from now on when a GPU's kernels are compiled.
    /// </summary>
    /// <param name="device">The device as it was named.</param>
    /// <param name="kernels">The back-end that it started.</param>
    /// <param name="quiet">Whether nothing is told.</param>
    public static void Follow(Device device, IKernels kernels, bool quiet)
    {
        if (device.Warning is { } warning && !quiet) Output.Warn(warning);
        if (kernels is GpuKernels gpu)
            gpu.Accelerator.Compiling = isBeginning => JobProgress.NoteInRunning(isBeginning ? "compiling kernels" : null);
    }
}
