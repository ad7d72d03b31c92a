using System.Diagnostics;
using NUnit.Framework;

namespace NetViz.Tests.Tools.Fuzzing;

/// <summary>
/// Mutated models, pictures, arrays and texts, each in the limits of tools/Fuzz/Guard.cs: no exception but NetVizException, 5 s,
/// 1 GB.
/// Run in a process of its own, so that a crash is seen as one and the memory is that of the cases alone.
/// tools/fuzz.sh runs longer.
/// </summary>
public class FuzzTests
{
    private const int Models = 1500, Files = 1000, Documents = 1000;

    [Test]
    public void Mutated_files_end_well_or_are_refused()
    {
        using var folder = new TemporaryFolder();
        string keep = Path.Combine(TestContext.CurrentContext.WorkDirectory, "fuzz-failures");
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string? data = Environment.GetEnvironmentVariable("NETVIZ_DATA");
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "NetViz.Fuzz.dll"), "--models", $"{Models}", "--files", $"{Files}",
            "--documents", $"{Documents}",
            "--seed", "1", "--repository", Path.GetDirectoryName(RepositoryRoot.File("NetViz.sln"))!, "--keep", keep,
            .. string.IsNullOrEmpty(data) ? Array.Empty<string>() : ["--data", data],
        ];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        TestContext.Out.WriteLine(output.Result);
        Assert.That(process.ExitCode, Is.Zero, $"{output.Result}{error.Result}\nfailing files are kept in {keep}");
        Assert.That(output.Result, Does.Contain("0 failures"));

        // Enough of them come far; without the shared data there are fewer and larger models to start from.
        int[] reached = [.. output.Result.Split('\n').First(line => line.StartsWith("models ", StringComparison.Ordinal))
            .Split(':', ',').Select(part => int.Parse(part.Trim().Split(' ')[^1],
                System.Globalization.CultureInfo.InvariantCulture))];
        Assert.That(reached[1], Is.GreaterThan(reached[0] / 2), "past the parser");
        Assert.That(reached[3], Is.GreaterThan(reached[0] / 5), "as far as a forward pass");
        Assert.That(reached[4], Is.GreaterThan(reached[0] / 5), "as far as a backward pass");
    }
}
