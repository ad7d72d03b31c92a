using System.Runtime.InteropServices;
using System.Text;

namespace NetViz.CudaEmulator.Driver.Entries;

/// <summary>Initialisation, errors and the one device, whose number is 0.</summary>
internal static unsafe class DeviceEntries
{
    [UnmanagedCallersOnly(EntryPoint = nameof(cuInit))]
    public static CudaError cuInit(int flags) => Entry.Always(() =>
    {
        if (flags != 0) throw new CudaFailure(CudaError.InvalidValue);
        if (!Settings.IsVisible) throw new CudaFailure(CudaError.NoDevice);
        Entry.IsInitialized = true;
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuDriverGetVersion))]
    public static CudaError cuDriverGetVersion(int* version) => Entry.Always(() => *version = DeviceProperties.DriverVersion);

    [UnmanagedCallersOnly(EntryPoint = nameof(cuGetErrorString))]
    public static CudaError cuGetErrorString(CudaError error, byte** text) => Entry.Always(() =>
    {
        *text = ErrorText.Pointer(error);
        if (*text == null) throw new CudaFailure(CudaError.InvalidValue);
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuDeviceGetCount))]
    public static CudaError cuDeviceGetCount(int* count) => Entry.Initialized(() => *count = 1);

    [UnmanagedCallersOnly(EntryPoint = nameof(cuDeviceGet))]
    public static CudaError cuDeviceGet(int* device, int ordinal) => OfDevice(ordinal, () => *device = ordinal);

    [UnmanagedCallersOnly(EntryPoint = nameof(cuDeviceGetName))]
    public static CudaError cuDeviceGetName(byte* name, int length, int device) => OfDevice(device, () =>
    {
        if (length <= 0) throw new CudaFailure(CudaError.InvalidValue);
        var room = new Span<byte>(name, length);
        int count = Math.Min(length - 1, DeviceProperties.Name.Length);
        Encoding.ASCII.GetBytes(DeviceProperties.Name.AsSpan(0, count), room);
        room[count] = 0;
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuDeviceTotalMem_v2))]
    public static CudaError cuDeviceTotalMem_v2(nint* bytes, int device) =>
        OfDevice(device, () => *bytes = (nint)Settings.MemoryBytes);

    [UnmanagedCallersOnly(EntryPoint = nameof(cuDeviceGetAttribute))]
    public static CudaError cuDeviceGetAttribute(int* value, int attribute, int device) => OfDevice(device, () =>
    {
        if (attribute <= 0) throw new CudaFailure(CudaError.InvalidValue);
        *value = DeviceProperties.Attribute(attribute);
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuDeviceCanAccessPeer))]
    public static CudaError cuDeviceCanAccessPeer(int* canAccess, int device, int peer) => OfDevice(device, () =>
    {
        RequireDevice(peer);
        *canAccess = 0;
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuDeviceGetP2PAttribute))]
    public static CudaError cuDeviceGetP2PAttribute(int* value, int attribute, int source, int destination) =>
        OfDevice(source, () =>
        {
            RequireDevice(destination);
            if (source == destination) throw new CudaFailure(CudaError.InvalidDevice);
            *value = 0;
        });

    public static void RequireDevice(int device)
    {
        if (device != 0) throw new CudaFailure(CudaError.InvalidDevice);
    }

    private static CudaError OfDevice(int device, Action call,
        [System.Runtime.CompilerServices.CallerMemberName] string function = "")
        => Entry.Initialized(() =>
        {
            RequireDevice(device);
            call();
        }, function);
}
