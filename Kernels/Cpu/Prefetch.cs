using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>Asks for a cache line before it is read; any address will do. Nothing happens where there is no such instruction.</summary>
internal static unsafe class Prefetch
{
    /// <summary>Into L1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Near(float* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>Into L2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Far(float* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }
}
