using NetViz.CudaEmulator.Memory;
using NetViz.CudaEmulator.Ptx;

namespace NetViz.CudaEmulator.Driver;

/// <summary>
/// A context: its memory, which no other context's kernels reach, its streams, modules and events, and the fault that ended it.
/// All members but the static ones and <see cref="Gate"/> are used under that lock.
/// </summary>
internal sealed class CudaContext
{
    /// <summary>Bytes of the device that all contexts together hold.</summary>
    private static long _deviceBytes;

    private readonly Dictionary<nint, long> _buffers = [];
    private readonly List<CudaStream> _streams = [];
    private readonly Dictionary<nint, Type> _handles = [];

    public CudaContext() => _streams.Add(DefaultStream = new CudaStream(this));

    /// <summary>One call at a time works on a context.</summary>
    public Lock Gate { get; } = new();

    public DeviceMemory Memory { get; } = new();

    /// <summary>The one whose handle is 0.</summary>
    public CudaStream DefaultStream { get; }

    /// <summary>What ended it: every later call returns the same, as after a fault on a card.</summary>
    public CudaError Fault { get; private set; }

    public bool IsDestroyed { get; private set; }

    /// <summary>What cuCtxSetCacheConfig and cuCtxSetSharedMemConfig left.</summary>
    public int CacheConfig { get; set; }

    public int SharedMemoryConfig { get; set; }

    public static long FreeBytes => Settings.MemoryBytes - Interlocked.Read(ref _deviceBytes);

    /// <exception cref="CudaFailure">The device has less memory left.</exception>
    public nint Allocate(nint bytes)
    {
        if (bytes <= 0) throw new CudaFailure(CudaError.InvalidValue);
        if (Interlocked.Add(ref _deviceBytes, bytes) > Settings.MemoryBytes)
        {
            Interlocked.Add(ref _deviceBytes, -bytes);
            throw new CudaFailure(CudaError.OutOfMemory);
        }

        nint address = Memory.Allocate(bytes);
        _buffers.Add(address, bytes);
        return address;
    }

    /// <summary>Waits for the whole context, as CUDA does, and frees.</summary>
    public void Free(nint address)
    {
        if (address == 0) return;
        if (!_buffers.ContainsKey(address)) throw new CudaFailure(CudaError.InvalidValue);
        Synchronize();
        _buffers.Remove(address, out long bytes);
        Memory.Free(address);
        Interlocked.Add(ref _deviceBytes, -bytes);
    }

    /// <summary>Whether a range lies in one buffer of this context.</summary>
    /// <exception cref="CudaFailure">It begins in a buffer and ends outside it.</exception>
    public bool IsDevice(nint address, long bytes)
    {
        if (!Memory.Find((ulong)address, out DeviceMemory.Allocation found)) return false;
        return (ulong)address + (ulong)bytes <= found.End ? true : throw new CudaFailure(CudaError.InvalidValue);
    }

    /// <summary>A stream by its handle; 0 is the default stream.</summary>
    public CudaStream StreamOf(nint handle)
    {
        if (handle == 0) return DefaultStream;
        StreamHandle found = Handles.Get<StreamHandle>(handle);
        return found.Stream.Context == this ? found.Stream : throw new CudaFailure(CudaError.InvalidHandle);
    }

    public nint CreateStream(bool isNonBlocking)
    {
        var stream = isNonBlocking ? new CudaStream(this) : DefaultStream;
        if (isNonBlocking) _streams.Add(stream);
        return Keep(new StreamHandle(stream));
    }

    /// <summary>The handle ends now; what the stream was given is still done, when somebody waits for the context.</summary>
    public void DestroyStream(nint handle)
    {
        CudaStream stream = StreamOf(handle);
        Drop(handle);
        if (stream.IsIdle && stream != DefaultStream) _streams.Remove(stream);
    }

    /// <summary>Gives an object a handle that ends with the context at the latest.</summary>
    public nint Keep(object target)
    {
        nint handle = Handles.Add(target);
        _handles.Add(handle, target.GetType());
        return handle;
    }

    public void Drop(nint handle)
    {
        _handles.Remove(handle);
        Handles.Remove(handle);
    }

    /// <summary>Does all that any stream was given; the newest stream first, since no order may be counted on.</summary>
    public void Synchronize()
    {
        for (int i = _streams.Count - 1; i >= 0; i--)
        {
            CudaStream stream = _streams[i];
            Wait(stream.RunAll);
        }
    }

    /// <summary>Lets a stream work. A fault ends the context.</summary>
    public void Wait(Action work)
    {
        try
        {
            work();
        }
        catch (PtxFault e)
        {
            Fault = e.Code;
            Console.Error.WriteLine($"CUDA emulator: {(int)e.Code} ({ErrorText.Of(e.Code)}): {e.Message}");
            foreach (CudaStream stream in _streams) stream.Abandon();
            throw new CudaFailure(e.Code);
        }
    }

    /// <summary>Frees everything; reports, if requested, what the caller should have freed before.</summary>
    public void Destroy()
    {
        if (Settings.TellsLeaks)
        {
            string[] left =
            [
                .. new (int Count, string What)[]
                {
                    (_buffers.Count, $"buffers ({_buffers.Values.Sum()} bytes)"),
                    (HostMemory.CountOf(this), "page-locked ranges of the host"),
                    (_handles.Values.Count(type => type == typeof(StreamHandle)), "streams"),
                    (_handles.Values.Count(type => type == typeof(CudaModule)), "modules"),
                    (_handles.Values.Count(type => type == typeof(CudaEvent)), "events"),
                }.Where(kind => kind.Count > 0).Select(kind => $"{kind.Count} {kind.What}"),
            ];
            if (left.Length > 0)
                Console.Error.WriteLine($"CUDA emulator: a context was destroyed that held {string.Join(", ", left)}");
        }

        foreach (CudaStream stream in _streams) stream.Abandon();
        foreach ((nint address, long bytes) in _buffers)
        {
            Memory.Free(address);
            Interlocked.Add(ref _deviceBytes, -bytes);
        }

        _buffers.Clear();
        foreach (nint handle in _handles.Keys) Handles.Remove(handle);
        _handles.Clear();
        HostMemory.Release(this);
        IsDestroyed = true;
    }

    private sealed record StreamHandle(CudaStream Stream);
}
