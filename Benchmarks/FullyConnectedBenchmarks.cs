using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;

namespace NetViz.Benchmarks;

/// <summary>Does a fully connected layer run at the memory's speed? VGG-16's fc6 (411 MB of weights) and fc7 (67 MB).</summary>
public class FullyConnectedBenchmarks
{
    private readonly CpuKernels _cpu = new();
    private FullyConnectedGeometry _geometry;
    private PreparedWeights _weights = null!;
    private DeviceTensor _input = null!;
    private DeviceTensor _output = null!;

    /// <summary>Inputs of the layer; it has 4096 outputs.</summary>
    [Params(25088, 4096)]
    public int In { get; set; }

    /// <summary>Images.</summary>
    [Params(1, 8)]
    public int N { get; set; }

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _geometry = new FullyConnectedGeometry(N, In, 4096, false);
        _weights = _cpu.PrepareFullyConnected(_geometry, Operands.Random((long)In * 4096, 1), Operands.Random(4096, 2), 1f);
        (_input, _output) = (Operands.Tensor(_cpu, new Shape(N, In), 3), Operands.Tensor(_cpu, new Shape(N, 4096), 4));
    }

    /// <summary>The way up.</summary>
    [Benchmark(Baseline = true)]
    public void Forward() => _cpu.FullyConnectedForward(_geometry, _input, _weights, _output);

    /// <summary>The way down.</summary>
    [Benchmark]
    public void Backward() => _cpu.FullyConnectedBackward(_geometry, _output, _weights, _input);
}
