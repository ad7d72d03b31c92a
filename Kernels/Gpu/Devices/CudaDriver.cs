using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace NetViz.Kernels.Gpu;

/// <summary>What NVIDIA's driver itself says of devices that ILGPU does not list, and of itself if there is none.</summary>
internal static unsafe class CudaDriver
{
    /// <summary>The least compute capability that ILGPU compiles for.</summary>
    private static readonly CudaArchitecture Least = CudaArchitecture.SM_30;

    /// <summary>Why there is no device though the library is there: ILGPU asks the same and keeps the answer to itself.</summary>
    public static string WhyNone()
    {
        const string None = "the driver's library is there, but it finds no device";
        if (!DriverLibraries.TryLoad(GpuPlatform.Cuda, out nint library)
            || !NativeLibrary.TryGetExport(library, "cuInit", out nint initialize))
            return $"{None}: it has no cuInit";
        int code = ((delegate* unmanaged<int, int>)initialize)(0);
        return code == 0 ? None : $"{None}: cuInit returns {code}{TextOf(library, code)}";
    }

    /// <summary>Where ILGPU lists nothing: the devices that the driver has, with the reason.</summary>
    public static IEnumerable<GpuDeviceInfo> Unlisted()
    {
        CudaAPI api = CudaAPI.CurrentAPI;
        if (api.GetDeviceCount(out int count) != CudaError.CUDA_SUCCESS) yield break;
        for (int i = 0; i < count; i++)
        {
            if (api.GetDevice(out int device, i) != CudaError.CUDA_SUCCESS
                || api.GetDeviceName(out string? name, device) != CudaError.CUDA_SUCCESS
                || api.GetTotalDeviceMemory(out long bytes, device) != CudaError.CUDA_SUCCESS
                || api.GetDeviceComputeCapability(out int major, out int minor, device) != CudaError.CUDA_SUCCESS)
                continue;
            yield return new GpuDeviceInfo(GpuPlatform.Cuda, i, (name ?? "").Trim(), bytes, $"sm_{major}{minor}",
                GpuDeviceKind.Card, new CudaArchitecture(major, minor) < Least
                    ? $"it has compute capability {major}.{minor}; {Least.Major}.{Least.Minor} is needed"
                    : "ILGPU does not take it");
        }
    }

    /// <summary>Why a driver's version does not do for a device; null where it does.</summary>
    public static string? WhyTooOld(CudaDevice device)
    {
        if (device.InstructionSet is not null) return null;
        CudaAccelerator.TryGetInstructionSet(((CudaCapabilityContext)device.Capabilities).TargetArchitecture,
            device.DriverVersion, out CudaDriverVersion least, out _);
        return $"its driver knows CUDA {device.DriverVersion.Major}.{device.DriverVersion.Minor}; "
            + $"{least.Major}.{least.Minor} is needed";
    }

    private static string TextOf(nint library, int code)
    {
        nint text = 0;
        bool isTold = NativeLibrary.TryGetExport(library, "cuGetErrorString", out nint function)
            && ((delegate* unmanaged<int, nint*, int>)function)(code, &text) == 0;
        return isTold && Marshal.PtrToStringUTF8(text) is { } words ? $" ({words})" : "";
    }
}
