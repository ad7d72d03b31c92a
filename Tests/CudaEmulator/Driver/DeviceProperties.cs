namespace NetViz.CudaEmulator.Driver;

/// <summary>
/// What the device says of itself: an H100 (SXM), whose figures NVIDIA publishes, unless the environment says otherwise.
/// </summary>
internal static class DeviceProperties
{
    public const string Name = "PTX interpreter (emulated H100)";

    public const int Multiprocessors = 132, MaxThreadsPerMultiprocessor = 2048, MaxThreadsPerBlock = 1024;

    /// <summary>Bytes of shared memory a block may have without asking for more.</summary>
    public const int SharedBytesPerBlock = 48 << 10;

    public static readonly (int X, int Y, int Z) MaxBlock = (1024, 1024, 64), MaxGrid = (int.MaxValue, 65535, 65535);

    /// <summary>As cuDriverGetVersion writes it: 1000 major + 10 minor.</summary>
    public static int DriverVersion => 1000 * Settings.DriverVersion.Major + 10 * Settings.DriverVersion.Minor;

    /// <summary>
    /// The newest version of PTX that the driver reads, which grew with CUDA's own: 12.4 reads 8.4, 11.8 reads 7.8. Between 12.6
    /// and 12.9 it is one less in the last place, and before 11.0 it was counted from CUDA 9.0, which read 6.0.
    /// </summary>
    public static (int Major, int Minor) PtxVersion => Settings.DriverVersion switch
    {
        ( >= 13, var minor) => (9, minor),
        (12, >= 6 and var minor) => (8, minor - 1),
        (12, var minor) => (8, minor),
        (11, var minor) => (7, minor),
        (10, var minor) => (6, 3 + minor),
        (9, var minor) => (6, minor),
        _ => (5, 0),
    };

    /// <summary>
    /// A device attribute by cuda.h's number (CU_DEVICE_ATTRIBUTE_...). Whatever is not listed (textures, surfaces) is 0.
    /// </summary>
    public static int Attribute(int kind) => kind switch
    {
        1 => MaxThreadsPerBlock,
        2 => MaxBlock.X,
        3 => MaxBlock.Y,
        4 => MaxBlock.Z,
        5 => MaxGrid.X,
        6 => MaxGrid.Y,
        7 => MaxGrid.Z,
        8 => SharedBytesPerBlock,
        9 => 64 << 10, // constant memory
        10 => 32, // threads of a warp
        11 => int.MaxValue, // pitch
        12 => 65536, // registers of a block
        13 => 1_980_000, // clock, kHz
        14 => 512, // alignment of textures
        15 => 1, // copies overlap kernels
        16 => Multiprocessors,
        19 => 1, // maps host memory
        31 => 1, // kernels side by side
        32 => 1, // ECC
        33 => 1, // PCI bus
        36 => 2_619_000, // memory clock, kHz
        37 => 5120, // width of the memory bus, bits
        38 => 50 << 20, // L2 cache
        39 => MaxThreadsPerMultiprocessor,
        40 => 3, // copy engines
        41 => 1, // unified addresses
        75 => Settings.Capability.Major,
        76 => Settings.Capability.Minor,
        78 => 1, // priorities of streams
        79 or 80 => 1, // L1 caches
        81 => 228 << 10, // shared memory of a multiprocessor
        82 => 65536, // registers of a multiprocessor
        83 => 1, // managed memory
        90 => 1, // compute preemption
        91 => 1, // the device uses host addresses of registered memory
        _ => 0,
    };
}
