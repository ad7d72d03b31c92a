namespace NetViz.Kernels;

/// <summary>
/// A package of back-ends that programs choose by name, such as the GPU's. A program registers it by
/// <see cref="DeviceProviders.Register"/>; nothing is searched for at run time, so that trimming keeps what is used and no more.
/// </summary>
public interface IDeviceProvider
{
    /// <summary>Finds a device by its name.</summary>
    /// <param name="name">The name in lower case, for example <c>cuda:1</c>.</param>
    /// <param name="settings">How it computes.</param>
    /// <returns>The device, which is not opened yet; null if the provider has no device of that kind.</returns>
    DeviceChoice? Find(string name, DeviceSettings settings);

    /// <summary>Finds the device that <c>auto</c> takes instead of the processor. Never throws.</summary>
    /// <param name="settings">How it computes.</param>
    FastestDevice FindFastest(DeviceSettings settings);
}

/// <summary>How a device that was chosen by name computes.</summary>
/// <param name="Algorithm">How convolutions are computed.</param>
/// <param name="Precision">The arithmetic of products.</param>
public sealed record DeviceSettings(ConvAlgorithm Algorithm = ConvAlgorithm.Auto, GpuPrecision Precision = GpuPrecision.Float32);

/// <summary>A device that a provider knows.</summary>
/// <param name="Name">The name of its kind, for example <c>cuda</c>.</param>
/// <param name="Id">The name by which users choose it, for example <c>cuda:0</c>.</param>
/// <param name="Create">Starts its back-end. Throws <see cref="DeviceException"/> if there is no such device.</param>
public sealed record DeviceChoice(string Name, string Id, Func<IKernels> Create);

/// <summary>The result of a search for a device that is faster than the processor.</summary>
/// <param name="Device">The device; null if there is none.</param>
/// <param name="Fault">What went wrong in the search; null if nothing did.</param>
public sealed record FastestDevice(DeviceChoice? Device, string? Fault);
