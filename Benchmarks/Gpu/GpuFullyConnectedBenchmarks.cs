using BenchmarkDotNet.Attributes;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>
/// Does a fully connected layer of VGG-16 keep up with cuBLAS in float32? Both are waited for after each call. cuBLAS has to be
/// where the system finds it; it is measured here alone and is no part of the engine.
/// </summary>
public class GpuFullyConnectedBenchmarks
{
    private const int Out = 4096;
    private GpuKernels _kernels = null!;
    private FullyConnectedGeometry _geometry;
    private PreparedWeights _weights = null!;
    private DeviceTensor _input = null!;
    private DeviceTensor _output = null!;
    private Context _context = null!;
    private CudaAccelerator _accelerator = null!;
    private CuBlas _blas = null!;
    private MemoryBuffer1D<float, Stride1D.Dense> _x = null!;
    private MemoryBuffer1D<float, Stride1D.Dense> _w = null!;
    private MemoryBuffer1D<float, Stride1D.Dense> _y = null!;

    /// <summary>Inputs of the layer: fc6 and fc7.</summary>
    [Params(25088, 4096)]
    public int In { get; set; }

    /// <summary>Images.</summary>
    [Params(1, 8, 32)]
    public int N { get; set; }

    /// <summary>Prepares NetViz's layer.</summary>
    [GlobalSetup(Targets = [nameof(Forward), nameof(Backward)])]
    public void Setup()
    {
        _kernels = GpuTarget.Open(new GpuOptions());
        _geometry = new FullyConnectedGeometry(N, In, Out, false);
        _weights = _kernels.PrepareFullyConnected(_geometry, Operands.Random((long)In * Out, 1), Operands.Random(Out, 2), 1f);
        (_input, _output) = (Operands.Tensor(_kernels, new Shape(N, In), 3), Operands.Tensor(_kernels, new Shape(N, Out), 4));
    }

    /// <summary>Prepares cuBLAS.</summary>
    [GlobalSetup(Targets = [nameof(CuBlasForward), nameof(CuBlasBackward)])]
    public void SetupCuBlas()
    {
        // Opening it once lets ILGPU find the driver's library by the name that drivers give it.
        GpuDevices.Open(GpuPlatform.Cuda).Dispose();
        _context = Context.Create(builder => builder.Cuda());
        _accelerator = _context.CreateCudaAccelerator(0);
        _blas = new CuBlas(_accelerator);
        _x = _accelerator.Allocate1D(Operands.Random((long)N * In, 3));
        _w = _accelerator.Allocate1D(Operands.Random((long)In * Out, 1));
        _y = _accelerator.Allocate1D(Operands.Random((long)N * Out, 4));
    }

    /// <summary>Gives the device back.</summary>
    [GlobalCleanup(Targets = [nameof(Forward), nameof(Backward)])]
    public void Cleanup()
    {
        _weights?.Dispose();
        _kernels?.Dispose();
    }

    /// <summary>The same of cuBLAS.</summary>
    [GlobalCleanup(Targets = [nameof(CuBlasForward), nameof(CuBlasBackward)])]
    public void CleanupCuBlas()
    {
        _blas?.Dispose();
        _accelerator?.Dispose();
        _context?.Dispose();
    }

    /// <summary>y = x Wt + b.</summary>
    [Benchmark]
    public void Forward()
    {
        _kernels.FullyConnectedForward(_geometry, _input, _weights, _output);
        _kernels.Synchronize();
    }

    /// <summary>r = R W.</summary>
    [Benchmark]
    public void Backward()
    {
        _kernels.FullyConnectedBackward(_geometry, _output, _weights, _input);
        _kernels.Synchronize();
    }

    /// <summary>cuBLAS, x Wt. It counts columns: row-major x [N, In] is its [In, N], so y [Out, N] = Wt x.</summary>
    [Benchmark(Baseline = true)]
    public void CuBlasForward()
    {
        _blas.Gemm(CuBlasOperation.Transpose, CuBlasOperation.NonTranspose, Out, N, In, 1f, _w.View, In, _x.View, In, 0f, _y.View,
            Out);
        _accelerator.Synchronize();
    }

    /// <summary>cuBLAS, R W.</summary>
    [Benchmark]
    public void CuBlasBackward()
    {
        _blas.Gemm(CuBlasOperation.NonTranspose, CuBlasOperation.NonTranspose, In, N, Out, 1f, _w.View, In, _y.View, Out, 0f,
            _x.View, In);
        _accelerator.Synchronize();
    }
}
