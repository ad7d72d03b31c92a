using NetViz.Engine.Execution;
using NetViz.Kernels.Gpu;
using NUnit.Framework;

namespace NetViz.Tests.Common;

/// <summary>The devices on which the engine's tests run; another one joins by a line.</summary>
internal static class Devices
{
    private static readonly (string Name, Device Device)[] Known =
    [
        ("reference", Device.Reference),
        ("reference64", Device.ReferenceDouble),
        ("cpu-1", Device.Cpu(1)),
        ("cpu-2", Device.Cpu(2)),
        .. GpuBackEnd.Platforms.Select(platform => (GpuDevices.NameOf(platform),
            GpuBackEnd.DeviceOf(platform))),
    ];

    public static IEnumerable<TestCaseData> All =>
        Known.Select(known => new TestCaseData(known.Device).SetArgDisplayNames(known.Name));
}
