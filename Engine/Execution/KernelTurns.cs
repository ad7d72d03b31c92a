using System.Runtime.CompilerServices;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Who may use a back-end whose operations run one at a time (<see cref="IKernels.Fork"/> gives null): one thread, whichever
/// networks are prepared on it. A thread that has the turn may take it again.
/// </summary>
internal sealed class KernelTurns
{
    private static readonly ConditionalWeakTable<IKernels, KernelTurns> All = [];

    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _owner;
    private int _depth;

    /// <summary>The turns of a back-end.</summary>
    public static KernelTurns Of(IKernels kernels) => All.GetOrCreateValue(kernels);

    /// <summary>Waits for the turn.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before.</exception>
    public void Enter(CancellationToken token = default)
    {
        int here = Environment.CurrentManagedThreadId;
        if (Volatile.Read(ref _owner) != here)
        {
            _turn.Wait(token);
            Volatile.Write(ref _owner, here);
        }

        _depth++;
    }

    /// <summary>Gives the turn to the next.</summary>
    public void Exit()
    {
        if (--_depth > 0) return;
        Volatile.Write(ref _owner, 0);
        _turn.Release();
    }
}
