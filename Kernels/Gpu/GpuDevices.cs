using System.Reflection;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace NetViz.Kernels.Gpu;

/// <summary>A device as ILGPU sees it.</summary>
/// <param name="Platform">How it is reached.</param>
/// <param name="Index">Its number on that platform, as in <c>cuda:1</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Capability">What it is capable of: the compute capability, or the version of OpenCL.</param>
/// <param name="IsCpu">Whether it is a processor.</param>
/// <param name="Refusal">Why it cannot be used; null where it can.</param>
public sealed record GpuDeviceInfo(GpuPlatform Platform, int Index, string Name, long MemoryBytes, string Capability, bool IsCpu,
    string? Refusal)
{
    /// <summary>What <c>--device</c> calls it, for example <c>cuda:0</c>.</summary>
    public string Id => $"{GpuDevices.NameOf(Platform)}{(Platform == GpuPlatform.IlgpuCpu ? "" : $":{Index}")}";
}

/// <summary>The devices of this machine that ILGPU reaches.</summary>
public static class GpuDevices
{
    /// <summary>The platform's name on the command line.</summary>
    public static string NameOf(GpuPlatform platform) => platform switch
    {
        GpuPlatform.Cuda => "cuda",
        GpuPlatform.OpenCL => "opencl",
        _ => "ilgpu-cpu",
    };

    /// <summary>All devices of a platform, those that cannot be used with the reason; none where there is no driver.</summary>
    public static IReadOnlyList<GpuDeviceInfo> List(GpuPlatform platform)
    {
        DriverLibraries.Resolve();
        if (!DriverLibraries.IsThere(platform)) return [];
        var found = new List<GpuDeviceInfo>();
        using Context context = Create(platform, found);
        return found;
    }

    /// <summary>Opens a device.</summary>
    /// <param name="platform">The platform.</param>
    /// <param name="index">The device's number there.</param>
    /// <exception cref="GpuException">There is no such device, or it cannot be used.</exception>
    public static GpuAccelerator Open(GpuPlatform platform, int index = 0)
    {
        string name = NameOf(platform);
        DriverLibraries.Resolve();
        if (!DriverLibraries.IsThere(platform))
        {
            throw new GpuException(platform == GpuPlatform.Cuda
                ? "no CUDA device: NVIDIA's driver (libcuda) is not installed"
                : "no OpenCL device: there is no OpenCL loader (libOpenCL)", "use --device cpu, or install the card's driver");
        }

        var found = new List<GpuDeviceInfo>();
        Context context = Create(platform, found);
        try
        {
            if (index >= found.Count)
            {
                throw new GpuException(found.Count == 0 ? $"no {Title(platform)} device was found"
                    : $"device {name}:{index} does not exist; there {(found.Count == 1 ? "is" : "are")} {found.Count} of {name}",
                    "netviz devices lists what there is");
            }

            if (found[index].Refusal is { } refusal)
                throw new GpuException($"device {name}:{index} ({found[index].Name}) cannot be used: {refusal}",
                    "netviz devices lists what there is");
            int usable = found.Take(index).Count(device => device.Refusal is null);
            Device device = context.Devices.Where(d => d.AcceleratorType == TypeOf(platform)).ElementAt(usable);
            return new GpuAccelerator(platform, context, device.CreateAccelerator(context));
        }
        catch (GpuException)
        {
            context.Dispose();
            throw;
        }
        catch (Exception e)
        {
            context.Dispose();
            throw new GpuException($"device {name}:{index} ({found[index].Name}) could not be opened: {e.Message}",
                "use --device cpu, or renew the card's driver", e);
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
    private static Context Create(GpuPlatform platform, List<GpuDeviceInfo> found) => Context.Create(builder =>
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
                    "", IsCpu: true, null));
                break;
        }
    });

    private static bool Take(List<GpuDeviceInfo> found, GpuDeviceInfo info)
    {
        found.Add(info);
        return info.Refusal is null;
    }

    private static GpuDeviceInfo Describe(CudaDevice device, int index) => new(GpuPlatform.Cuda, index, device.Name.Trim(),
        device.MemorySize, device.Architecture is { } architecture ? $"sm_{architecture.Major}{architecture.Minor}" : "",
        IsCpu: false, device.Architecture is null ? "its architecture is unknown to ILGPU" : null);

    private static GpuDeviceInfo Describe(CLDevice device, int index) => new(GpuPlatform.OpenCL, index, device.Name.Trim(),
        device.MemorySize, $"OpenCL {device.DeviceVersion.Major}.{device.DeviceVersion.Minor}",
        device.DeviceType == CLDeviceType.CL_DEVICE_TYPE_CPU, Suit(device));

    /// <summary>
    /// PoCL reports neither a generic address space, without which ILGPU refuses it, nor a warp; kernels compiled at O2 use
    /// neither. ILGPU swallows what is thrown here, so nothing is.
    /// </summary>
    private static string? Suit(CLDevice device)
    {
        if (device.DeviceVersion.Major < 2) return $"it has OpenCL {device.DeviceVersion.Major}.{device.DeviceVersion.Minor}; 2.0 is needed";
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
