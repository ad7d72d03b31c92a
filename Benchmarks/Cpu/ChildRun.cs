using System.Diagnostics;

namespace NetViz.Benchmarks.Cpu;

/// <summary>One run of a .NET program in a process of its own.</summary>
/// <param name="Milliseconds">From its start to its end.</param>
/// <param name="PeakBytes">The most memory that it had resident, mapped files counted; looked at every five milliseconds.</param>
/// <param name="Output">What it printed.</param>
internal sealed record ChildRun(double Milliseconds, long PeakBytes, string Output)
{
    /// <summary>Runs it to the end.</summary>
    /// <param name="arguments">The assembly and its arguments.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static ChildRun Of(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(5))
        {
            try
            {
                process.Refresh();
                peak = Math.Max(peak, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                // It ended between the two calls.
            }
        }

        double milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        process.WaitForExit();
        return process.ExitCode == 0
            ? new ChildRun(milliseconds, peak, output.Result)
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result}");
    }
}
