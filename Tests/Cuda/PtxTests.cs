using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NetViz.CudaEmulator.Ptx;
using NUnit.Framework;

namespace NetViz.Tests.Cuda;

/// <summary>
/// The second evidence beside PoCL: every kernel of the GPU back-end compiles to PTX for an H100; none keeps arrays in local
/// memory; the hot ones load 128 bits at a time, those for tensor cores use them. Needs no device.
/// </summary>
public partial class PtxTests
{
    private const string Shared = "ld.shared.v4.f32", Global = "ld.global.v4.f32", StoreShared = "st.shared.v4.f32";

    private const string StoreGlobal = "st.global.v4.f32", Two = "ld.global.v2.f32", StoreTwo = "st.global.v2.f32";

    /// <summary>
    /// What hot kernels must hold, by the start of their name; a line more for another one. What they load from device memory is
    /// up to their operands.
    /// </summary>
    private static readonly (string Kernel, string[] Holds)[] Hot =
    [
        ("Gemm128<", [Shared, StoreShared]),
        ("Gemm64<", [Shared, StoreShared]),
        ("Gemm128<MatrixOperand,", [Global]),
        ("Gemm64<MatrixOperand,", [Global]),
        ("TensorGemm<ThreeTf32, LowTile, MatrixOperand,", [Global]),
        ("TensorGemm<", [Shared, StoreShared, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"]),
        ("TensorGemm<OneTf32,", ["cvt.rna.tf32.f32"]),
        ("WinogradInputKernel<TensorSource", [Global]),
        ("WinogradInputKernel<RectifierSource", [Global]),
        ("WinogradInputKernel<PoolSource", [Two]),
        ("WinogradOutputKernel<TensorTarget", [StoreGlobal]),
        ("WinogradOutputKernel<RectifierTarget", [StoreGlobal]),
        ("WinogradOutputKernel<PoolTarget", [StoreTwo]),
        ("ReluForwardKernel<", [Global, StoreGlobal]),
        ("ReluBackwardKernel<", [Global, StoreGlobal]),
    ];

    // CUDA's toolkit brings it; without it registers are unknown, since those of PTX are virtual.
    private static readonly Lazy<bool> HasPtxas = new(FindPtxas);

    private static IEnumerable<TestCaseData> Kernels =>
        PtxText.Kernels.Select(kernel => new TestCaseData(kernel).SetArgDisplayNames(PtxText.NameOf(kernel)));

    [TestCaseSource(nameof(Kernels))]
    public void Compiles_for_an_H100(Type kernel)
    {
        foreach (Type closed in PtxText.Closed(kernel))
        {
            string name = PtxText.NameOf(closed), text = PtxText.Of(closed);
            Assert.That(text, Does.Contain(".target sm_90"), name);
            Assert.That(() => PtxModule.Parse(text), Throws.Nothing, $"{name}: unknown to the interpreter");

            // An instruction of several results takes them by reference, through local memory in the text; ptxas takes it away.
            if (!text.Contains("mma.sync")) Assert.That(text, Does.Not.Contain(".local"), name);
            foreach ((string start, string[] holds) in Hot)
            {
                if (!name.StartsWith(start, StringComparison.Ordinal)) continue;
                foreach (string instruction in holds) Assert.That(text, Does.Contain(instruction), name);
            }

            if (HasPtxas.Value) RequireRegisters(name, text);
        }
    }

    [Test]
    public void Hot_kernels_are_there() => Assert.That(Hot.Select(hot => hot.Kernel).Where(start =>
        !PtxText.Kernels.Any(kernel => kernel.Name.StartsWith(start[..start.IndexOf('<')], StringComparison.Ordinal))), Is.Empty);

    /// <summary>What NVIDIA's assembler says: no stack, no spills, and how many registers.</summary>
    private static void RequireRegisters(string name, string text)
    {
        using var folder = new TemporaryFolder();
        (int code, string said) = Ptxas("-arch=sm_90", "-v", folder.Write("kernel.ptx", text), "-o", folder.File("kernel.cubin"));
        Assert.That(code, Is.Zero, $"{name}: {said}");
        Assert.That(said, Does.Contain("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads"), name);
        int registers = int.Parse(Registers().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
        TestContext.Out.WriteLine($"{name}: {registers} registers");
    }

    private static bool FindPtxas()
    {
        try
        {
            return Ptxas("--version").Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Said) Ptxas(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ptxas", arguments)
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string said = process.StandardError.ReadToEnd() + output.Result;
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Registers();
}
