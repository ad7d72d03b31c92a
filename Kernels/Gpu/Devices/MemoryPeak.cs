using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <summary>
    /// Measures the device memory's speed in GB/s, read and written bytes together: a copy by 128-bit loads and stores, of much
    /// more than its caches hold. Takes a fraction of a second; for benchmarks.
    /// </summary>
    public double MeasureBandwidth()
    {
        const int Tries = 5, Launches = 8;
        // 512 MB and 512 MB on a card; a processor takes long enough for 64 and 64.
        int quads = (_gpu.Platform == GpuPlatform.Cuda ? 512 : 64) << 16;
        using GpuBlock from = _memory.Take(quads * 16L), to = _memory.Take(quads * 16L);
        ArrayView<Float4> source = from.View<Float4>(quads), destination = to.View<Float4>(quads);
        source.MemSetToZero(_stream);
        double best = 0;
        for (int attempt = 0; attempt <= Tries; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int k = 0; k < Launches; k++) Launch(quads, new CopyKernel { X = source, Y = destination });
            Synchronize();
            double bytes = 2.0 * Launches * quads * 16;
            if (attempt > 0) best = Math.Max(best, bytes / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }

        return best;
    }
}

/// <summary>y = x, four floats a thread.</summary>
internal struct CopyKernel : IThreadKernel
{
    public ArrayView<Float4> X, Y;

    public readonly void Run(int i) => Y[i] = X[i];
}
