using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Gpu;
using NetViz.Kernels.Reference;

namespace NetViz.Engine;

/// <summary>Where a network runs, as the command line names it.</summary>
public sealed class Device
{
    private readonly Func<IKernels> _create;

    private Device(string name, Func<IKernels> create) => (Name, _create) = (name, create);

    /// <summary>
    /// The fastest back-end of this machine: a CUDA device, else an OpenCL device that is a card, else the processor's cores.
    /// </summary>
    public static Device Auto { get; } = new("auto", () => CreateFastest(0, ConvAlgorithm.Auto));

    /// <summary>Plain loops on one thread: the definition.</summary>
    public static Device Reference { get; } = new("reference", () => new ReferenceKernels<float>());

    /// <summary>Plain loops in double precision, for proofs; the weights are the file's float32.</summary>
    public static Device ReferenceDouble { get; } = new("reference64", () => new ReferenceKernels<double>());

    /// <summary>The name, for example <c>cpu</c>.</summary>
    public string Name { get; }

    /// <summary>SIMD on the processor's cores.</summary>
    /// <param name="threads">Threads; 0 for one a core.</param>
    /// <param name="algorithm">How convolutions are computed.</param>
    public static Device Cpu(int threads = 0, ConvAlgorithm algorithm = ConvAlgorithm.Auto) =>
        new("cpu", () => new CpuKernels(threads, algorithm));

    /// <summary>A GPU, or what looks like one, through ILGPU.</summary>
    /// <param name="platform">How it is reached.</param>
    /// <param name="index">Its number there.</param>
    public static Device Gpu(GpuPlatform platform, int index = 0) => new(GpuDevices.NameOf(platform), () => Open(platform, index));

    /// <summary>A back-end of the caller's own, or one that shares an open accelerator with others.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="create">Starts it; a prepared network disposes of what this returns.</param>
    public static Device Custom(string name, Func<IKernels> create)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(create);
        return new Device(name, create);
    }

    /// <summary>A device by its name: auto, cpu, cuda[:n], opencl[:n], ilgpu-cpu, reference, reference64.</summary>
    /// <param name="name">The name.</param>
    /// <param name="threads">Threads of the processor; 0 for one a core.</param>
    /// <param name="algorithm">How convolutions are computed; the reference back-end knows only their definition.</param>
    /// <exception cref="NetVizException">The name is unknown, or the device is not there.</exception>
    public static Device Parse(string name, int threads = 0, ConvAlgorithm algorithm = ConvAlgorithm.Auto)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (threads < 0) throw new NetVizException($"{threads} threads; at least 1 is supported, or 0 for one a core");
        return name.ToLowerInvariant() switch
        {
            "auto" => new Device("auto", () => CreateFastest(threads, algorithm)),
            "cpu" => Cpu(threads, algorithm),
            "reference" => Reference,
            "reference64" => ReferenceDouble,
            string gpu when GpuNamed(gpu) is var (platform, index) => Gpu(platform, index),
            _ => throw new NetVizException($"device '{name}' is unknown; auto, cpu, cuda[:n], opencl[:n], ilgpu-cpu, reference and "
                + "reference64 are known"),
        };
    }

    /// <summary>Starts the back-end.</summary>
    internal IKernels CreateKernels() => _create();

    private static (GpuPlatform Platform, int Index)? GpuNamed(string name)
    {
        foreach (GpuPlatform platform in Enum.GetValues<GpuPlatform>())
        {
            string kind = GpuDevices.NameOf(platform);
            if (name == kind) return (platform, 0);
            if (platform != GpuPlatform.IlgpuCpu && name.StartsWith(kind + ":", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(kind.Length + 1), out int index) && index >= 0)
                return (platform, index);
        }

        return null;
    }

    private static IKernels Open(GpuPlatform platform, int index)
    {
        try
        {
            return new GpuKernels(GpuDevices.Open(platform, index));
        }
        catch (GpuException e)
        {
            throw new NetVizException(e.Message, e.Hint, e);
        }
    }

    private static IKernels CreateFastest(int threads, ConvAlgorithm algorithm)
    {
        foreach (GpuPlatform platform in (GpuPlatform[])[GpuPlatform.Cuda, GpuPlatform.OpenCL])
        {
            if (GpuDevices.List(platform).FirstOrDefault(device => device is { Refusal: null, IsCpu: false }) is { } card)
                return Open(platform, card.Index);
        }

        return new CpuKernels(threads, algorithm);
    }
}
