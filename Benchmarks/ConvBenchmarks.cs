using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Reference;

namespace NetViz.Benchmarks;

/// <summary>How long does a convolution of VGG-16 take, up and down, by which arithmetic?</summary>
public class ConvBenchmarks
{
    private CpuKernels _cpu = null!;
    private PreparedWeights _weights = null!;
    private DeviceTensor _input = null!;
    private DeviceTensor _output = null!;
    private ConvGeometry _geometry;

    /// <summary>Channels in, channels out, side of the plane.</summary>
    [Params("3x64x224", "64x64x224", "128x128x112", "256x256x56", "512x512x28", "512x512x14")]
    public string Layer { get; set; } = "";

    /// <summary>The arithmetic; where Winograd does not apply both are direct.</summary>
    [Params(ConvAlgorithm.Auto, ConvAlgorithm.Direct)]
    public ConvAlgorithm Algorithm { get; set; }

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _cpu = new CpuKernels(algorithm: Algorithm);
        int[] p = [.. Layer.Split('x').Select(int.Parse)];
        var window = new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 };
        _geometry = new ConvGeometry(1, p[0], p[2], p[2], p[1], 1, window);
        _weights = _cpu.PrepareConv(p[0], 1, window, Operands.Random((long)p[0] * p[1] * 9, 1), Operands.Random(p[1], 2));
        _input = Operands.Tensor(_cpu, _geometry.Input, 3);
        _output = Operands.Tensor(_cpu, _geometry.Output, 4);
    }

    /// <summary>The forward pass.</summary>
    [Benchmark(Baseline = true)]
    public void Forward() => _cpu.ConvForward(_geometry, _input, _weights, _output);

    /// <summary>The backward pass.</summary>
    [Benchmark]
    public void Backward() => _cpu.ConvBackward(_geometry, _output, _weights, _input);
}

/// <summary>How much faster is the convolution than its definition? On a shape small enough for the definition.</summary>
public class ConvAgainstReferenceBenchmarks
{
    private readonly ReferenceKernels<float> _reference = new();
    private readonly CpuKernels _cpu = new(threads: 1);
    private readonly ConvGeometry _geometry =
        new(1, 32, 28, 28, 32, 1, new Window(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 });
    private Operation _slow = null!;
    private Operation _fast = null!;

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup() => (_slow, _fast) = (new Operation(_reference, _geometry), new Operation(_cpu, _geometry));

    /// <summary>The definition.</summary>
    [Benchmark(Baseline = true)]
    public void Reference() => _slow.Forward();

    /// <summary>The CPU back-end on one thread.</summary>
    [Benchmark]
    public void Cpu() => _fast.Forward();

    private sealed class Operation
    {
        private readonly IKernels _kernels;
        private readonly ConvGeometry _geometry;
        private readonly PreparedWeights _weights;
        private readonly DeviceTensor _input;
        private readonly DeviceTensor _output;

        public Operation(IKernels kernels, ConvGeometry g)
        {
            (_kernels, _geometry) = (kernels, g);
            _weights = kernels.PrepareConv(g.C, g.Groups, g.Window,
                Operands.Random((long)g.O * g.CG * g.Window.Area, 1), default);
            (_input, _output) = (Operands.Tensor(kernels, g.Input, 2), Operands.Empty(kernels, g.Output));
        }

        public void Forward() => _kernels.ConvForward(_geometry, _input, _weights, _output);
    }
}
