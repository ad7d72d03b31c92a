using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The processor's peak: multiply-adds on registers alone, as wide as the hardware goes, on all threads at once. What a
/// product reaches is told as a share of it, measured in the same run.
/// </summary>
public static class FmaPeak
{
    private const int Chains = 12;
    private const int Steps = 1 << 20;

    /// <summary>Measures for about a fifth of a second.</summary>
    /// <param name="threads">Threads.</param>
    /// <returns>GFLOP/s, a multiply-add counted as two; the best of several tries.</returns>
    public static double Measure(int threads)
    {
        double best = 0;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            var results = new float[threads];
            using var start = new Barrier(threads);
            var times = new double[threads];
            Thread[] workers = [.. Enumerable.Range(0, threads).Select(t => new Thread(() =>
            {
                start.SignalAndWait();
                long began = Stopwatch.GetTimestamp();
                results[t] = Vector512.IsHardwareAccelerated ? Wide() : Narrow();
                times[t] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            }))];
            foreach (Thread worker in workers) worker.Start();
            foreach (Thread worker in workers) worker.Join();
            double flops = 2.0 * Steps * Chains * threads
                * (Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count);
            if (results.All(float.IsFinite)) best = Math.Max(best, flops / times.Max() / 1e9);
        }

        return best;
    }

    /// <summary>Twelve independent chains hide a latency of up to six cycles at two a cycle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Wide()
    {
        Vector512<float> a = Vector512.Create(0.999f), b = Vector512.Create(0.001f);
        Vector512<float> c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (int i = 0; i < Steps; i++)
        {
            c0 = Vector512.FusedMultiplyAdd(c0, a, b);
            c1 = Vector512.FusedMultiplyAdd(c1, a, b);
            c2 = Vector512.FusedMultiplyAdd(c2, a, b);
            c3 = Vector512.FusedMultiplyAdd(c3, a, b);
            c4 = Vector512.FusedMultiplyAdd(c4, a, b);
            c5 = Vector512.FusedMultiplyAdd(c5, a, b);
            c6 = Vector512.FusedMultiplyAdd(c6, a, b);
            c7 = Vector512.FusedMultiplyAdd(c7, a, b);
            c8 = Vector512.FusedMultiplyAdd(c8, a, b);
            c9 = Vector512.FusedMultiplyAdd(c9, a, b);
            c10 = Vector512.FusedMultiplyAdd(c10, a, b);
            c11 = Vector512.FusedMultiplyAdd(c11, a, b);
        }

        return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Narrow()
    {
        Vector256<float> a = Vector256.Create(0.999f), b = Vector256.Create(0.001f);
        Vector256<float> c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (int i = 0; i < Steps; i++)
        {
            c0 = MicroKernel.MultiplyAdd(c0, a, b);
            c1 = MicroKernel.MultiplyAdd(c1, a, b);
            c2 = MicroKernel.MultiplyAdd(c2, a, b);
            c3 = MicroKernel.MultiplyAdd(c3, a, b);
            c4 = MicroKernel.MultiplyAdd(c4, a, b);
            c5 = MicroKernel.MultiplyAdd(c5, a, b);
            c6 = MicroKernel.MultiplyAdd(c6, a, b);
            c7 = MicroKernel.MultiplyAdd(c7, a, b);
            c8 = MicroKernel.MultiplyAdd(c8, a, b);
            c9 = MicroKernel.MultiplyAdd(c9, a, b);
            c10 = MicroKernel.MultiplyAdd(c10, a, b);
            c11 = MicroKernel.MultiplyAdd(c11, a, b);
        }

        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }
}
