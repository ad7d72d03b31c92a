using System.Runtime.InteropServices;

namespace NetViz.Tests.Common;

/// <summary>
/// The processor time of the calling thread: what a computation takes on a busy machine too. Where the system does not say, it
/// stays 0, and the tests bound nothing.
/// </summary>
internal static partial class ProcessorTime
{
    private const int LinuxClock = 3, MacClock = 16;

    /// <summary>Gets the seconds that this thread has computed so far.</summary>
    public static double OfThisThread
    {
        get
        {
            if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return 0;
            long[] time = new long[2];
            return GetTime(OperatingSystem.IsLinux() ? LinuxClock : MacClock, time) == 0 ? time[0] + time[1] * 1e-9 : 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, [Out] long[] time);
}
