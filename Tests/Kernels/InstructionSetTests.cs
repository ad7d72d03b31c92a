using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NetViz.Kernels.Cpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// The processor's kernels have forms for AVX-512, for AVX2 and for any hardware, chosen once at start. This process runs the
/// widest; the narrower ones run the operations' tests (<see cref="OperationTests"/>, small shapes) in processes of their own
/// that the runtime denies the wider instructions.
/// </summary>
public class InstructionSetTests
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
        TestProcess run = TestProcess.Run("Kernels", $"TestCategory={Category}", (denied, "0"), (ExpectedForm, form),
            (ExpectedBits, bits.ToString(CultureInfo.InvariantCulture)));
        Assert.That(run.ExitCode, Is.Zero, run.Told);
        Assert.That(run.CountOf("failed"), Is.Zero, run.Told);
        Assert.That(run.CountOf("skipped"), Is.Zero, run.Told);
        Assert.That(run.CountOf("succeeded"), Is.GreaterThan(500), run.Told);
        TestContext.Out.WriteLine($"{denied}=0: {run.CountOf("succeeded")} tests on {form}, vectors of {bits} bits");
    }
}
