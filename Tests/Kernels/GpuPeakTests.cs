using NetViz.Kernels.Gpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>What benchmarks measure times against.</summary>
public class GpuPeakTests
{
    private static IEnumerable<TestCaseData> Platforms =>
        GpuBackEnd.Platforms.Select(platform => new TestCaseData(platform).SetArgDisplayNames(GpuDevices.NameOf(platform)));

    [TestCaseSource(nameof(Platforms))]
    public void Arithmetic_and_memory_have_a_speed(GpuPlatform platform)
    {
        using GpuKernels kernels = GpuBackEnd.Create(platform);
        Assert.That(kernels.MeasurePeak(), Is.Positive.And.Not.EqualTo(double.PositiveInfinity));
        Assert.That(kernels.MeasureBandwidth(), Is.Positive.And.Not.EqualTo(double.PositiveInfinity));
    }
}
