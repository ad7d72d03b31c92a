using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Lends buffers to the passes of a prepared network: at most as many at once as it was told, further passes wait. A pass that is
/// called from another one on the same thread, of whichever network, does not wait for a place: the other one waits for it, and two
/// threads with passes of two networks could wait for each other.
/// </summary>
internal sealed class PassBuffers
{
    [ThreadStatic]
    private static Pass? _innermost;

    private readonly PreparedNetwork _prepared;
    private readonly int _most;
    private readonly SemaphoreSlim? _places;
    private readonly KernelTurns? _turns;
    private readonly object _gate = new();
    private readonly Stack<Pass> _idle = [];
    private IKernels? _firstFork;
    private Action? _whenEmpty;
    private int _running;
    private bool _isClosed;

    /// <summary>Creates it.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="fork">A first fork of its back-end; null where passes run one at a time.</param>
    /// <param name="turns">Who may use a back-end that has no forks; null where it has.</param>
    /// <param name="most">Passes at once; <see cref="int.MaxValue"/> for any number.</param>
    public PassBuffers(PreparedNetwork prepared, IKernels? fork, KernelTurns? turns, int most)
    {
        (_prepared, _firstFork, _turns, _most) = (prepared, fork, turns, turns is null ? most : 1);

        // Without forks the turns are what passes wait for.
        _places = turns is not null || most == int.MaxValue ? null : new SemaphoreSlim(most, most);
    }

    /// <summary>Passes at once.</summary>
    public int Most => _most;

    /// <summary>Begins a pass, perhaps after others have ended.</summary>
    /// <param name="record">The record that it starts from or writes anew; null for a new one.</param>
    /// <param name="writes">Whether the record is written anew.</param>
    /// <param name="progress">Receives the layers.</param>
    /// <param name="token">Cancels the waiting and the pass.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The prepared network or the record was disposed.</exception>
    /// <exception cref="InvalidOperationException">The record is written by another pass, or is to be written while one reads
    /// it; or two passes on different back-ends without forks wait for each other.</exception>
    public Pass Rent(ForwardRecord? record, bool writes, IProgress<LayerProgress>? progress, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        _prepared.RequireAlive();
        bool isNested = _innermost is not null;
        if (!isNested) _places?.Wait(token);
        try
        {
            _turns?.Enter(token);
            try
            {
                Pass pass = Take();
                pass.IsNested = isNested;
                pass.Outer = _innermost;
                _innermost = pass;
                try
                {
                    record?.Enter(writes);
                    pass.Begin(record, progress, token);
                }
                catch
                {
                    Put(pass);
                    throw;
                }

                return pass;
            }
            catch
            {
                _turns?.Exit();
                throw;
            }
        }
        catch
        {
            if (!isNested) _places?.Release();
            throw;
        }
    }

    /// <summary>Ends a pass.</summary>
    public void Return(Pass pass, ForwardRecord? record)
    {
        record?.Leave();
        bool isNested = pass.IsNested;
        Put(pass);
        _turns?.Exit();
        if (!isNested) _places?.Release();
    }

    /// <summary>
    /// Lends no more and waits until every pass has ended; from inside a pass it does not wait.
    /// </summary>
    /// <param name="free">Frees what passes use, once none is under way any more.</param>
    public void Close(Action free)
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_innermost is null)
            {
                while (_running > 0) Monitor.Wait(_gate);
            }
            else if (_running > 0)
            {
                _whenEmpty = free;
                return;
            }
        }

        Free(free);
    }

    /// <summary>Frees memory of the back-end. From inside a pass, perhaps on another back-end, it does not wait for its turn.</summary>
    public void FreeInTurn(Action free)
    {
        if (_turns is not null && _innermost is not null) _turns.WhenFree(free);
        else InTurn(free);
    }

    /// <summary>Does something with the back-end outside any pass.</summary>
    public void InTurn(Action act)
    {
        _turns?.Enter();
        try
        {
            act();
        }
        finally
        {
            _turns?.Exit();
        }
    }

    private Pass Take()
    {
        IKernels? fork;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, _prepared);
            _running++;
            if (_idle.TryPop(out Pass? idle)) return idle;
            (fork, _firstFork) = (_firstFork, null);
        }

        try
        {
            return new Pass(this, _prepared, _turns is not null ? _prepared.Kernels : fork ?? _prepared.Kernels.Fork()!);
        }
        catch
        {
            Ended();
            throw;
        }
    }

    private void Put(Pass pass)
    {
        _innermost = pass.Outer;
        pass.Outer = null;
        bool isKept;
        lock (_gate)
        {
            isKept = !_isClosed && _idle.Count < _most;
            if (isKept) _idle.Push(pass);
        }

        if (!isKept) pass.Free();
        Ended();
    }

    private void Ended()
    {
        Action? free = null;
        lock (_gate)
        {
            if (--_running > 0) return;
            Monitor.PulseAll(_gate);
            (free, _whenEmpty) = (_whenEmpty, null);
        }

        if (free is not null) Free(free);
    }

    private void Free(Action free)
    {
        FreeInTurn(() =>
        {
            foreach (Pass pass in _idle) pass.Free();
            _idle.Clear();
            _firstFork?.Dispose();
            free();
        });
    }
}
