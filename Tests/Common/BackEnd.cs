using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Gpu;
using NetViz.Kernels.Reference;

namespace NetViz.Tests.Common;

/// <summary>A back-end of float32 under test; another one joins all suites by a line in <see cref="All"/>.</summary>
/// <param name="Name">How test names tell it.</param>
/// <param name="Create">Starts it.</param>
/// <param name="SumsInDouble">Whether every sum is accumulated in double, so that only its result is rounded to float32.</param>
/// <param name="ConvBound">
/// The least relative error that a convolution is allowed: Winograd's transforms round more often than plain sums.
/// </param>
/// <param name="ChannelCondition">
/// By how much the signals of a batch normalisation may lose more than usual: a channel's sums nearly cancel, and in float32,
/// which a GPU computes in throughout, that shows.
/// </param>
public sealed record BackEnd(string Name, Func<IKernels> Create, bool SumsInDouble = false, double ConvBound = 0,
    double ChannelCondition = 1)
{
    /// <summary>Where convolutions may go through Winograd's transforms.</summary>
    private const double WinogradBound = 3e-6;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<BackEnd> All { get; } =
    [
        new("reference", () => new ReferenceKernels<float>(), SumsInDouble: true),
        new("cpu-1", () => new CpuKernels(1), ConvBound: WinogradBound),
        new("cpu-2-winograd", () => new CpuKernels(2, ConvAlgorithm.Winograd), ConvBound: WinogradBound),
        new("cpu-2-direct", () => new CpuKernels(2, ConvAlgorithm.Direct)),
        new("cpu-5", () => new CpuKernels(5), ConvBound: WinogradBound),
        .. GpuBackEnd.Platforms.Select(platform => new BackEnd(GpuDevices.NameOf(platform), () => GpuBackEnd.Create(platform),
            ConvBound: WinogradBound, ChannelCondition: 8)),
    ];

    /// <summary>
    /// GPUs with Winograd's transforms wherever they apply; by default that is where there are many channels. For convolutions
    /// that have them.
    /// </summary>
    public static IReadOnlyList<BackEnd> Winograd { get; } =
    [
        .. GpuBackEnd.Platforms.Select(platform => new BackEnd($"{GpuDevices.NameOf(platform)}-winograd",
            () => GpuBackEnd.Create(platform, new GpuOptions { Algorithm = ConvAlgorithm.Winograd }), ConvBound: WinogradBound)),
    ];

    /// <summary>The GPU's slower forms of convolutions and fully connected layers, for the tables of those alone.</summary>
    public static IReadOnlyList<BackEnd> SlowForms { get; } =
    [
        .. from platform in GpuBackEnd.Platforms
           from form in new[] { ProductForm.Naive, ProductForm.Tiled }
           select new BackEnd($"{GpuDevices.NameOf(platform)}-{(form == ProductForm.Naive ? "naive" : "tiled")}",
               () => GpuBackEnd.Create(platform, new GpuOptions { Form = form, Algorithm = ConvAlgorithm.Direct })),
    ];

    /// <summary>Those that take a number of threads, whose results must not depend on it.</summary>
    public static IReadOnlyList<BackEnd> ByThreads { get; } =
    [
        .. new[] { 1, 2, 3, 5, 8 }.Select(threads =>
            new BackEnd($"cpu-{threads}", () => new CpuKernels(threads, ConvAlgorithm.Winograd))),
    ];

    /// <summary>Whether it is the processor's cores on two threads: enough for each instruction set once more.</summary>
    public bool IsCpuOnTwo => Name.StartsWith("cpu-2-", StringComparison.Ordinal);

    /// <summary>Whether it is a GPU, or a processor that looks like one.</summary>
    public bool IsGpu => !Name.StartsWith("cpu", StringComparison.Ordinal) && !SumsInDouble;

    public override string ToString() => Name;
}
