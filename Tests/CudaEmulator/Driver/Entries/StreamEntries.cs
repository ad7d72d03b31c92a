using System.Runtime.InteropServices;

namespace NetViz.CudaEmulator.Driver.Entries;

/// <summary>Streams and events.</summary>
internal static unsafe class StreamEntries
{
    private const int NonBlocking = 1;

    [UnmanagedCallersOnly(EntryPoint = nameof(cuStreamCreate))]
    public static CudaError cuStreamCreate(nint* stream, int flags) => Entry.InContext(context => Create(context, stream, flags));

    /// <summary>No priority is kept: nothing runs at the same time.</summary>
    [UnmanagedCallersOnly(EntryPoint = nameof(cuStreamCreateWithPriority))]
    public static CudaError cuStreamCreateWithPriority(nint* stream, int flags, int priority) =>
        Entry.InContext(context => Create(context, stream, flags));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuStreamDestroy_v2))]
    public static CudaError cuStreamDestroy_v2(nint stream) => Entry.InContext(context =>
    {
        if (stream == 0) throw new CudaFailure(CudaError.InvalidHandle);
        context.DestroyStream(stream);
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuStreamSynchronize))]
    public static CudaError cuStreamSynchronize(nint stream) =>
        Entry.InContext(context => context.Wait(context.StreamOf(stream).RunAll));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuEventCreate))]
    public static CudaError cuEventCreate(nint* made, int flags) =>
        Entry.InContext(context => *made = context.Keep(new CudaEvent(context)));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuEventDestroy_v2))]
    public static CudaError cuEventDestroy_v2(nint which) => OfEvent(which, (context, _) => context.Drop(which));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuEventRecord))]
    public static CudaError cuEventRecord(nint which, nint stream) =>
        OfEvent(which, (context, found) => found.Record(context.StreamOf(stream)));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuEventQuery))]
    public static CudaError cuEventQuery(nint which) => OfEvent(which, (context, found) =>
    {
        bool isReached = false;
        context.Wait(() => isReached = found.Ask());
        if (!isReached) throw new CudaFailure(CudaError.NotReady);
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuEventSynchronize))]
    public static CudaError cuEventSynchronize(nint which) => OfEvent(which, (context, found) => context.Wait(found.Wait));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuEventElapsedTime))]
    public static CudaError cuEventElapsedTime(float* milliseconds, nint start, nint end) => OfEvent(start, (context, first) =>
    {
        CudaEvent last = Event(context, end);
        if (!first.IsRecorded || !last.IsRecorded) throw new CudaFailure(CudaError.InvalidHandle);
        if (!first.IsReached || !last.IsReached) throw new CudaFailure(CudaError.NotReady);
        *milliseconds = (float)last.MillisecondsFrom(first);
    });

    private static void Create(CudaContext context, nint* stream, int flags)
    {
        if ((flags & ~NonBlocking) != 0) throw new CudaFailure(CudaError.InvalidValue);
        *stream = context.CreateStream((flags & NonBlocking) != 0);
    }

    private static CudaError OfEvent(nint which, Action<CudaContext, CudaEvent> call,
        [System.Runtime.CompilerServices.CallerMemberName] string function = "") =>
        Entry.InContext(context => call(context, Event(context, which)), function);

    private static CudaEvent Event(CudaContext context, nint handle)
    {
        var found = Handles.Get<CudaEvent>(handle);
        return found.Context == context ? found : throw new CudaFailure(CudaError.InvalidHandle);
    }
}
