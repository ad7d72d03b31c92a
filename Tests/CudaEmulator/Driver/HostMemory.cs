using System.Runtime.InteropServices;

namespace NetViz.CudaEmulator.Driver;

/// <summary>
/// The host's page-locked memory: what the driver gave out, and what callers had locked. Ranges count by the byte; two of one
/// page do not disturb each other. All contexts see all of it, as with unified addresses.
/// </summary>
internal static unsafe class HostMemory
{
    private static readonly Dictionary<nint, Range> Locked = [];
    private static readonly Lock Gate = new();

    /// <summary>Gives out page-locked memory.</summary>
    public static nint Allocate(CudaContext context, nint bytes)
    {
        var address = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(1, bytes), 4096);
        lock (Gate) Locked.Add(address, new Range(bytes, context, IsOurs: true));
        return address;
    }

    /// <exception cref="CudaFailure">It was not given out, or was freed before.</exception>
    public static void Free(nint address)
    {
        Remove(address, isOurs: true, CudaError.InvalidValue);
        NativeMemory.AlignedFree((void*)address);
    }

    /// <exception cref="CudaFailure">Some of it is locked already.</exception>
    public static void Register(CudaContext context, nint address, nint bytes)
    {
        if (address == 0 || bytes <= 0) throw new CudaFailure(CudaError.InvalidValue);
        lock (Gate)
        {
            if (Locked.Any(range => address < range.Key + range.Value.Bytes && range.Key < address + bytes))
                throw new CudaFailure(CudaError.HostMemoryAlreadyRegistered);
            Locked.Add(address, new Range(bytes, context, IsOurs: false));
        }
    }

    /// <exception cref="CudaFailure">No range begins there.</exception>
    public static void Unregister(nint address) =>
        Remove(address, isOurs: false, Contains(address, 1) ? CudaError.InvalidValue : CudaError.HostMemoryNotRegistered);

    /// <summary>Whether a range is page-locked as a whole.</summary>
    public static bool Contains(nint address, long bytes)
    {
        lock (Gate)
            return Locked.Any(range => address >= range.Key && address + bytes <= range.Key + range.Value.Bytes);
    }

    /// <summary>How many ranges a context's callers locked and still hold.</summary>
    public static int CountOf(CudaContext context)
    {
        lock (Gate) return Locked.Values.Count(range => range.Owner == context);
    }

    /// <summary>Forgets a context's ranges; those that it gave out are freed.</summary>
    public static void Release(CudaContext context)
    {
        lock (Gate)
        {
            foreach ((nint address, Range range) in Locked.Where(range => range.Value.Owner == context).ToArray())
            {
                Locked.Remove(address);
                if (range.IsOurs) NativeMemory.AlignedFree((void*)address);
            }
        }
    }

    private static void Remove(nint address, bool isOurs, CudaError otherwise)
    {
        lock (Gate)
        {
            if (!Locked.TryGetValue(address, out Range? range) || range.IsOurs != isOurs) throw new CudaFailure(otherwise);
            Locked.Remove(address);
        }
    }

    private sealed record Range(nint Bytes, CudaContext Owner, bool IsOurs);
}
