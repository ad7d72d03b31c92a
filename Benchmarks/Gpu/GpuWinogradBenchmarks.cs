using BenchmarkDotNet.Attributes;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>
/// Is Winograd's way faster than the plain sum for the convolutions of VGG-16 on a GPU, and which way does Auto take?
/// </summary>
public class GpuWinogradBenchmarks : GpuConvBenchmarks
{
    /// <inheritdoc/>
    [Params("32x64x64x224", "32x128x128x112", "32x256x256x56", "32x512x512x28", "32x512x512x14", "1x64x64x224", "1x512x512x14")]
    public override string Layer { get; set; } = "";

    /// <summary>Which way.</summary>
    [Params(ConvAlgorithm.Direct, ConvAlgorithm.Winograd, ConvAlgorithm.Auto)]
    public ConvAlgorithm Algorithm { get; set; }

    /// <inheritdoc/>
    protected override GpuOptions Options => new() { Algorithm = Algorithm };
}
