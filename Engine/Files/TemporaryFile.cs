using System.Globalization;
using System.Text.RegularExpressions;

namespace NetViz.Engine.Files;

/// <summary>
/// Files that are not complete yet: .netviz-PROCESS-START-RANDOM.tmp in the folder of the file that they become. They are locked
/// while they are written, so that what a killed process left can be told from what another process is writing.
/// </summary>
internal static partial class TemporaryFile
{
    // Names without a process were given by earlier versions.
    private static readonly TimeSpan LongAgo = TimeSpan.FromHours(1), SameStart = TimeSpan.FromSeconds(3);

    private static readonly string Process = string.Create(CultureInfo.InvariantCulture,
        $"{Environment.ProcessId:x}-{new DateTimeOffset(StartOf(Environment.ProcessId) ?? DateTime.Now).ToUnixTimeSeconds():x}");

    /// <summary>A name that nothing has: not derived from the file's own, which may already have the greatest length.</summary>
    public static string NameIn(string folder) => Path.Combine(folder, $".netviz-{Process}-{Guid.NewGuid():N}.tmp");

    /// <summary>
    /// Creates the file, never through a link, and locks it against writers and against removal. Readers are let in: the file
    /// still
    /// has the lock at the moment in which it takes its final name.
    /// </summary>
    public static FileStream Create(string path, long bytes) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.ReadWrite,
        Share = FileShare.Read,
        PreallocationSize = bytes,
    });

    /// <summary>Removes a file whose write failed.</summary>
    public static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; this one only says that its remains could not be removed.
        }
    }

    /// <summary>Removes what killed processes left in a folder; what may still be written to stays.</summary>
    public static void RemoveStale(string folder)
    {
        try
        {
            foreach (string path in Directory.EnumerateFiles(folder, ".netviz-*.tmp"))
            {
                if (IsOrphan(path) && IsUnlocked(path)) Discard(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Leftovers do no harm but take space; a later run tries again.
        }
    }

    private static bool IsOrphan(string path)
    {
        if (FileFacts.Of(path, follow: false).Type != FileType.Regular) return false;
        Match match = Name().Match(Path.GetFileName(path));
        if (!match.Success) return false;
        if (!match.Groups["process"].Success) return DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > LongAgo;
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (!int.TryParse(match.Groups["process"].ValueSpan, NumberStyles.HexNumber, culture, out int process)
            || !long.TryParse(match.Groups["start"].ValueSpan, NumberStyles.HexNumber, culture, out long start))
            return false;
        if (Path.GetFileName(path).StartsWith($".netviz-{Process}-", StringComparison.Ordinal)) return false;
        // A process of the same number that began at another time is another process.
        try
        {
            return StartOf(process) is not { } began
                || Math.Abs(new DateTimeOffset(began).ToUnixTimeSeconds() - start) > SameStart.TotalSeconds;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // A process of somebody else, whose start is not to be known.
            return false;
        }
    }

    private static bool IsUnlocked(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>When a process began; null if there is none of that number.</summary>
    private static DateTime? StartOf(int process)
    {
        try
        {
            using System.Diagnostics.Process found = System.Diagnostics.Process.GetProcessById(process);
            return found.StartTime;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    [GeneratedRegex("^\\.netviz-((?<process>[0-9a-f]{1,8})-(?<start>[0-9a-f]{1,12})-)?[0-9a-f]{32}\\.tmp$")]
    private static partial Regex Name();
}
