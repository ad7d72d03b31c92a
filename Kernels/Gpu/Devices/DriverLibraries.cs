using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// ILGPU asks for libcuda.so and libOpenCL.so, which only development packages bring; drivers bring libcuda.so.1 and
/// libOpenCL.so.1.
/// </summary>
internal static partial class DriverLibraries
{
    /// <summary>OpenCL drivers for processors, by what their libraries are called: PoCL's and Intel's.</summary>
    private static readonly string[] OfProcessors = ["libpocl", "libintelocl"];

    private static readonly Lock Once = new();
    private static bool _isResolving;

    /// <summary>Lets ILGPU find the libraries that are there. May be called any number of times.</summary>
    public static void Resolve()
    {
        lock (Once)
        {
            if (_isResolving) return;
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Find);
            // PoCL's compiler counts its warnings about generated code on standard error; .NET's own environment is not the one
            // that native code reads.
            if (OperatingSystem.IsLinux()) _ = SetEnvironment("POCL_EXTRA_BUILD_FLAGS", "-w", 0);
            _isResolving = true;
        }
    }

    /// <summary>Whether a platform's library is there.</summary>
    public static bool IsThere(GpuPlatform platform) => platform == GpuPlatform.IlgpuCpu
        || TryLoad(platform, out _);

    /// <summary>Loads the library of CUDA or OpenCL.</summary>
    public static bool TryLoad(GpuPlatform platform, out nint library) =>
        TryLoad(platform == GpuPlatform.Cuda ? "cuda" : "OpenCL", typeof(Context).Assembly, out library);

    /// <summary>
    /// Whether all of OpenCL's drivers that are installed are for processors, as far as their names tell. To load such a driver
    /// only to find no card takes 0.1 s (PoCL brings a whole compiler).
    /// </summary>
    public static bool AreForProcessorsOnly()
    {
        const string Installed = "/etc/OpenCL/vendors";
        try
        {
            if (Environment.GetEnvironmentVariable("OCL_ICD_VENDORS") is not null
                || Environment.GetEnvironmentVariable("OCL_ICD_FILENAMES") is not null
                || Environment.GetEnvironmentVariable("OPENCL_VENDOR_PATH") is not null
                || !Directory.Exists(Installed))
                return false;
            string[] drivers = [.. Directory.EnumerateFiles(Installed, "*.icd").Select(file => File.ReadAllText(file).Trim())];
            return drivers.All(driver =>
                OfProcessors.Any(known => Path.GetFileName(driver).StartsWith(known, StringComparison.Ordinal)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

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

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
