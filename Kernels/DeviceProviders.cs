using System.Collections.Immutable;

namespace NetViz.Kernels;

/// <summary>The device providers of this program.</summary>
public static class DeviceProviders
{
    private static ImmutableArray<IDeviceProvider> _registered = [];

    /// <summary>Gets the registered providers in the order of their registration.</summary>
    public static IReadOnlyList<IDeviceProvider> Registered => _registered;

    /// <summary>Adds a provider. A provider that is registered already is not added again.</summary>
    /// <param name="provider">The provider.</param>
    public static void Register(IDeviceProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ImmutableInterlocked.Update(ref _registered, static (all, added) => all.Contains(added) ? all : all.Add(added), provider);
    }
}
