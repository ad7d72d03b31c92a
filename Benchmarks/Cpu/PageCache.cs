using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetViz.Benchmarks.Cpu;

/// <summary>The operating system's cache of a file.</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4;

    /// <summary>
    /// Makes Linux drop what it keeps of a file, unless a process has it mapped; does nothing elsewhere, where runs stay warm.
    /// </summary>
    public static void Forget(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        using SafeFileHandle file = File.OpenHandle(path);
        // Pages that are not written yet would stay.
        _ = FileSync(file);
        _ = Advise(file, 0, 0, DontNeed);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FileSync(SafeFileHandle file);
}
