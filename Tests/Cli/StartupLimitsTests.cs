using System.ComponentModel;
using System.Diagnostics;
using NetViz.Cli.Common;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Limits of the system that are too small are told in one line, wherever the runtime comes as far as netviz.</summary>
public class StartupLimitsTests
{
    // With 20 files, or 1500000 kB of address space, the runtime ends before netviz begins.
    [TestCase("ulimit -n 40", "too few files may be open at once (ulimit -n)")]
    [TestCase("ulimit -n 64", "too few files may be open at once (ulimit -n)")]
    [TestCase("export DOTNET_GCHeapHardLimit=0x800000", "(ulimit -v")]
    [TestCase("export DOTNET_GCHeapHardLimit=0xC00000", "(ulimit -v")]
    [Platform("Linux", Reason = "limits of a shell of Linux")]
    public void A_limit_that_is_too_small_is_one_line(string limit, string told)
    {
        NetvizProcess run = Run(limit);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")), run.Error);
        Assert.That(run.Error, Does.StartWith("netviz: ").And.Contain(told));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    [Platform("Linux", Reason = "limits of a shell of Linux")]
    public void A_result_that_grows_too_long_is_told_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        // The signal would end the process, and the runtime maps its code twice from a file of gigabytes.
        using Process process = NetvizProcess.StartInShell("trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; ulimit -f 64",
            new Dictionary<string, string>(), "export", "--output", folder.File("n.onnx"));
        NetvizProcess run = NetvizProcess.WaitFor(process);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")), run.Error);
        Assert.That(run.Error.TrimEnd(), Does.Contain("n.onnx cannot be written: it would be longer").And.Not.Contain('\n'));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [TestCase(1_600_000)]
    [TestCase(1_650_000)]
    [TestCase(1_700_000)]
    [TestCase(1_750_000)]
    [TestCase(1_800_000)]
    [TestCase(1_900_000)]
    [TestCase(2_000_000)]
    [TestCase(2_300_000)]
    [TestCase(2_600_000)]
    [Platform("Linux", Reason = "limits of a shell of Linux")]
    public void An_address_space_suffices_or_is_told_of_or_the_runtime_does_not_begin(int kilobytes)
    {
        NetvizProcess run = Run($"ulimit -v {kilobytes}");
        // What a signal ended has 128 and more.
        if (run.ExitCode >= 128)
        {
            Assert.That(run.Error, Does.Not.Contain("netviz:").And.Not.Contain("   at NetViz."));
            return;
        }

        Assert.That(run.ExitCode, Is.Zero.Or.EqualTo(2), run.Error);
        if (run.ExitCode == 2) Assert.That(run.Error.TrimEnd(), Does.Contain("ulimit -v").And.Not.Contain('\n'));
    }

    [Test]
    public void A_limit_is_known_by_the_exception_that_it_makes()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(StartupLimits.Explain(new InsufficientMemoryException()), Does.Contain("memory"));
            Assert.That(StartupLimits.Explain(new FileNotFoundException("", "Spectre.Console, Version=1.0.0.0, Culture=neutral")),
                Does.Contain("could not be loaded (Spectre.Console)"));
            Assert.That(StartupLimits.Explain(new Win32Exception(12)), Does.Contain("ulimit -v"));
            Assert.That(StartupLimits.Explain(new TypeInitializationException("T", new Win32Exception(24))),
                Does.Contain("ulimit -n"));
            Assert.That(StartupLimits.Explain(new TypeInitializationException("T", new DllNotFoundException())),
                Does.Contain("ulimit -v"));
            Assert.That(StartupLimits.Explain(new IOException("", 24)), Does.Contain("ulimit -n"));
            Assert.That(StartupLimits.Explain(new FileNotFoundException("", "x.png")), Is.Null);
            Assert.That(StartupLimits.Explain(new IOException("", 28)), Is.Null);
        }
    }

    private static NetvizProcess Run(string limit)
    {
        using Process process = NetvizProcess.StartInShell($"ulimit -c 0; {limit}", new Dictionary<string, string>(), "classify",
            "--device", "cpu", "--threads", "1", "--quiet");
        return NetvizProcess.WaitFor(process);
    }
}
