using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using static System.FormattableString;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// A device that was opened: ILGPU's context and accelerator, and the kernels compiled so far. Kernels are compiled when they
/// are first launched. Several back-ends may share one; each has a stream and memory of its own.
/// </summary>
public sealed class GpuAccelerator : IDisposable
{
    // The rest is the driver's: pieces are rounded up to its pages of 2 MB, and kernels' code lies there too.
    private const double UsableShare = 0.98;

    private readonly Context _context;
    private readonly Dictionary<Type, Delegate> _compiled = [];
    private readonly Lock _compiling = new();
    private int _allocations, _synchronizations;
    private long _allocatedBytes;

    internal GpuAccelerator(GpuPlatform platform, Context context, Accelerator accelerator, long? memoryLimit = null) =>
        (Platform, _context, Accelerator, MemoryLimit) = (platform, context, accelerator, memoryLimit);

    /// <summary>How it is reached.</summary>
    public GpuPlatform Platform { get; }

    /// <summary>The device's name.</summary>
    public string Name => Accelerator.Name.Trim();

    /// <summary>Its memory in bytes, or as much as it was opened with.</summary>
    public long MemoryBytes => Math.Min(Accelerator.MemorySize, MemoryLimit ?? long.MaxValue);

    /// <summary>
    /// Bytes that may be held: as many as it was opened with; else, on CUDA, what other programs leave of the memory, otherwise
    /// all
    /// of it, since OpenCL does not tell; but for the driver's share of that.
    /// </summary>
    public long AvailableBytes
    {
        get
        {
            long there = Accelerator is CudaAccelerator cuda ? cuda.GetFreeMemory() + AllocatedBytes : Accelerator.MemorySize;
            return Math.Min((long)(UsableShare * there), MemoryLimit ?? long.MaxValue);
        }
    }

    /// <summary>How long kernels were compiled so far.</summary>
    public TimeSpan CompileTime { get; private set; }

    /// <summary>How many kernels were compiled so far.</summary>
    public int CompiledKernels => _compiled.Count;

    /// <summary>Whether it has tensor cores that take TF32: CUDA from compute capability 8.0 on.</summary>
    public bool HasTensorCores => Accelerator is CudaAccelerator { Architecture.Major: >= 8 };

    /// <summary>
    /// Whether these are so fast that three products of TF32 take less time than one of float32: on the large chips (compute
    /// capability 8.0, 9.0, 10.0; A100 8, H100 7 times float32's rate), not on those made for graphics, which have them at
    /// float32's own rate.
    /// </summary>
    internal bool HasFastTensorCores => Accelerator is CudaAccelerator { Architecture: { Major: 8 or 9 or 10, Minor: 0 } };

    /// <summary>Whether a kernel did not compile: ILGPU's context is of no use after that.</summary>
    public bool IsSpoilt { get; private set; }

    /// <summary>Told true before a kernel is compiled and false after it; for progress.</summary>
    public Action<bool>? Compiling { get; set; }

    /// <summary>How often the driver was asked for memory.</summary>
    public int Allocations => _allocations;

    /// <summary>Bytes held, in use or kept for the next request.</summary>
    public long AllocatedBytes => Interlocked.Read(ref _allocatedBytes);

    /// <summary>How often the host waited for the device.</summary>
    public int Synchronizations => _synchronizations;

    /// <summary>Bytes that may be held at most, whatever the device has; null for no such limit.</summary>
    internal long? MemoryLimit { get; set; }

    internal Accelerator Accelerator { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }

    /// <summary>Takes memory from the driver.</summary>
    /// <exception cref="DeviceException">There is not enough.</exception>
    internal MemoryBuffer1D<float, Stride1D.Dense> Allocate(long bytes)
    {
        long held = AllocatedBytes;
        if (held + bytes > MemoryBytes) throw OutOfMemory(bytes, null);
        try
        {
            MemoryBuffer1D<float, Stride1D.Dense> memory = Accelerator.Allocate1D<float>(bytes / sizeof(float));
            Interlocked.Increment(ref _allocations);
            Interlocked.Add(ref _allocatedBytes, bytes);
            return memory;
        }
        catch (AcceleratorException e)
        {
            throw OutOfMemory(bytes, e);
        }
    }

