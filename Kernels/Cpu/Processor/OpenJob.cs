using System.Runtime.ExceptionServices;

namespace NetViz.Kernels.Cpu;

/// <summary>A job that threads of a crew may join; used for one job after another, each of one caller.</summary>
internal sealed unsafe class OpenJob
{
    // The state in one word: how many threads are inside beside the caller, whether it is open to more, and the job's number.
    private const long Open = 1L << 16;
    private const long OneTurn = 1L << 17;
    private const long InsideMask = Open - 1;

    private long _state;
    private void* _job;
    private delegate*<void*, int, int, void> _call;
    private int _pieces;
    private int _next;
    private int _isTaken;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Takes it for a job of this thread's; false where another one has it.</summary>
    public bool TryTake() => Volatile.Read(ref _isTaken) == 0 && Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>Opens it to the crew.</summary>
    public void Begin(int pieces, void* job, delegate*<void*, int, int, void> call)
    {
        _job = job;
        _call = call;
        (_pieces, _next, _failure) = (pieces, 0, null);
        long turn = (Volatile.Read(ref _state) & ~(Open | InsideMask)) + OneTurn;
        Interlocked.Exchange(ref _state, turn | Open);
    }

    /// <summary>Whether it is open and another one than that of the given number.</summary>
    public bool IsNew(long done, out int inside)
    {
        long state = Volatile.Read(ref _state);
        inside = (int)(state & InsideMask);
        return (state & Open) != 0 && (state & ~(Open | InsideMask)) != done;
    }

    /// <summary>Enters; false where it was closed meanwhile, or another thread was faster.</summary>
    /// <param name="done">Becomes the job's number.</param>
    public bool TryEnter(ref long done)
    {
        long state = Volatile.Read(ref _state);
        if ((state & Open) == 0 || (state & ~(Open | InsideMask)) == done) return false;
        if (Interlocked.CompareExchange(ref _state, state + 1, state) != state) return false;
        done = state & ~(Open | InsideMask);
        return true;
    }

    /// <summary>Does pieces until none is left.</summary>
    public void Drain(int worker)
    {
        try
        {
            for (int i; (i = Interlocked.Increment(ref _next) - 1) < _pieces;) _call(_job, i, worker);
        }
        catch (Exception e)
        {
            // The first exception is rethrown; the remaining work is skipped.
            Volatile.Write(ref _next, int.MaxValue / 2);
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    /// <summary>Leaves.</summary>
    public void Leave() => Interlocked.Decrement(ref _state);

    /// <summary>Closes it, waits for those inside, and gives it up.</summary>
    /// <exception cref="Exception">What a piece threw.</exception>
    public void End()
    {
        Interlocked.And(ref _state, ~Open);
        var wait = default(SpinWait);
        while ((Volatile.Read(ref _state) & InsideMask) != 0) wait.SpinOnce(sleep1Threshold: -1);
        ExceptionDispatchInfo? failure = _failure;
        _job = null;
        _failure = null;
        Volatile.Write(ref _isTaken, 0);
        failure?.Throw();
    }
}
