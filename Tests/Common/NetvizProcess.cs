using System.Diagnostics;
using System.Text.Json;

namespace NetViz.Tests.Common;

/// <summary>One run of the command <c>netviz</c>: in this process, or in one of its own, as a user starts it.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="PeakBytes">The largest resident memory seen of a process of its own.</param>
internal sealed record NetvizProcess(int ExitCode, string Out, string Error, long PeakBytes)
{
    /// <summary>Unless a test names a device, it is the processor also on a machine with a card.</summary>
    static NetvizProcess() => Environment.SetEnvironmentVariable("NETVIZ_DEVICE", "cpu");

    /// <summary>Standard output as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>
    /// Runs it to the end in this process, which costs no start of a process. Standard output and standard error are its own.
    /// </summary>
    public static NetvizProcess Run(params string[] arguments)
    {
        (int code, string output, string error) = RunConsole.Capture(() => NetViz.Cli.Program.Main(arguments));
        return new NetvizProcess(code, output, error, PeakBytes: 0);
    }

    /// <summary>Runs it to the end in a process of its own.</summary>
    public static NetvizProcess RunApart(params string[] arguments) => RunApart(new Dictionary<string, string>(), arguments);

    /// <summary>Runs it to the end in a process of its own, with some environment variables more than this process has.</summary>
    public static NetvizProcess RunApart(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        return WaitFor(process);
    }

    /// <summary>Runs it to the end in a folder.</summary>
    public static NetvizProcess RunIn(string folder, params string[] arguments)
    {
        using Process process = Start(new Dictionary<string, string>(), arguments, folder);
        return WaitFor(process);
    }

    /// <summary>Starts it; the caller waits for its end or brings it about.</summary>
    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Start(environment, arguments, folder: "");

    /// <summary>Starts it in a shell of Linux or macOS, which does something before: it lowers a limit, for example.</summary>
    public static Process StartInShell(string before, IReadOnlyDictionary<string, string> environment,
        params string[] arguments) => Start(environment, arguments, folder: "", before);

    private static Process Start(IReadOnlyDictionary<string, string> environment, string[] arguments, string folder,
        string? before = null)
    {
        var start = new ProcessStartInfo(before is null ? "dotnet" : "bash")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        if (before is not null)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add($"{before}; exec dotnet \"$0\" \"$@\"");
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "netviz.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Waits for the end.</summary>
    public static NetvizProcess WaitFor(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(20))
        {
            process.Refresh();
            try
            {
                peak = Math.Max(peak, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                // It ended between the two calls.
            }
        }

        process.WaitForExit();
        return new NetvizProcess(process.ExitCode, output.Result, error.Result, peak);
    }
}