    /// <summary>Gives memory back to the driver.</summary>
    internal void Release(MemoryBuffer1D<float, Stride1D.Dense> memory)
    {
        Interlocked.Add(ref _allocatedBytes, -memory.LengthInBytes);
        memory.Dispose();
    }

    /// <summary>Waits until a stream has done all that it was given.</summary>
    /// <exception cref="DeviceException">The device ran out of memory on the way.</exception>
    internal void Synchronize(AcceleratorStream stream)
    {
        Interlocked.Increment(ref _synchronizations);
        try
        {
            stream.Synchronize();
        }
        catch (AcceleratorException e) when (IsOutOfMemory(e))
        {
            throw OutOfMemory(0, e);
        }
    }

    /// <summary>Whether a driver that allocates only at first use found too little.</summary>
    internal static bool IsOutOfMemory(AcceleratorException e) => e switch
    {
        CudaException cuda => cuda.Error.Contains(nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY), StringComparison.Ordinal),
        CLException cl => cl.Error is CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE or CLError.CL_OUT_OF_RESOURCES
            or CLError.CL_OUT_OF_HOST_MEMORY,
        _ => false,
    };

    /// <summary>The error if memory does not suffice.</summary>
    /// <param name="bytes">What was asked for; 0 where a launch found too little.</param>
    /// <param name="inner">The driver's word.</param>
    internal DeviceException OutOfMemory(long bytes, Exception? inner)
    {
        string wanted = bytes > 0 ? $"{Amount(bytes)} more {(bytes < 2_000_000 ? "is" : "are")} needed; " : "";
        return new DeviceException($"{Name} is out of memory: {wanted}it has {Amount(MemoryBytes)}, of which "
            + $"{Amount(AllocatedBytes)} are held here", "give fewer images at once, or use `Device` cpu", inner);
    }

    internal Action<AcceleratorStream, Index1D, TKernel> Threads<TKernel>()
        where TKernel : struct, IThreadKernel =>
        (Action<AcceleratorStream, Index1D, TKernel>)Compiled(typeof(TKernel),
            a => a.LoadAutoGroupedKernel<Index1D, TKernel>(EntryPoint.Thread));

    internal Action<AcceleratorStream, KernelConfig, TKernel> Groups<TKernel>()
        where TKernel : struct, IGroupKernel =>
        (Action<AcceleratorStream, KernelConfig, TKernel>)Compiled(typeof(TKernel),
            a => a.LoadKernel<TKernel>(EntryPoint.Group, Specialization<TKernel>()));

    /// <summary>Limits that a card's assembler is given for a kernel.</summary>
    internal static KernelSpecialization Specialization<TKernel>()
        where TKernel : struct, IGroupKernel => new(TKernel.GroupSize, TKernel.GroupsPerMultiprocessor);

    private static string Amount(long bytes) => bytes >= 1_000_000_000 ? Invariant($"{bytes / 1e9:0.00} GB") : Invariant($"{bytes / 1e6:0.0} MB");

    private Delegate Compiled(Type kernel, Func<Accelerator, Delegate> compile)
    {
        lock (_compiling)
        {
            if (_compiled.TryGetValue(kernel, out Delegate? found)) return found;
            Compiling?.Invoke(true);
            long start = Stopwatch.GetTimestamp();
            IsSpoilt = true; // unless this ends well
            Delegate made = compile(Accelerator);
            IsSpoilt = false;
            CompileTime += Stopwatch.GetElapsedTime(start);
            _compiled.Add(kernel, made);
            Compiling?.Invoke(false);
            return made;
        }
    }
}
