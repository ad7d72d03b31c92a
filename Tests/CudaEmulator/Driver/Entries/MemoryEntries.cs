using System.Runtime.InteropServices;

namespace NetViz.CudaEmulator.Driver.Entries;

/// <summary>The device's memory, page-locked memory of the host, and copies.</summary>
internal static unsafe class MemoryEntries
{
    private const int MemoryTypeAttribute = 2, DevicePointerAttribute = 3;

    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemGetInfo_v2))]
    public static CudaError cuMemGetInfo_v2(nint* free, nint* total) => Entry.InContext(_ =>
    {
        *free = (nint)CudaContext.FreeBytes;
        *total = (nint)Settings.MemoryBytes;
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemAlloc_v2))]
    public static CudaError cuMemAlloc_v2(nint* address, nint bytes) =>
        Entry.InContext(context => *address = context.Allocate(bytes));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemFree_v2))]
    public static CudaError cuMemFree_v2(nint address) => Entry.InContext(context => context.Free(address));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemAllocHost_v2))]
    public static CudaError cuMemAllocHost_v2(nint* address, nint bytes) =>
        Entry.InContext(context => *address = HostMemory.Allocate(context, bytes));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemFreeHost))]
    public static CudaError cuMemFreeHost(nint address) => Entry.InContext(_ => HostMemory.Free(address));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemHostRegister_v2))]
    public static CudaError cuMemHostRegister_v2(nint address, nint bytes, int flags) =>
        Entry.InContext(context => HostMemory.Register(context, address, bytes));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemHostUnregister))]
    public static CudaError cuMemHostUnregister(nint address) => Entry.InContext(_ => HostMemory.Unregister(address));

    /// <summary>With unified addresses it is the host's own.</summary>
    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemHostGetDevicePointer_v2))]
    public static CudaError cuMemHostGetDevicePointer_v2(nint* device, nint host, int flags) => Entry.InContext(_ =>
    {
        if (!HostMemory.Contains(host, 1)) throw new CudaFailure(CudaError.InvalidValue);
        *device = host;
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuPointerGetAttribute))]
    public static CudaError cuPointerGetAttribute(void* value, int attribute, nint address) => Entry.InContext(context =>
    {
        bool isDevice = context.IsDevice(address, 1);
        if (!isDevice && !HostMemory.Contains(address, 1)) throw new CudaFailure(CudaError.InvalidValue);
        if (attribute == MemoryTypeAttribute) *(int*)value = isDevice ? 2 : 1;
        else if (attribute == DevicePointerAttribute) *(nint*)value = address;
        else throw new CudaFailure(CudaError.NotSupported);
    });

    /// <summary>
    /// Page-locked memory is read and written when the copy's turn comes. Any other memory of the host is read at the call, and
    /// written before the call ends, for which the stream must be done with all before it. At least one end is the device's; CUDA
    /// would also copy from host to host, but who asks for that has freed a buffer.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemcpyAsync))]
    public static CudaError cuMemcpyAsync(nint destination, nint source, nint bytes, nint stream) => Entry.InContext(context =>
    {
        CudaStream target = context.StreamOf(stream);
        if (bytes < 0) throw new CudaFailure(CudaError.InvalidValue);
        if (bytes == 0) return;
        bool isUp = context.IsDevice(destination, bytes), isDown = context.IsDevice(source, bytes);
        if (!isUp && !isDown) throw new CudaFailure(CudaError.InvalidValue);
        byte[]? staged = isDown || HostMemory.Contains(source, bytes)
            ? null : new ReadOnlySpan<byte>((void*)source, checked((int)bytes)).ToArray();
        if (isUp || HostMemory.Contains(destination, bytes))
        {
            target.Enqueue(new CopyCommand(destination, source, bytes, staged));
            return;
        }

        context.Wait(target.RunAll);
        Buffer.MemoryCopy((void*)source, (void*)destination, bytes, bytes);
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuMemsetD8Async))]
    public static CudaError cuMemsetD8Async(nint destination, byte value, nint bytes, nint stream) => Entry.InContext(context =>
    {
        CudaStream target = context.StreamOf(stream);
        if (bytes == 0) return;
        if (bytes < 0 || !context.IsDevice(destination, bytes)) throw new CudaFailure(CudaError.InvalidValue);
        target.Enqueue(new SetCommand(destination, value, bytes));
    });
}
