using NetViz.CudaEmulator.Ptx;

namespace NetViz.CudaEmulator.Driver;

/// <summary>
/// How many blocks a multiprocessor holds, by threads and shared memory; registers count as those of a kernel of at most 32 a
/// thread, since PTX's are virtual.
/// </summary>
internal static class Occupancy
{
    private const int MaxBlocks = 32, Warp = 32, SharedBytes = 227 << 10;

    public static int BlocksOfMultiprocessor(PtxKernel kernel, int threads, nint sharedBytes)
    {
        if (threads > kernel.MaxThreads) return 0;
        long shared = kernel.StaticSharedBytes + sharedBytes;
        if (shared > DeviceProperties.SharedBytesPerBlock) return 0;
        int byThreads = DeviceProperties.MaxThreadsPerMultiprocessor / ((threads + Warp - 1) / Warp * Warp);
        int byMemory = shared == 0 ? MaxBlocks : (int)(SharedBytes / shared);
        return Math.Min(MaxBlocks, Math.Min(byThreads, byMemory));
    }

    /// <summary>The largest block that keeps most threads busy, and how many of it fill the device.</summary>
    public static (int Grid, int Block) BestBlock(PtxKernel kernel, Func<int, nint> sharedBytes, int limit)
    {
        int most = Math.Min(kernel.MaxThreads, limit > 0 ? limit : DeviceProperties.MaxThreadsPerBlock) / Warp * Warp;
        (int threads, int blocks) best = (0, 0);
        for (int threads = Math.Max(most, Warp); threads >= Warp; threads -= Warp)
        {
            int blocks = BlocksOfMultiprocessor(kernel, threads, sharedBytes(threads));
            if (blocks * threads > best.blocks * best.threads) best = (threads, blocks);
        }

        return best.blocks > 0
            ? (best.blocks * DeviceProperties.Multiprocessors, best.threads)
            : throw new CudaFailure(CudaError.InvalidValue);
    }
}
