using System.Globalization;

namespace NetViz.Kernels.Gpu;

/// <summary>Finds GPUs for the engine's devices that are chosen by name.</summary>
internal sealed class GpuProvider : IDeviceProvider
{
    private GpuProvider()
    {
    }

    /// <summary>Gets the only instance, so that a second registration adds nothing.</summary>
    public static GpuProvider Instance { get; } = new();

    /// <inheritdoc/>
    public DeviceChoice? Find(string name, DeviceSettings settings)
    {
        foreach (GpuPlatform platform in Enum.GetValues<GpuPlatform>())
        {
            string kind = GpuDevices.NameOf(platform);
            if (name == kind) return Choice(platform, 0, settings);
            if (platform != GpuPlatform.IlgpuCpu && name.StartsWith(kind + ":", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(kind.Length + 1), NumberStyles.Integer, CultureInfo.InvariantCulture, out int index)
                && index >= 0)
                return Choice(platform, index, settings);
        }

        return null;
    }

    /// <inheritdoc/>
    public FastestDevice FindFastest(DeviceSettings settings)
    {
        FoundCard found = CardSearch.Found;
        return new FastestDevice(found.Card is { } card ? Choice(card.Platform, card.Index, settings) : null, found.Fault);
    }

    private static DeviceChoice Choice(GpuPlatform platform, int index, DeviceSettings settings)
    {
        string name = GpuDevices.NameOf(platform);
        return new DeviceChoice(name, platform == GpuPlatform.IlgpuCpu ? name : $"{name}:{index}",
            () => GpuKernels.Open(platform, index, new GpuOptions { Algorithm = settings.Algorithm, Precision = settings.Precision }));
    }
}
