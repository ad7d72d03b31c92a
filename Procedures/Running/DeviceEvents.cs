using NetViz.Engine.Execution;
using NetViz.Kernels;

namespace NetViz.Procedures;

/// <summary>What is reported of a device while it works.</summary>
internal static class DeviceEvents
{
    /// <summary>
    /// Reports why the processor computes where auto could not have a card, and from now on when a GPU's kernels are compiled.
    /// </summary>
    /// <param name="device">The device as it was named.</param>
    /// <param name="kernels">The back-end that it started.</param>
    /// <param name="run">Where it is reported.</param>
    public static void Follow(Device device, IKernels kernels, ProcedureRun run)
    {
        if (device.Warning is { } warning) run.Warn(warning);
        if (kernels is ICompilingKernels compiling)
            compiling.Compiling = isBeginning => run.Report(new WorkNoted(isBeginning ? "compiling kernels" : null));
    }
}
