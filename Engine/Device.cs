using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Reference;

namespace NetViz.Engine;

/// <summary>Where a network runs, as the command line names it.</summary>
public sealed class Device
{
    private readonly Func<IKernels> _create;

    private Device(string name, Func<IKernels> create) => (Name, _create) = (name, create);

    /// <summary>The fastest back-end of this machine.</summary>
    public static Device Auto { get; } = Cpu();

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

    /// <summary>A device by its name: auto, reference, cpu.</summary>
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
            "auto" or "cpu" => Cpu(threads, algorithm),
            "reference" => Reference,
            "reference64" => ReferenceDouble,
            string gpu when IsGpu(gpu, "cuda") || IsGpu(gpu, "opencl") =>
                throw new NetVizException(
                    $"device '{name}': this version has no GPU back-end; auto, cpu and reference are supported",
                    "use --device auto"),
            _ => throw new NetVizException(
                $"device '{name}' is unknown; auto, reference, cpu, cuda[:n] and opencl[:n] are known"),
        };
    }

    /// <summary>Starts the back-end.</summary>
    internal IKernels CreateKernels() => _create();

    private static bool IsGpu(string name, string kind) =>
        name == kind || (name.StartsWith(kind + ":", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(kind.Length + 1), out int index) && index >= 0);
}
