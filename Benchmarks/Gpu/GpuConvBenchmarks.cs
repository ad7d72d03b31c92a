using BenchmarkDotNet.Attributes;
using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>A convolution of VGG-16 on a GPU, up and down, by the options that a question is about.</summary>
public abstract class GpuConvBenchmarks
{
    private GpuConv _conv = null!;

    /// <summary>Images, channels in, channels out, side of the plane.</summary>
    public abstract string Layer { get; set; }

    /// <summary>How it is computed.</summary>
    protected abstract GpuOptions Options { get; }

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup() => _conv = new GpuConv(Layer, Options);

    /// <summary>Gives the device back.</summary>
    [GlobalCleanup]
    public void Cleanup() => _conv?.Dispose();

    /// <summary>The forward pass.</summary>
    [Benchmark]
    public void Forward() => _conv.Forward();

    /// <summary>The backward pass.</summary>
    [Benchmark]
    public void Backward() => _conv.Backward();
}
