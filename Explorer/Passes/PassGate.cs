using System.Diagnostics;
using NetViz.Engine;

namespace NetViz.Explorer.Passes;

/// <summary>How long the queue before the engine is.</summary>
/// <param name="Running">Passes that run.</param>
/// <param name="Waiting">Requests that wait.</param>
/// <param name="Seconds">About how long a request that comes now waits.</param>
internal sealed record QueueState(int Running, int Waiting, double Seconds);

/// <summary>
/// The one place between the server and the engine: a bounded number of passes at a time, the others wait in a queue of bounded
/// length. A request that is cancelled leaves the queue.
/// </summary>
/// <param name="passes">Passes at the same time. One pass uses all worker threads, so that more of them help only if passes are short.</param>
/// <param name="maxWaiting">Requests that may wait.</param>
internal sealed class PassGate(int passes, int maxWaiting) : IDisposable
{
    // The share of the last pass in the mean time of passes.
    private const double Newest = 0.2;

    private readonly SemaphoreSlim _places = new(passes, passes);
    private int _waiting;
    private int _running;
    private double _meanSeconds = 0.05;

    /// <summary>Gets the length of the queue.</summary>
    public QueueState State
    {
        get
        {
            int running = Volatile.Read(ref _running), waiting = Volatile.Read(ref _waiting);
            double seconds = (waiting + (running == passes ? 0.5 : 0)) * Volatile.Read(ref _meanSeconds) / passes;
            return new QueueState(running, waiting, Math.Round(seconds, 2));
        }
    }

    /// <summary>Waits for a place and runs work that uses the engine, on a thread of the pool.</summary>
    /// <param name="work">The work; it looks at the token between layers and steps.</param>
    /// <param name="token">Cancels waiting and work.</param>
    /// <exception cref="BusyException">Too many requests wait.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, T> work, CancellationToken token)
    {
        if (Interlocked.Increment(ref _waiting) > maxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new BusyException(State);
        }

        try
        {
            await _places.WaitAsync(token).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        Interlocked.Increment(ref _running);
        long start = Stopwatch.GetTimestamp();
        try
        {
            return await Task.Run(() =>
            {
                token.ThrowIfCancellationRequested();
                return work(token);
            }, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Volatile.Write(ref _meanSeconds, (1 - Newest) * Volatile.Read(ref _meanSeconds) + Newest * seconds);
            Interlocked.Decrement(ref _running);
            _places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}

/// <summary>The queue is full.</summary>
/// <param name="state">Its length.</param>
internal sealed class BusyException(QueueState state)
    : NetVizException($"{state.Waiting} requests wait already, about {state.Seconds:0} s", "try again in a moment")
{
    /// <summary>Gets the queue's length.</summary>
    public QueueState State => state;
}
