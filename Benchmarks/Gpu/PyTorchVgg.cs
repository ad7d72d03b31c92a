using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using NetViz.Weights.Generation;

namespace NetViz.Benchmarks.Gpu;

/// <summary>One line of pytorch_vgg.py: medians in milliseconds of the better memory format, or why there are none.</summary>
internal sealed record PyTorchTime(string Mode, bool Tf32, int Batch, string? Format, double ForwardMs, double BothMs,
    double WholeMs, string? Error);

/// <summary>The same network in PyTorch, on the same device, in a process of its own (peers/pytorch_vgg.py).</summary>
internal static class PyTorchVgg
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Runs the script. Returns its times and its version of PyTorch.</summary>
    /// <param name="python">The interpreter.</param>
    /// <param name="device">PyTorch's name of the device.</param>
    /// <param name="network">The network.</param>
    /// <param name="batches">Images at once.</param>
    /// <param name="seconds">Seconds for each job.</param>
    /// <returns>Its times, and what it says of itself or why it did not run.</returns>
    public static (List<PyTorchTime> Times, string About) Run(string python, string device, VggOptions network, int[] batches,
        int seconds)
    {
        var start = new ProcessStartInfo(python) { RedirectStandardOutput = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "peers", "pytorch_vgg.py"),
            "--device", device, "--batch", string.Join(",", batches), "--size", $"{network.InputSize}",
            "--channels", $"{network.Channels}", "--hidden", $"{network.Hidden}", "--seconds", $"{seconds}"])
            start.ArgumentList.Add(argument);
        var times = new List<PyTorchTime>();
        string about = "";
        try
        {
            using Process process = Process.Start(start)!;
            while (process.StandardOutput.ReadLine() is { } line)
            {
                if (!line.StartsWith('{')) about = line;
                else if (JsonSerializer.Deserialize<PyTorchTime>(line, Format) is { } time) times.Add(time);
            }

            process.WaitForExit();
            return (times, about.Length > 0 ? about : $"{python} ended with {process.ExitCode}");
        }
        catch (Win32Exception)
        {
            return ([], $"{python} is not there");
        }
    }
}
