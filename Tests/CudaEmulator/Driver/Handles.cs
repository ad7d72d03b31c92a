using System.Collections.Concurrent;

namespace NetViz.CudaEmulator.Driver;

/// <summary>
/// The numbers that callers hold for contexts, streams, events, modules and functions. None is used twice, so that one that is
/// no longer valid is known.
/// </summary>
internal static class Handles
{
    private const long Step = 64;

    private static readonly ConcurrentDictionary<nint, object> Live = new();

    /// <summary>Above the addresses that a process has, so that nothing is behind a handle that somebody dereferences.</summary>
    private static long _last = 1L << 48;

    public static nint Add(object target)
    {
        var handle = (nint)Interlocked.Add(ref _last, Step);
        Live[handle] = target;
        return handle;
    }

    /// <exception cref="CudaFailure">There is no such object, or it is none of that kind: <paramref
    /// name="otherwise"/>.</exception>
    public static T Get<T>(nint handle, CudaError otherwise = CudaError.InvalidHandle)
        where T : class =>
        Live.TryGetValue(handle, out object? target) && target is T found ? found : throw new CudaFailure(otherwise);

    public static void Remove(nint handle) => Live.TryRemove(handle, out _);
}
