using System.Runtime.InteropServices;

namespace NetViz.CudaEmulator.Driver.Entries;

/// <summary>Contexts: one is current on each thread, or none.</summary>
internal static unsafe class ContextEntries
{
    /// <summary>The new context becomes the calling thread's.</summary>
    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxCreate_v2))]
    public static CudaError cuCtxCreate_v2(nint* context, int flags, int device) => Entry.Initialized(() =>
    {
        DeviceEntries.RequireDevice(device);
        var made = new CudaContext();
        *context = Handles.Add(made);
        Entry.Current.Push(made);
    });

    /// <summary>Also where a kernel's fault ended it. On other threads it stays current and is of no use.</summary>
    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxDestroy_v2))]
    public static CudaError cuCtxDestroy_v2(nint context) => Entry.Initialized(() =>
    {
        var found = Handles.Get<CudaContext>(context, CudaError.InvalidContext);
        lock (found.Gate)
        {
            if (found.Fault == CudaError.Success) TryToFinish(found);
            found.Destroy();
        }

        Handles.Remove(context);
        if (Entry.Current.TryPeek(out CudaContext? current) && current == found) Entry.Current.Pop();
    });

    /// <summary>Replaces what is current; 0 takes it away.</summary>
    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxSetCurrent))]
    public static CudaError cuCtxSetCurrent(nint context) => Entry.Initialized(() =>
    {
        CudaContext? next = context == 0 ? null : Handles.Get<CudaContext>(context, CudaError.InvalidContext);
        Entry.Current.TryPop(out _);
        if (next is not null) Entry.Current.Push(next);
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxSynchronize))]
    public static CudaError cuCtxSynchronize() => Entry.InContext(context => context.Synchronize());

    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxGetCacheConfig))]
    public static CudaError cuCtxGetCacheConfig(int* config) => Entry.InContext(context => *config = context.CacheConfig);

    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxSetCacheConfig))]
    public static CudaError cuCtxSetCacheConfig(int config) => Entry.InContext(context => context.CacheConfig = config);

    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxGetSharedMemConfig))]
    public static CudaError cuCtxGetSharedMemConfig(int* config) =>
        Entry.InContext(context => *config = context.SharedMemoryConfig);

    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxSetSharedMemConfig))]
    public static CudaError cuCtxSetSharedMemConfig(int config) =>
        Entry.InContext(context => context.SharedMemoryConfig = config);

    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxEnablePeerAccess))]
    public static CudaError cuCtxEnablePeerAccess(nint peer, int flags) =>
        Entry.InContext(_ => throw new CudaFailure(CudaError.PeerAccessUnsupported));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuCtxDisablePeerAccess))]
    public static CudaError cuCtxDisablePeerAccess(nint peer) =>
        Entry.InContext(_ => throw new CudaFailure(CudaError.PeerAccessNotEnabled));

    /// <summary>What was launched and never waited for runs to its end all the same.</summary>
    private static void TryToFinish(CudaContext context)
    {
        try
        {
            context.Synchronize();
        }
        catch (CudaFailure)
        {
            // Told on standard error; cuCtxDestroy succeeds.
        }
    }
}
