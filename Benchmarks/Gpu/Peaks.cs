using NetViz.Kernels.Gpu;

namespace NetViz.Benchmarks.Gpu;

/// <summary>What a device reaches at most, measured: GFLOP/s of float32 multiply-adds, GB/s of a copy.</summary>
internal sealed record Peaks(double Gflops, double GigabytesPerSecond)
{
    /// <summary>Measures them.</summary>
    public static Peaks Of(GpuKernels kernels) => new(kernels.MeasurePeak(), kernels.MeasureBandwidth());

    /// <inheritdoc/>
    public override string ToString() =>
        $"float32 peak {Gflops:0} GFLOP/s, memory {GigabytesPerSecond:0} GB/s, both measured";
}
