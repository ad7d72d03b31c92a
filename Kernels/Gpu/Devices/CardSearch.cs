using ILGPU.Runtime.OpenCL;

namespace NetViz.Kernels.Gpu;

/// <summary>What <c>auto</c> found: the card, or why a search for one failed; neither where there simply is none.</summary>
/// <param name="Card">The card.</param>
/// <param name="Fault">What went wrong on the way.</param>
internal sealed record FoundCard(GpuDeviceInfo? Card, string? Fault);

/// <summary>
/// The search for the card that <c>auto</c> takes: CUDA's first usable device, else OpenCL's first card. Never a processor, and
/// no graphics unit that shares the processor's memory: the CPU back-end reaches the same memory, and with its SIMD units and
/// Winograd's convolutions it is the safer choice there. Where there is no card the search must cost next to nothing, so drivers
/// are asked for devices of the kind GPU before ILGPU's context is built.
/// </summary>
internal static class CardSearch
{
    private static readonly Lazy<FoundCard> Once = new(Search);

    /// <summary>What was found; the search is made once in a process.</summary>
    public static FoundCard Found => Once.Value;

    private static FoundCard Search()
    {
        string? fault = null;
        foreach (GpuPlatform platform in (GpuPlatform[])[GpuPlatform.Cuda, GpuPlatform.OpenCL])
        {
#pragma warning disable CA1031 // A driver's fault, of whatever kind, must not stop a run that the processor can do.
            try
            {
                DriverLibraries.Resolve();
                if (!DriverLibraries.IsThere(platform) || platform == GpuPlatform.OpenCL && !HasOpenCLGpu()) continue;
                if (GpuDevices.List(platform).FirstOrDefault(device => device.IsForAuto) is { } card)
                    return new FoundCard(card, fault);
            }
            catch (Exception e)
            {
                fault ??= $"{GpuDevices.NameOf(platform)}: {e.Message}";
            }
#pragma warning restore CA1031
        }

        return new FoundCard(null, fault);
    }

    private static bool HasOpenCLGpu()
    {
        if (DriverLibraries.AreForProcessorsOnly()) return false;
        CLAPI api = CLAPI.CurrentAPI;
        if (!api.IsSupported || api.GetNumPlatforms(out int count) != CLError.CL_SUCCESS || count < 1) return false;
        var platforms = new nint[count];
        if (api.GetPlatforms(platforms, ref count) != CLError.CL_SUCCESS) return false;
        var devices = new nint[1];
        return platforms.Any(platform => api.GetDevices(platform, CLDeviceType.CL_DEVICE_TYPE_GPU
            | CLDeviceType.CL_DEVICE_TYPE_ACCELERATOR, devices, out _) == CLError.CL_SUCCESS);
    }
}
