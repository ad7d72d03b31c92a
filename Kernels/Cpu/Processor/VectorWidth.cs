using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>Which vectors the kernels compute with, chosen once at start from what the processor has.</summary>
internal static class VectorWidth
{
    /// <summary>
    /// The environment variable that forbids wider vectors, 256 or 128 bits: for tests of the narrower forms, and to compare the
    /// bytes of two processors.
    /// </summary>
    public const string Variable = "NETVIZ_VECTOR_BITS";

    /// <summary>Gets the bits of a vector: 512, 256 or 128.</summary>
    public static int Bits { get; } = Math.Min(Forced(),
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128);

    /// <summary>
    /// Gets whether there are 32 registers, as NEON and AVX-512 have, so that blocks of 6 x 16 sums of 128 bits stay in them.
    /// </summary>
    public static bool HasManyRegisters => AdvSimd.IsSupported || Vector512.IsHardwareAccelerated;

    /// <summary>Gets the name of the instructions in use.</summary>
    public static string Name => Bits switch
    {
        512 => "AVX-512",
        256 => "AVX2 and FMA",
        _ when AdvSimd.IsSupported => "NEON",
        _ when Fma.IsSupported => "FMA, vectors of 128 bits",
        _ when Sse.IsSupported => "SSE, vectors of 128 bits",
        _ => "portable vectors",
    };

    private static int Forced() => Environment.GetEnvironmentVariable(Variable) switch
    {
        "128" => 128,
        "256" => 256,
        _ => 512,
    };
}
