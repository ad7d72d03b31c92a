using NetViz.Engine.Execution;
using NetViz.Kernels.Gpu;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace NetViz.Tests.Common;

/// <summary>
/// Puts every test that is given a back-end, device or platform of a GPU into the category <c>Gpu</c> and into its platform's:
/// <c>--filter "TestCategory=Gpu&amp;TestCategory!=opencl"</c> is what runs on a card. Tests that go through all back-ends name
/// the category themselves.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class GpuCategoryAttribute : NUnitAttribute, IApplyToTest
{
    /// <summary>The category.</summary>
    public const string Gpu = "Gpu";

    private static readonly string[] Platforms =
        [GpuDevices.NameOf(GpuPlatform.Cuda), GpuDevices.NameOf(GpuPlatform.OpenCL)];

    /// <inheritdoc/>
    public void ApplyToTest(Test test)
    {
        foreach (Test inner in test.Tests.OfType<Test>()) ApplyToTest(inner);
        foreach (string platform in Platforms)
        {
            if (!test.Arguments.Any(argument => NameOf(argument).StartsWith(platform, StringComparison.Ordinal))) continue;
            test.Properties.Add(PropertyNames.Category, Gpu);
            test.Properties.Add(PropertyNames.Category, platform);
        }
    }

    private static string NameOf(object? argument) => argument switch
    {
        BackEnd backEnd => backEnd.Name,
        Device device => device.Name,
        GpuPlatform platform => GpuDevices.NameOf(platform),
        _ => "",
    };
}
