using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// A device that was opened: ILGPU's context and accelerator, and the kernels compiled so far. Kernels are compiled when they
/// are first launched. Several back-ends may share one; each has a stream of its own.
/// </summary>
public sealed class GpuAccelerator : IDisposable
{
    private readonly Context _context;
    private readonly Dictionary<Type, Delegate> _compiled = [];
    private readonly Lock _compiling = new();

    internal GpuAccelerator(GpuPlatform platform, Context context, Accelerator accelerator) =>
        (Platform, _context, Accelerator) = (platform, context, accelerator);

    /// <summary>How it is reached.</summary>
    public GpuPlatform Platform { get; }

    /// <summary>The device's name.</summary>
    public string Name => Accelerator.Name.Trim();

    /// <summary>Its memory in bytes.</summary>
    public long MemoryBytes => Accelerator.MemorySize;

    /// <summary>How long kernels were compiled so far.</summary>
    public TimeSpan CompileTime { get; private set; }

    /// <summary>How many kernels were compiled so far.</summary>
    public int CompiledKernels => _compiled.Count;

    /// <summary>Whether it has tensor cores that take TF32: CUDA from compute capability 8.0 on.</summary>
    public bool HasTensorCores => Accelerator is CudaAccelerator { Architecture.Major: >= 8 };

    /// <summary>
    /// Whether these are so fast that three products of TF32 take less time than one of float32: on the large chips (compute capability
    /// 8.0, 9.0, 10.0; A100 8, H100 7 times float32's rate), not on those made for graphics, which have them at float32's own rate.
    /// </summary>
    internal bool HasFastTensorCores => Accelerator is CudaAccelerator { Architecture: { Major: 8 or 9 or 10, Minor: 0 } };

    internal Accelerator Accelerator { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }

    internal Action<AcceleratorStream, Index1D, TKernel> Threads<TKernel>()
        where TKernel : struct, IThreadKernel =>
        (Action<AcceleratorStream, Index1D, TKernel>)Compiled(typeof(TKernel),
            a => a.LoadAutoGroupedKernel<Index1D, TKernel>(EntryPoint.Thread));

    internal Action<AcceleratorStream, KernelConfig, TKernel> Groups<TKernel>()
        where TKernel : struct, IGroupKernel =>
        (Action<AcceleratorStream, KernelConfig, TKernel>)Compiled(typeof(TKernel),
            a => a.LoadKernel<TKernel>(EntryPoint.Group));

    private Delegate Compiled(Type kernel, Func<Accelerator, Delegate> compile)
    {
        lock (_compiling)
        {
            if (_compiled.TryGetValue(kernel, out Delegate? found)) return found;
            long start = Stopwatch.GetTimestamp();
            Delegate made = compile(Accelerator);
            CompileTime += Stopwatch.GetElapsedTime(start);
            _compiled.Add(kernel, made);
            return made;
        }
    }
}
