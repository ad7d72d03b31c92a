using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>One page of netviz report with all sections, written once for all tests that look at it.</summary>
internal static class ExampleReport
{
    /// <summary>What it is about, with the default model.</summary>
    public static string[] Pictures { get; } = [RepositoryRoot.File("docs", "images", "orange.png"), "sample:ladybug"];

    private static readonly Lazy<(NetvizProcess Run, string Html)> Once = new(() =>
    {
        using var folder = new TemporaryFolder();
        string page = folder.File("made", "report.html");
        NetvizProcess run = NetvizProcess.Run(["report", .. Pictures, "--output", page]);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return (run, File.ReadAllText(page));
    });

    /// <summary>The run that wrote it, and the page.</summary>
    public static (NetvizProcess Run, string Html) Written => Once.Value;
}
