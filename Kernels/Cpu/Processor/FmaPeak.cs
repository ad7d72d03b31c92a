using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The processor's peak: multiply-adds on registers alone, as wide as the hardware goes, on all threads at once. What a
/// product reaches is reported as a share of it, measured in the same run.
/// </summary>
internal static unsafe class FmaPeak
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
                results[t] = MicroKernel.IsWide ? Run<Wide, Vector512<float>>()
                    : MicroKernel.IsSlim ? Run<Slim, Vector128<float>>() : Run<Narrow, Vector256<float>>();
                times[t] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            }))];
            foreach (Thread worker in workers) worker.Start();
            foreach (Thread worker in workers) worker.Join();
            double flops = 2.0 * Steps * Chains * threads * (VectorWidth.Bits / 32);
            if (results.All(float.IsFinite)) best = Math.Max(best, flops / times.Max() / 1e9);
        }

        return best;
    }

    /// <summary>Twelve independent chains hide a latency of up to six cycles at two a cycle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Run<TS, TV>()
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        TV a = TS.Broadcast(0.999f), b = TS.Broadcast(0.001f);
        TV c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (int i = 0; i < Steps; i++)
        {
            c0 = TS.MultiplyAdd(c0, a, b);
            c1 = TS.MultiplyAdd(c1, a, b);
            c2 = TS.MultiplyAdd(c2, a, b);
            c3 = TS.MultiplyAdd(c3, a, b);
            c4 = TS.MultiplyAdd(c4, a, b);
            c5 = TS.MultiplyAdd(c5, a, b);
            c6 = TS.MultiplyAdd(c6, a, b);
            c7 = TS.MultiplyAdd(c7, a, b);
            c8 = TS.MultiplyAdd(c8, a, b);
            c9 = TS.MultiplyAdd(c9, a, b);
            c10 = TS.MultiplyAdd(c10, a, b);
            c11 = TS.MultiplyAdd(c11, a, b);
        }

        TV sum = TS.Add(TS.Add(TS.Add(c0, c1), TS.Add(c2, c3)), TS.Add(TS.Add(c4, c5), TS.Add(c6, c7)));
        sum = TS.Add(sum, TS.Add(TS.Add(c8, c9), TS.Add(c10, c11)));
        float* lanes = stackalloc float[16];
        TS.Store(sum, lanes);
        return lanes[0];
    }
}
