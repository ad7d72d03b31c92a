using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Gpu;
using NetViz.Kernels.Reference;

namespace NetViz.Engine.Execution;

/// <summary>Where a network runs, as the command line names it.</summary>
public sealed class Device
{
    /// <summary>The names that <see cref="Parse"/> knows.</summary>
    public const string Names = "auto, cpu, cuda[:n], opencl[:n], ilgpu-cpu, reference, reference64";

    /// <summary>
    /// Gets the most threads of the processor: more only wait, and a system that gives no more ends the process.
    /// </summary>
    public static int MaxThreads => CpuKernels.MaxThreads;

    private readonly Func<IKernels> _create;

    private Device(string name, Func<IKernels> create) => (Name, _create) = (name, create);

    /// <summary>
    /// The fastest back-end of this machine: a CUDA device, else an OpenCL device that is a card, else the processor's cores.
    /// </summary>
    public static Device Auto { get; } = AutoWith(0, new GpuOptions());

    /// <summary>Plain loops on one thread: the definition.</summary>
    public static Device Reference { get; } = new("reference", () => new ReferenceKernels<float>());

    /// <summary>Plain loops in double precision, for proofs; the weights are the file's float32.</summary>
    public static Device ReferenceDouble { get; } = new("reference64", () => new ReferenceKernels<double>());

    /// <summary>The name, for example <c>cpu</c>.</summary>
    public string Name { get; }

    /// <summary>Why the processor computes though there may be a card: set by auto where a driver failed, else null.</summary>
    public string? Warning { get; private set; }

    /// <summary>SIMD on the processor's cores.</summary>
    /// <param name="threads">Threads; 0 for one a core.</param>
    /// <param name="algorithm">How convolutions are computed.</param>
    /// <exception cref="NetVizException">There are more threads than <see cref="MaxThreads"/>.</exception>
    public static Device Cpu(int threads = 0, ConvAlgorithm algorithm = ConvAlgorithm.Auto)
    {
        RequireThreads(threads);
        if (!Enum.IsDefined(algorithm)) throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "There is no such algorithm.");
        return new Device("cpu", () => new CpuKernels(threads, algorithm));
    }

    /// <summary>A GPU, or what looks like one, through ILGPU.</summary>
    /// <param name="platform">How it is reached.</param>
    /// <param name="index">Its number there.</param>
    /// <param name="options">How it computes; null for the fastest in float32.</param>
    public static Device Gpu(GpuPlatform platform, int index = 0, GpuOptions? options = null) =>
        new(GpuDevices.NameOf(platform), () => Open(platform, index, options ?? new GpuOptions()));

    /// <summary>A back-end of the caller's own, or one that shares an open accelerator with others.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="create">Starts it; a prepared network disposes of what this returns.</param>
    public static Device Custom(string name, Func<IKernels> create)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(create);
        return new Device(name, create);
    }

    /// <summary>A device by its name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="threads">Threads of the processor; 0 for one a core.</param>
    /// <param name="algorithm">How convolutions are computed; the reference back-end knows only their definition.</param>
    /// <param name="precision">The arithmetic; <see cref="GpuPrecision.Tf32"/> needs a card that has tensor cores.</param>
    /// <exception cref="NetVizException">The name is unknown, or a processor was asked for TF32.</exception>
    public static Device Parse(string name, int threads = 0, ConvAlgorithm algorithm = ConvAlgorithm.Auto,
        GpuPrecision precision = GpuPrecision.Float32)
    {
        ArgumentNullException.ThrowIfNull(name);
        RequireThreads(threads);
        var options = new GpuOptions { Algorithm = algorithm, Precision = precision };
        return name.ToLowerInvariant() switch
        {
            "auto" => AutoWith(threads, options),
            "cpu" or "reference" or "reference64" when precision != GpuPrecision.Float32 => throw NoTensorCores(name),
            "cpu" => Cpu(threads, algorithm),
            "reference" => Reference,
            "reference64" => ReferenceDouble,
            string gpu when GpuNamed(gpu) is var (platform, index) => Gpu(platform, index, options),
            _ => throw new NetVizException($"device '{name}' is unknown; {Names} are known"),
        };
    }

    /// <summary>Starts the back-end. The caller disposes it.</summary>
    public IKernels CreateKernels() => _create();

    private static void RequireThreads(int threads)
    {
        if (threads < 0) throw new NetVizException($"{Counted.Of(threads, "thread")}; at least 1 is supported, or 0 for one "
            + "a core");
        if (threads > MaxThreads)
        {
            throw new NetVizException($"{Counted.Of(threads, "thread")}; at most {MaxThreads} are supported on this machine of "
                + $"{Counted.Of(Environment.ProcessorCount, "core")}", "0 is one a core");
        }
    }

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

    private static NetVizException NoTensorCores(string device) => new(
        $"`Precision` tf32 needs a card that has tensor cores; {device} has none",
        "leave it out, or name a CUDA device of compute capability 8.0 or higher (netviz devices lists them)");

    private static GpuKernels Open(GpuPlatform platform, int index, GpuOptions options) => DeviceErrors.Translate(() =>
    {
        GpuAccelerator accelerator = GpuDevices.Open(platform, index);
        try
        {
            return new GpuKernels(accelerator, options);
        }
        catch
        {
            accelerator.Dispose();
            throw;
        }
    }, DeviceMemory.Refused);

    private static Device AutoWith(int threads, GpuOptions options)
    {
        Device? auto = null;
        auto = new Device("auto", () => options.Precision == GpuPrecision.Float32
            ? Fastest(CardSearch.Found, new CpuKernels(threads, options.Algorithm), options, auto!)
            : CardSearch.Found.Card is { } card ? Open(card.Platform, card.Index, options) : throw NoTensorCores("this machine"));
        return auto;
    }

    /// <summary>What goes wrong with a card that was not requested must not stop a run that the processor can do.</summary>
    private static IKernels Fastest(FoundCard found, CpuKernels cpu, GpuOptions options, Device auto)
    {
        auto.Warning = found.Fault is { } fault ? $"the search for a GPU failed ({fault}); `Device` cpu leaves it out" : null;
        if (found.Card is not { } card) return cpu;
        try
        {
            GpuKernels kernels = Open(card.Platform, card.Index, options);
            cpu.Dispose();
            return kernels;
        }
        catch (NetVizException e)
        {
            auto.Warning = $"{card.Id} could not be used, the processor computes: {e.Message}";
            return cpu;
        }
    }
}
