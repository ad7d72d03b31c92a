using System.Runtime.CompilerServices;

namespace NetViz.CudaEmulator.Driver;

/// <summary>
/// What all entry points share: the error that the environment wants of one, the calling thread's context, its lock, and that no
/// exception leaves them.
/// </summary>
internal static class Entry
{
    private static int _isInitialized;

    [ThreadStatic]
    private static Stack<CudaContext>? _current;

    /// <summary>The calling thread's contexts; the one on top is current.</summary>
    public static Stack<CudaContext> Current => _current ??= [];

    public static bool IsInitialized
    {
        get => Volatile.Read(ref _isInitialized) != 0;
        set => Volatile.Write(ref _isInitialized, value ? 1 : 0);
    }

    /// <summary>A call that needs neither a context nor cuInit before it.</summary>
    public static CudaError Always(Action call, [CallerMemberName] string function = "")
    {
        try
        {
            if (Settings.FailureOf(function) is var wanted and not CudaError.Success) return wanted;
            call();
            return CudaError.Success;
        }
        catch (CudaFailure e)
        {
            return e.Code;
        }
#pragma warning disable CA1031 // An exception that left here would end the process without a word.
        catch (Exception e)
        {
            Console.Error.WriteLine($"CUDA emulator: {function}: {e}");
            return CudaError.Unknown;
        }
#pragma warning restore CA1031
    }

    /// <summary>A call that needs cuInit before it.</summary>
    public static CudaError Initialized(Action call, [CallerMemberName] string function = "") => Always(() =>
    {
        if (!IsInitialized) throw new CudaFailure(CudaError.NotInitialized);
        call();
    }, function);

    /// <summary>A call that works on the calling thread's context, which must be whole.</summary>
    public static CudaError InContext(Action<CudaContext> call, [CallerMemberName] string function = "") => Initialized(() =>
    {
        if (!Current.TryPeek(out CudaContext? context)) throw new CudaFailure(CudaError.InvalidContext);
        lock (context.Gate)
        {
            if (context.IsDestroyed) throw new CudaFailure(CudaError.ContextIsDestroyed);
            if (context.Fault != CudaError.Success) throw new CudaFailure(context.Fault);
            call(context);
        }
    }, function);
}
