using NetViz.Kernels;
using NetViz.Kernels.Cpu;
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
    /// The fastest back-end of this machine: where the GPU's back-end is registered (<see cref="DeviceProviders"/>) a CUDA device,
    /// else an OpenCL device that is a card; else the processor's cores.
    /// </summary>
    public static Device Auto { get; } = AutoWith(0, new DeviceSettings());

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

    /// <summary>A back-end of the caller's own, or one that shares an open accelerator with others.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="create">Starts it; a prepared network disposes of what this returns.</param>
    public static Device Custom(string name, Func<IKernels> create)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(create);
        return new Device(name, create);
    }

    /// <summary>
    /// A device by its name. GPUs are known where the program has registered their back-end: package <c>NetViz.Kernels.Gpu</c>,
    /// <c>GpuDevices.Register()</c>.
    /// </summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="threads">Threads of the processor; 0 for one a core.</param>
    /// <param name="algorithm">How convolutions are computed; the reference back-end knows only their definition.</param>
    /// <param name="precision">The arithmetic; <see cref="GpuPrecision.Tf32"/> needs a card that has tensor cores.</param>
    /// <exception cref="NetVizException">The name is unknown or that of a back-end that is not registered, or a processor was asked for TF32.</exception>
    public static Device Parse(string name, int threads = 0, ConvAlgorithm algorithm = ConvAlgorithm.Auto,
        GpuPrecision precision = GpuPrecision.Float32)
    {
        ArgumentNullException.ThrowIfNull(name);
        RequireThreads(threads);
        var settings = new DeviceSettings(algorithm, precision);
        string lower = name.ToLowerInvariant();
        return lower switch
        {
            "auto" => AutoWith(threads, settings),
            "cpu" or "reference" or "reference64" when precision != GpuPrecision.Float32 => throw NoTensorCores(name),
            "cpu" => Cpu(threads, algorithm),
            "reference" => Reference,
            "reference64" => ReferenceDouble,
            _ when Provided(lower, settings) is { } choice => new Device(choice.Name, () => Open(choice)),
            _ when IsGpu(lower) => throw new NetVizException($"device '{name}' needs the GPU's back-end, which this program has not "
                + "registered", "add the package NetViz.Kernels.Gpu and call GpuDevices.Register() at the start"),
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

    private static DeviceChoice? Provided(string name, DeviceSettings settings) =>
        DeviceProviders.Registered.Select(provider => provider.Find(name, settings)).FirstOrDefault(choice => choice is not null);

    /// <summary>Whether a name is one of those that the GPU's back-end knows, when it is not registered.</summary>
    private static bool IsGpu(string name) => DeviceProviders.Registered.Count == 0
        && name.Split(':')[0] is ("cuda" or "opencl" or "ilgpu-cpu");

    private static NetVizException NoTensorCores(string device) => new(
        $"`Precision` tf32 needs a card that has tensor cores; {device} has none",
        "leave it out, or name a CUDA device of compute capability 8.0 or higher (netviz devices lists them)");

    private static IKernels Open(DeviceChoice choice) => DeviceErrors.Translate(choice.Create, DeviceMemory.Refused);

    private static Device AutoWith(int threads, DeviceSettings settings)
    {
        Device? auto = null;
        auto = new Device("auto", () => settings.Precision == GpuPrecision.Float32
            ? Fastest(new CpuKernels(threads, settings.Algorithm), settings, auto!)
            : Search(settings).Device is { } card ? Open(card) : throw NoTensorCores("this machine"));
        return auto;
    }

    /// <summary>Asks the providers in order; the first fault is kept.</summary>
    private static FastestDevice Search(DeviceSettings settings)
    {
        string? fault = null;
        foreach (IDeviceProvider provider in DeviceProviders.Registered)
        {
            FastestDevice found = provider.FindFastest(settings);
            fault ??= found.Fault;
            if (found.Device is not null) return found with { Fault = fault };
        }

        return new FastestDevice(null, fault);
    }

    /// <summary>What goes wrong with a card that was not requested must not stop a run that the processor can do.</summary>
    private static IKernels Fastest(CpuKernels cpu, DeviceSettings settings, Device auto)
    {
        FastestDevice found = Search(settings);
        auto.Warning = found.Fault is { } fault ? $"the search for a GPU failed ({fault}); `Device` cpu leaves it out" : null;
        if (found.Device is not { } card) return cpu;
        try
        {
            IKernels kernels = Open(card);
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
