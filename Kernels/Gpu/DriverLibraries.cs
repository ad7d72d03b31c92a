using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// ILGPU asks for libcuda.so and libOpenCL.so, which only development packages bring; drivers bring libcuda.so.1 and
/// libOpenCL.so.1.
/// </summary>
internal static class DriverLibraries
{
    private static readonly Lock Once = new();
    private static bool _isResolving;

    /// <summary>Lets ILGPU find the libraries that are there. May be called any number of times.</summary>
    public static void Resolve()
    {
        lock (Once)
        {
            if (_isResolving) return;
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Find);
            _isResolving = true;
        }
    }

    /// <summary>Whether a platform's library is there.</summary>
    public static bool IsThere(GpuPlatform platform) => platform == GpuPlatform.IlgpuCpu
        || TryLoad(platform == GpuPlatform.Cuda ? "cuda" : "OpenCL", typeof(Context).Assembly, out _);

    private static nint Find(string name, Assembly assembly, DllImportSearchPath? path) =>
        TryLoad(name, assembly, out nint library) ? library : nint.Zero;

    private static bool TryLoad(string name, Assembly assembly, out nint library)
    {
        library = nint.Zero;
        if (OperatingSystem.IsLinux() && !name.StartsWith("lib", StringComparison.Ordinal)
            && NativeLibrary.TryLoad($"lib{name}.so.1", out library))
            return true;
        if (name == "cuda" && OperatingSystem.IsWindows()) name = "nvcuda";
        return NativeLibrary.TryLoad(name, assembly, null, out library);
    }
}
