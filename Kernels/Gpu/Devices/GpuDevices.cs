using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace NetViz.Kernels.Gpu;

/// <summary>The devices of this machine that ILGPU reaches.</summary>
public static class GpuDevices
{
    /// <summary>
    /// Lets the engine's <c>Device</c> choose among these devices: <c>cuda</c>, <c>opencl</c> and <c>ilgpu-cpu</c> by name, and a
    /// card by <c>auto</c>. A program calls it once, before it opens a device.
    /// </summary>
    public static void Register() => DeviceProviders.Register(GpuProvider.Instance);

    /// <summary>The platform's name on the command line.</summary>
    public static string NameOf(GpuPlatform platform) => platform switch
    {
        GpuPlatform.Cuda => "cuda",
        GpuPlatform.OpenCL => "opencl",
        _ => "ilgpu-cpu",
    };

    /// <summary>Why a platform has no devices at all, and what the user may do; null where its library is there.</summary>
    public static (string Reason, string Hint)? MissingLibrary(GpuPlatform platform)
    {
        DriverLibraries.Resolve();
        if (DriverLibraries.IsThere(platform)) return null;
        return platform == GpuPlatform.Cuda
            ? ("NVIDIA's driver (libcuda) is not installed", "install the card's driver, or use `Device` cpu")
            : ("there is no OpenCL loader (libOpenCL)", "install the card's driver and, on Debian, ocl-icd-libopencl1, or use "
                + "`Device` cpu");
    }

    /// <summary>The same for a platform whose library is there and lists no device.</summary>
    public static (string Reason, string Hint) NoDevice(GpuPlatform platform) => platform == GpuPlatform.Cuda
        ? (CudaDriver.WhyNone(), "nvidia-smi tells what the driver sees; `Device` cpu needs no driver")
        : ("the loader is there, but it finds no driver's device",
            "install the card's OpenCL driver, on Debian pocl-opencl-icd for the processor, or use `Device` cpu");

    /// <summary>All devices of a platform, those that cannot be used with the reason; none where there is no driver.</summary>
    public static IReadOnlyList<GpuDeviceInfo> List(GpuPlatform platform)
    {
        if (MissingLibrary(platform) is not null) return [];
        var found = new List<GpuDeviceInfo>();
        using Context context = Create(platform, found);
        return found;
    }

    /// <summary>Opens a device.</summary>
    /// <param name="platform">The platform.</param>
    /// <param name="index">The device's number there.</param>
    /// <param name="memoryLimit">Bytes of its memory that may be taken; null for all of it.</param>
    /// <exception cref="DeviceException">There is no such device, or it cannot be used.</exception>
    public static GpuAccelerator Open(GpuPlatform platform, int index = 0, long? memoryLimit = null)
    {
        string name = NameOf(platform);
        if (MissingLibrary(platform) is var (reason, hint))
            throw new DeviceException($"no {Title(platform)} device: {reason}", hint);
        var found = new List<GpuDeviceInfo>();
        Context context = Create(platform, found);
        try
        {
            if (index >= found.Count)
            {
                if (found.Count == 0)
                {
                    (string why, string what) = NoDevice(platform);
                    throw new DeviceException($"no {Title(platform)} device: {why}", what);
                }

                throw new DeviceException($"device {name}:{index} does not exist; {(found.Count == 1
                    ? $"there is only {found[0].Id}" : $"they go up to {found[^1].Id}")}",
                    "netviz devices lists what there is");
            }

