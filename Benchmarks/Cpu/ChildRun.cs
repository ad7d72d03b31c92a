using System.Diagnostics;

namespace NetViz.Benchmarks.Cpu;

/// <summary>One run of a program in a process of its own.</summary>
/// <param name="Milliseconds">From its start to its end.</param>
/// <param name="PeakBytes">The most memory that it had resident, mapped files counted; looked at every five milliseconds.</param>
/// <param name="ProcessorMilliseconds">Processor time of all its threads, as last looked at before its end.</param>
/// <param name="Output">What it printed.</param>
internal sealed record ChildRun(double Milliseconds, long PeakBytes, double ProcessorMilliseconds, string Output)
{
    /// <summary>Runs a .NET program to its end.</summary>
    /// <param name="arguments">The assembly and its arguments.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static ChildRun Of(string[] arguments) => Of("dotnet", arguments);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static ChildRun Of(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        double processor = 0;
        while (!process.WaitForExit(5))
        {
            try
            {
                process.Refresh();
                peak = Math.Max(peak, process.PeakWorkingSet64);
                processor = Math.Max(processor, process.TotalProcessorTime.TotalMilliseconds);
            }
            catch (InvalidOperationException)
            {
                // It ended between the two calls.
            }
        }

        double milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        process.WaitForExit();
        return process.ExitCode == 0
            ? new ChildRun(milliseconds, peak, processor, output.Result)
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result}");
    }
}
