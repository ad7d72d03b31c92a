using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>
/// What do tiles, registers and tensor cores bring a convolution of VGG-16 on a GPU, up and down? Images, channels in, channels
/// out, side; without Winograd.
/// </summary>
public class GpuConvFormBenchmarks : GpuConvBenchmarks
{
    /// <inheritdoc/>
    [Params("8x3x64x224", "8x64x64x224", "8x128x128x112", "8x256x256x56", "8x512x512x28", "8x512x512x14", "1x512x512x14")]
    public override string Layer { get; set; } = "";

    /// <summary>The product's form.</summary>
    [Params(ProductForm.Naive, ProductForm.Tiled, ProductForm.Vectorised, ProductForm.TensorCores)]
    public ProductForm Form { get; set; }

    /// <inheritdoc/>
    protected override GpuOptions Options => new() { Algorithm = ConvAlgorithm.Direct, Form = Form };
}
