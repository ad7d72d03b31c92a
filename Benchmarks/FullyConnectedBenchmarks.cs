using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;

namespace NetViz.Benchmarks;

/// <summary>
/// Does a fully connected layer run at the memory's speed? VGG-16's three, with 411, 67 and 16 MB of weights; the baseline only
/// reads the weights, on as many threads, so a ratio of 1 is the machine's peak at batch 1.
/// </summary>
public class FullyConnectedBenchmarks
{
    private readonly CpuKernels _cpu = new();
    private FullyConnectedGeometry _geometry;
    private float[] _weight = [];
    private float[] _sums = [];
    private PreparedWeights _weights = null!;
    private DeviceTensor _input = null!;
    private DeviceTensor _output = null!;
    private DeviceTensor _halfZero = null!;

    /// <summary>A layer's inputs and outputs.</summary>
    public enum Layer
    {
        /// <summary>25,088 to 4096.</summary>
        Fc6,

        /// <summary>4096 to 4096.</summary>
        Fc7,

        /// <summary>4096 to 1000.</summary>
        Fc8,
    }

    /// <summary>Which layer.</summary>
    [ParamsAllValues]
    public Layer Of { get; set; }

    /// <summary>Images.</summary>
    [Params(1, 8)]
    public int N { get; set; }

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _geometry = new FullyConnectedGeometry(N, Of == Layer.Fc6 ? 25088 : 4096, Of == Layer.Fc8 ? 1000 : 4096, false);
        (int inputs, int outputs) = (_geometry.In, _geometry.Out);
        _weight = Operands.Random((long)inputs * outputs, 1);
        _sums = new float[_cpu.Threads];
        _weights = _cpu.PrepareFullyConnected(_geometry, _weight, Operands.Random(outputs, 2), 1f);
        (_input, _output) = (Operands.Tensor(_cpu, new Shape(N, inputs), 3), Operands.Tensor(_cpu, new Shape(N, outputs), 4));

        // As a rectifier above leaves it, the same rows in all images.
        float[] signal = Operands.Random((long)N * outputs, 5), row = Operands.Random(outputs, 6);
        for (int i = 0; i < signal.Length; i++) signal[i] = row[i % outputs] > 0 ? signal[i] : 0f;
        var shape = new Shape(N, outputs);
        _halfZero = _cpu.View(_cpu.Allocate(_cpu.BytesOf(shape)), shape);
        _cpu.Upload(signal, _halfZero);
    }

    /// <summary>Each weight once, nothing but summed, a part in one piece for each thread.</summary>
    [Benchmark(Baseline = true)]
    public void Read() => Parallel.For(0, _sums.Length, t =>
    {
        int start = (int)((long)_weight.Length * t / _sums.Length), end = (int)((long)_weight.Length * (t + 1) / _sums.Length);
        _sums[t] = TensorPrimitives.Sum<float>(_weight.AsSpan(start..end));
    });

    /// <summary>The forward pass.</summary>
    [Benchmark]
    public void Forward() => _cpu.FullyConnectedForward(_geometry, _input, _weights, _output);

    /// <summary>The backward pass.</summary>
    [Benchmark]
    public void Backward() => _cpu.FullyConnectedBackward(_geometry, _output, _weights, _input);

    /// <summary>The backward pass of a signal that is 0 in half of its places: half of the weights are not read.</summary>
    [Benchmark]
    public void BackwardOfHalf() => _cpu.FullyConnectedBackward(_geometry, _halfZero, _weights, _input);
}
