using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;

namespace NetViz.Benchmarks;

/// <summary>Do the three rules cost the same? On the largest ReLU of VGG-16, 64 channels at 224x224.</summary>
public class ReluRuleBenchmarks
{
    private readonly CpuKernels _cpu = new();
    private readonly Shape _shape = new(1, 64, 224, 224);
    private DeviceTensor _signal = null!;
    private DeviceTensor _below = null!;
    private ActiveBits _bits = null!;

    /// <summary>The rule that is measured: one benchmark for each.</summary>
    [Params(ReluRule.Gradient, ReluRule.DeconvNet, ReluRule.Guided)]
    public ReluRule Rule { get; set; }

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (_signal, _below, _bits) = (Operands.Tensor(_cpu, _shape, 1), Operands.Empty(_cpu, _shape), _cpu.AllocateBits(_shape));
        _cpu.ReluForward(Rectifier.Relu, Operands.Tensor(_cpu, _shape, 2), _below, _bits);
    }

    /// <summary>The backward pass.</summary>
    [Benchmark]
    public void Backward() => _cpu.ReluBackward(Rectifier.Relu, Rule, _signal, _bits, _below);
}
