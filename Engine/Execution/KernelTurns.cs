using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Who may use a back-end whose operations run one at a time (<see cref="IKernels.Fork"/> gives null): one thread, whichever
/// networks are prepared on it. A thread that has the turn may take it again.
/// </summary>
internal sealed class KernelTurns : IDisposable
{
    private static readonly ConditionalWeakTable<IKernels, KernelTurns> All = [];

    // The turn that each waiting thread waits for; its own lock.
    private static readonly Dictionary<int, KernelTurns> Awaited = [];

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentQueue<Action> _later = [];
    private int _owner;
    private int _depth;

    /// <summary>The turns of a back-end.</summary>
    public static KernelTurns Of(IKernels kernels) => All.GetOrCreateValue(kernels);

    /// <summary>Frees nothing that the collector would not: the table lets it go with its back-end.</summary>
    public void Dispose() => _turn.Dispose();

    /// <summary>Waits for the turn.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before.</exception>
    /// <exception cref="InvalidOperationException">The thread that has the turn waits for one that this thread has.</exception>
    public void Enter(CancellationToken token = default)
    {
        int here = Environment.CurrentManagedThreadId;
        if (Volatile.Read(ref _owner) != here)
        {
            if (_turn.Wait(0, token)) Volatile.Write(ref _owner, here);
            else Await(here, token);
        }

        _depth++;
    }

    /// <summary>Gives the turn to the next.</summary>
    public void Exit()
    {
        if (--_depth > 0) return;
        Volatile.Write(ref _owner, 0);
        _turn.Release();
        RunLater();
    }

    /// <summary>
    /// Does something in a turn without waiting for it: now if no other thread has the turn, else when that thread gives it up,
    /// on that thread.
    /// </summary>
    public void WhenFree(Action act)
    {
        if (Volatile.Read(ref _owner) == Environment.CurrentManagedThreadId)
        {
            act();
            return;
        }

        _later.Enqueue(act);
        RunLater();
    }

    // The thread that closes a circle of waiting threads is the last to register, and finds all others registered.
    private void Await(int here, CancellationToken token)
    {
        lock (Awaited)
        {
            KernelTurns? turns = this;
            while (turns is not null && Volatile.Read(ref turns._owner) is not 0 and int owner)
            {
                if (owner == here)
                {
                    throw new InvalidOperationException("Two passes on different back-ends wait for each other: each calls the "
                        + "other's back-end from inside. Call it between passes, or let both networks use one back-end.");
                }

                Awaited.TryGetValue(owner, out turns);
            }

            Awaited.Add(here, this);
        }

        bool isTaken = false;
        try
        {
            _turn.Wait(token);
            isTaken = true;
        }
        finally
        {
            lock (Awaited)
            {
                Awaited.Remove(here);
                if (isTaken) Volatile.Write(ref _owner, here);
            }
        }
    }

    // Whoever adds work and whoever gives the turn up looks for it, so none is left behind.
    private void RunLater()
    {
        while (!_later.IsEmpty && _turn.Wait(0))
        {
            Volatile.Write(ref _owner, Environment.CurrentManagedThreadId);
            try
            {
                while (_later.TryDequeue(out Action? act)) act();
            }
            finally
            {
                Volatile.Write(ref _owner, 0);
                _turn.Release();
            }
        }
    }
}
