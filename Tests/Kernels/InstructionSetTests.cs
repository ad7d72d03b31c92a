using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using NetViz.Kernels.Cpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// The processor's kernels have forms for AVX-512, for AVX2 and for any hardware, chosen once at start. This process runs the
/// widest; the narrower ones run the operations' tests (<see cref="OperationTests"/>, small shapes) in processes of their own
/// that the runtime denies the wider instructions.
/// </summary>
public partial class InstructionSetTests
{
    /// <summary>The tests that the processes run.</summary>
    public const string Category = "InstructionSet";

    private const string ExpectedForm = "NETVIZ_TEST_FORM", ExpectedBits = "NETVIZ_TEST_VECTOR_BITS";

    private const string Wide = "AVX-512", Middle = "AVX2 and FMA", Portable = "portable vectors";

    private static int VectorBits => Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <summary>
    /// In a process of its own: the form and the width that whoever started it expects, else what the hardware has.
    /// </summary>
    [Test, Category(Category)]
    public void The_form_in_use_is_the_one_expected()
    {
        string form = Environment.GetEnvironmentVariable(ExpectedForm)
            ?? (Avx512F.IsSupported && Vector512.IsHardwareAccelerated ? Wide : Fma.IsSupported ? Middle : Portable);
        using var kernels = new CpuKernels(1);
        Assert.That(kernels.Description, Does.Contain(form));
        if (Environment.GetEnvironmentVariable(ExpectedBits) is { } bits)
            Assert.That(VectorBits, Is.EqualTo(int.Parse(bits, CultureInfo.InvariantCulture)));
    }

    /// <summary>What the runtime is denied, the form that is left, and the width of vectors that it then has.</summary>
    [TestCase("DOTNET_EnableAVX512", Middle, 256)]
    [TestCase("DOTNET_EnableAVX2", Portable, 128)]
    [TestCase("DOTNET_EnableHWIntrinsic", Portable, 0)]
    public void Operations_agree_with_the_definition_without(string denied, string form, int bits)
    {
        // Hardware that has less to begin with, or is no x86: then that is what is left.
        if (form == Middle && !Fma.IsSupported) form = Portable;
        bits = Math.Min(bits, VectorBits);
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in (string[])[typeof(InstructionSetTests).Assembly.Location, "--filter",
            $"TestCategory={Category}", "--progress", "off", "--no-ansi"])
            start.ArgumentList.Add(argument);
        start.Environment[denied] = "0";
        start.Environment[ExpectedForm] = form;
        start.Environment[ExpectedBits] = bits.ToString(CultureInfo.InvariantCulture);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        int CountOf(string what) => Summary().Matches(output).Where(line => line.Groups["what"].Value == what)
            .Select(line => int.Parse(line.Groups["count"].ValueSpan, CultureInfo.InvariantCulture)).Single();

        string told = $"{output}{error.Result}";
        Assert.That(process.ExitCode, Is.Zero, told);
        Assert.That(CountOf("failed"), Is.Zero, told);
        Assert.That(CountOf("skipped"), Is.Zero, told);
        Assert.That(CountOf("succeeded"), Is.GreaterThan(500), told);
        TestContext.Out.WriteLine($"{denied}=0: {CountOf("succeeded")} tests on {form}, vectors of {bits} bits");
    }

    [GeneratedRegex(@"^\s*(?<what>failed|skipped|succeeded):\s*(?<count>\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex Summary();
}
