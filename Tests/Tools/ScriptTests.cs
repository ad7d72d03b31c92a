using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace NetViz.Tests.Tools;

/// <summary>The scripts that no test runs, since they need a card or many minutes, are at least whole.</summary>
public class ScriptTests
{
    [TestCase("gpu-bundle.sh"), TestCase("gpu-run.sh"), TestCase("fuzz.sh"), Platform("Linux,MacOsX")]
    public void The_shell_reads_it(string script) => RequireSuccess("bash", "-n", RepositoryRoot.File("tools", script));

    [TestCase("pytorch_training.py"), TestCase("peers/pytorch_vgg.py")]
    public void Python_reads_it(string script) => RequireSuccess("python3", "-c",
        "import ast, sys; ast.parse(open(sys.argv[1], encoding='utf-8').read())", RepositoryRoot.File("Benchmarks", script));

    private static void RequireSuccess(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, error);
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"needs {program}, which is not there");
        }
    }
}
