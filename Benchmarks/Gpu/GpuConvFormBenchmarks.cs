using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>
/// What do tiles, registers and tensor cores bring a convolution of VGG-16 on a GPU, up and down? Images, channels in, channels
/// out, side; without Winograd.
/// </summary>
public class GpuConvFormBenchmarks
{
    private GpuConv _conv = null!;

    /// <summary>Images, channels in, channels out, side of the plane.</summary>
    [Params("8x3x64x224", "8x64x64x224", "8x128x128x112", "8x256x256x56", "8x512x512x28", "8x512x512x14", "1x512x512x14")]
    public string Layer { get; set; } = "";

    /// <summary>The product's form.</summary>
    [Params(ProductForm.Naive, ProductForm.Tiled, ProductForm.Vectorised, ProductForm.TensorCores)]
    public ProductForm Form { get; set; }

    /// <summary>Prepares the operands.</summary>
    [GlobalSetup]
    public void Setup() => _conv = new GpuConv(Layer, new GpuOptions { Algorithm = ConvAlgorithm.Direct, Form = Form });

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
