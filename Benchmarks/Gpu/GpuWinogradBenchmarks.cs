using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>
/// Is Winograd's way faster than the plain sum for the convolutions of VGG-16 on a GPU, and which way does Auto take?
/// </summary>
public class GpuWinogradBenchmarks
{
    private GpuConv _conv = null!;

    /// <summary>Images, channels in, channels out, side of the plane.</summary>
    [Params("32x64x64x224", "32x128x128x112", "32x256x256x56", "32x512x512x28", "32x512x512x14", "1x64x64x224", "1x512x512x14")]
    public string Layer { get; set; } = "";

    /// <summary>Which way.</summary>
    [Params(ConvAlgorithm.Direct, ConvAlgorithm.Winograd, ConvAlgorithm.Auto)]
    public ConvAlgorithm Algorithm { get; set; }

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup() => _conv = new GpuConv(Layer, new GpuOptions { Algorithm = Algorithm });

    /// <summary>Gives the device back.</summary>
    [GlobalCleanup]
    public void Cleanup() => _conv?.Dispose();

    /// <summary>The way up.</summary>
    [Benchmark]
    public void Forward() => _conv.Forward();

    /// <summary>The way down.</summary>
    [Benchmark]
    public void Backward() => _conv.Backward();
}
