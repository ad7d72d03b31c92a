using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace NetViz.Tests.Common;

/// <summary>A test project in a process of its own, which runs some of its tests in another environment.</summary>
/// <param name="ExitCode">0 where all passed.</param>
/// <param name="Told">What it said on standard output and standard error.</param>
internal sealed partial record TestProcess(int ExitCode, string Told)
{
    /// <summary>Runs it to the end.</summary>
    /// <param name="project">The test project by the name of its folder, for example <c>Kernels</c>. It has to be built.</param>
    /// <param name="filter">Which tests.</param>
    /// <param name="environment">Variables that it has beside those of this process.</param>
    public static TestProcess Run(string project, string filter,
        params ReadOnlySpan<(string Name, string Value)> environment)
    {
        // .../Tests/X/bin/Release/net10.0/
        string[] folders = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory).Split(Path.DirectorySeparatorChar)[^3..];
        string assembly = Path.Combine([RepositoryRoot.File("Tests", project), .. folders, $"NetViz.Tests.{project}.dll"]);
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in (string[])[assembly, "--filter", filter, "--progress", "off",
            "--no-ansi"])
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new TestProcess(process.ExitCode, $"{output}{error.Result}");
    }

    /// <summary>How many tests <c>failed</c>, were <c>skipped</c> or <c>succeeded</c>.</summary>
    public int CountOf(string what) => Summary().Matches(Told).Where(line => line.Groups["what"].Value == what)
        .Select(line => int.Parse(line.Groups["count"].ValueSpan, CultureInfo.InvariantCulture)).Single();

    [GeneratedRegex(@"^\s*(?<what>failed|skipped|succeeded):\s*(?<count>\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex Summary();
}
