using System.Diagnostics;
using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public double MeasurePeak()
    {
        const int Groups = 2048, Tries = 5;
        const int Elements = Groups * FmaPeakKernel.Threads;
        using GpuBlock result = _memory.Take(Elements * sizeof(float));
        // On a processor a launch of this size would take seconds.
        int steps = _gpu.Platform == GpuPlatform.Cuda ? 4096 : 64;
        var kernel = new FmaPeakKernel { Steps = steps, Factor = 0.999f, Y = result.View<float>(Elements) };
        double best = 0;
        for (int attempt = 0; attempt <= Tries; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            LaunchGroups(new Index3D(Groups, 1, 1), kernel);
            Synchronize();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            double operations = 2.0 * FmaPeakKernel.Chains * steps * Groups * FmaPeakKernel.Threads;
            if (attempt > 0) best = Math.Max(best, operations / seconds / 1e9);
        }

        return best;
    }
}

/// <summary>Eight chains of multiply-adds on registers alone.</summary>
internal struct FmaPeakKernel : IGroupKernel
{
    public const int Threads = 256, Chains = 8;

    public int Steps;
    public float Factor;
    public ArrayView<float> Y;

    public static int GroupSize => Threads;

    public readonly void Run()
    {
        float a = Group.IdxX, b = a + 1f, c = a + 2f, d = a + 3f, e = a + 4f, f = a + 5f, g = a + 6f, h = a + 7f;
        float factor = Factor, summand = 1f - Factor;
        for (int i = 0; i < Steps; i++)
        {
            a = a * factor + summand;
            b = b * factor + summand;
            c = c * factor + summand;
            d = d * factor + summand;
            e = e * factor + summand;
            f = f * factor + summand;
            g = g * factor + summand;
            h = h * factor + summand;
        }

        Y[Grid.IdxX * Threads + Group.IdxX] = a + b + c + d + e + f + g + h;
    }
}
