using System.Globalization;

namespace NetViz.CudaEmulator.Driver;

/// <summary>
/// The device and driver that are emulated, as the process's environment wants them:
/// <c>NETVIZ_CUDA_MEMORY</c> (bytes of the device), <c>NETVIZ_CUDA_VERSION</c> (of the driver, as 12.4),
/// <c>NETVIZ_CUDA_CAPABILITY</c> (as 9.0), <c>NETVIZ_CUDA_FAIL</c> (functions that fail: <c>cuCtxCreate_v2:999</c>, or from
/// their fourth call on <c>cuMemAlloc_v2:2:3</c>, several with a comma between them) and <c>NETVIZ_CUDA_LEAKS</c> (1: what a
/// context still holds when it is destroyed is reported). As with CUDA, an empty <c>CUDA_VISIBLE_DEVICES</c> hides the device.
/// </summary>
internal static class Settings
{
    public static long MemoryBytes { get; } =
        long.TryParse(Read("NETVIZ_CUDA_MEMORY"), CultureInfo.InvariantCulture, out long bytes) ? bytes : 4_000_000_000;

    public static (int Major, int Minor) DriverVersion { get; } = Version("NETVIZ_CUDA_VERSION", (12, 4));

    public static (int Major, int Minor) Capability { get; } = Version("NETVIZ_CUDA_CAPABILITY", (9, 0));

    public static bool TellsLeaks { get; } = Read("NETVIZ_CUDA_LEAKS") == "1";

    public static bool IsVisible { get; } = Read("CUDA_VISIBLE_DEVICES") is null or not ("" or "-1");

    private static readonly Failure[] Failures = [.. (Read("NETVIZ_CUDA_FAIL") ?? "")
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Failure.Parse)];

    /// <summary>The error that a function shall return this time, if any.</summary>
    public static CudaError FailureOf(string function)
    {
        foreach (Failure failure in Failures)
        {
            if (failure.Function == function && failure.IsDue()) return failure.Error;
        }

        return CudaError.Success;
    }

    private static string? Read(string name) => Environment.GetEnvironmentVariable(name);

    private static (int Major, int Minor) Version(string name, (int Major, int Minor) otherwise)
    {
        string[] parts = (Read(name) ?? "").Split('.');
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int major)
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int minor) ? (major, minor) : otherwise;
    }

    private sealed record Failure(string Function, CudaError Error, int Successes)
    {
        private int _calls;

        public static Failure Parse(string text)
        {
            string[] parts = text.Split(':');
            return new Failure(parts[0], (CudaError)int.Parse(parts[1], CultureInfo.InvariantCulture),
                parts.Length > 2 ? int.Parse(parts[2], CultureInfo.InvariantCulture) : 0);
        }

        public bool IsDue() => Interlocked.Increment(ref _calls) > Successes;
    }
}