            if (found[index].Refusal is { } refusal)
                throw new DeviceException($"device {name}:{index} ({found[index].Name}) cannot be used: {refusal}",
                    "netviz devices lists what there is");
            int usable = found.Take(index).Count(device => device.Refusal is null);
            Device device = context.Devices.Where(d => d.AcceleratorType == TypeOf(platform)).ElementAt(usable);
            return new GpuAccelerator(platform, context, device.CreateAccelerator(context), memoryLimit);
        }
        catch (DeviceException)
        {
            context.Dispose();
            throw;
        }
        catch (Exception e)
        {
            context.Dispose();
            throw new DeviceException($"device {name}:{index} ({found[index].Name}) could not be opened: {e.Message}",
                "use `Device` cpu, or renew the card's driver", e);
        }
    }

    private static string Title(GpuPlatform platform) => platform == GpuPlatform.Cuda ? "CUDA" : "OpenCL";

    private static AcceleratorType TypeOf(GpuPlatform platform) => platform switch
    {
        GpuPlatform.Cuda => AcceleratorType.Cuda,
        GpuPlatform.OpenCL => AcceleratorType.OpenCL,
        _ => AcceleratorType.CPU,
    };

    /// <summary>
    /// A context with the platform's usable devices. O2, since below it ILGPU emits pointers that need OpenCL's generic address
    /// space, which PoCL lacks; at O2 none is left. Math modes stay exact.
    /// </summary>
    private static Context Create(GpuPlatform platform, List<GpuDeviceInfo> found)
    {
        Context context = Context.Create(builder =>
        {
            builder.Optimize(OptimizationLevel.O2).Math(MathMode.Default);
            switch (platform)
            {
                case GpuPlatform.Cuda:
                    // Without it there is no exponential function in PTX.
                    builder.EnableAlgorithms().Cuda(device => Take(found, Describe(device, found.Count)));
                    break;
                case GpuPlatform.OpenCL: builder.OpenCL(device => Take(found, Describe(device, found.Count))); break;
                default:
                    builder.CPU(CPUDeviceKind.Default);
                    found.Add(new GpuDeviceInfo(platform, 0, "ILGPU's emulation", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
                        "", GpuDeviceKind.Processor, null));
                    break;
            }
        });
        if (platform == GpuPlatform.Cuda && found.Count == 0) found.AddRange(CudaDriver.Unlisted());
        return context;
    }

    private static bool Take(List<GpuDeviceInfo> found, GpuDeviceInfo info)
    {
        found.Add(info);
        return info.Refusal is null;
    }

    private static GpuDeviceInfo Describe(CudaDevice device, int index) => new(GpuPlatform.Cuda, index, device.Name.Trim(),
        device.MemorySize, device.Architecture is { } architecture ? $"sm_{architecture.Major}{architecture.Minor}" : "",
        GpuDeviceKind.Card, device switch
        {
            { Architecture: null } => "ILGPU does not know its architecture",
            _ => CudaDriver.WhyTooOld(device),
        });

    private static GpuDeviceInfo Describe(CLDevice device, int index) => new(GpuPlatform.OpenCL, index, device.Name.Trim(),
        device.MemorySize, $"OpenCL {device.DeviceVersion.Major}.{device.DeviceVersion.Minor}", KindOf(device), Suit(device));

    /// <summary>OpenCL 2.0 calls the question for unified memory deprecated, but drivers still answer it.</summary>
    private static GpuDeviceKind KindOf(CLDevice device)
    {
        const CLDeviceInfoType HostUnifiedMemory = (CLDeviceInfoType)0x1035;
        if (device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU)) return GpuDeviceKind.Processor;
        return CLAPI.CurrentAPI.GetDeviceInfo(device.DeviceId, HostUnifiedMemory, out int isUnified) == CLError.CL_SUCCESS
            && isUnified != 0 ? GpuDeviceKind.Integrated : GpuDeviceKind.Card;
    }

    /// <summary>
    /// PoCL reports neither a generic address space, without which ILGPU refuses it, nor a warp; kernels compiled at O2 use
    /// neither. ILGPU swallows what is thrown here, so nothing is.
    /// </summary>
    private static string? Suit(CLDevice device)
    {
        if (device.DeviceVersion.Major < 2)
            return $"it has OpenCL {device.DeviceVersion.Major}.{device.DeviceVersion.Minor}; 2.0 is needed";
        try
        {
            const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
            if (!device.Capabilities.GenericAddressSpace)
                device.Capabilities.GetType().GetProperty("GenericAddressSpace", Any)!.SetValue(device.Capabilities, true);
            if (device.WarpSize == 0) typeof(Device).GetProperty("WarpSize", Any)!.SetValue(device, 1);
            return null;
        }
        catch (Exception e) when (e is TargetInvocationException or ArgumentException or NullReferenceException)
        {
            return $"it reports no generic address space ({e.Message})";
        }
    }
}
