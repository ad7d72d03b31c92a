using System.Diagnostics;
using System.Globalization;

namespace NetViz.Fuzz;

/// <summary>
/// Time and memory of a case. The process's own peak of resident memory counts, native allocations and mapped files included.
/// </summary>
internal sealed class Guard : IDisposable
{
    /// <summary>Seconds that a case may take.</summary>
    public const double MostSeconds = 5;

    /// <summary>Bytes that the whole process may hold at once.</summary>
    public const long MostBytes = 1_000_000_000;

    // A case that is still running after this long will not be waited for.
    private const double HangSeconds = 30;

    private readonly Timer _watch;
    private readonly Action<string> _hung;
    private long _started;

    public Guard(Action<string> hung)
    {
        _hung = hung;
        _watch = new Timer(_ => Look(), null, 1000, 1000);
    }

    /// <summary>The slowest case, and the most memory in bytes.</summary>
    public (double Seconds, string SlowestCase, long Bytes) Worst { get; private set; }

    /// <summary>Runs a case; tells in words if it took too long twice or too much memory.</summary>
    public string? Run(string name, Action work)
    {
        double seconds = Time(work);
        // Other processes may have held this one up; a case that is slow of itself is slow again.
        if (seconds > MostSeconds)
        {
            GC.Collect();
            seconds = Math.Min(seconds, Time(work));
        }

        long bytes = PeakBytes();
        if (seconds > Worst.Seconds) Worst = (seconds, name, Worst.Bytes);
        Worst = Worst with { Bytes = Math.Max(Worst.Bytes, bytes) };
        if (seconds > MostSeconds) return $"took {seconds:0.0} s";
        if (bytes > MostBytes) return $"the process came to {bytes / 1e6:0} MB";
        if (bytes > MostBytes / 4)
        {
            // What this case left as garbage is not the next one's.
            GC.Collect();
            ResetPeak();
        }

        return null;
    }

    public void Dispose() => _watch.Dispose();

    private double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _started, start);
        work();
        Volatile.Write(ref _started, 0);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void Look()
    {
        long started = Volatile.Read(ref _started);
        if (started != 0 && Stopwatch.GetElapsedTime(started).TotalSeconds > HangSeconds)
            _hung($"did not end within {HangSeconds} s");
    }

    /// <summary>
    /// VmHWM of Linux: the most resident memory since the start or the last reset; elsewhere what the runtime knows.
    /// </summary>
    private static long PeakBytes()
    {
        if (!OperatingSystem.IsLinux()) return Process.GetCurrentProcess().PeakWorkingSet64;
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                return 1024 * long.Parse(line.AsSpan(6, line.Length - 8),
                    NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }

        return 0;
    }

    // Linux: writing 5 sets the peak back to what is resident now. Where it cannot, the peak of the whole run counts for each
    // case.
    private static void ResetPeak()
    {
        try
        {
            if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The peak stays; the limit then holds for the sum, which is stricter.
        }
    }
}
