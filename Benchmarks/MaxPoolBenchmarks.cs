using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;

namespace NetViz.Benchmarks;

/// <summary>
/// What does pooling with switches cost, and unpooling by them? VGG-16's first and last pool, and an overlapping one.
/// </summary>
public class MaxPoolBenchmarks
{
    private readonly CpuKernels _cpu = new();
    private PoolGeometry _geometry;
    private DeviceTensor _input = null!;
    private DeviceTensor _output = null!;
    private Switches _switches = null!;

    /// <summary>Channels, side of the plane, side of the window, stride.</summary>
    [Params("64x224x2x2", "512x14x2x2", "96x54x3x2")]
    public string Layer { get; set; } = "";

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] p = [.. Layer.Split('x').Select(int.Parse)];
        _geometry = new PoolGeometry(1, p[0], p[1], p[1], new Window(p[2], p[2]) { StrideH = p[3], StrideW = p[3] });
        (_input, _output, _switches) = (Operands.Tensor(_cpu, _geometry.Input, 1), Operands.Empty(_cpu, _geometry.Output),
            _cpu.AllocateSwitches(_geometry));
        Forward();
    }

    /// <summary>The forward pass.</summary>
    [Benchmark(Baseline = true)]
    public void Forward() => _cpu.MaxPoolForward(_geometry, _input, _output, _switches);

    /// <summary>The backward pass.</summary>
    [Benchmark]
    public void Backward() => _cpu.MaxPoolBackward(_geometry, _output, _switches, _input);
}
