using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace NetViz.Kernels.Cpu;

/// <summary>Work in numbered pieces: a struct whose fields are its arguments, so that starting it allocates nothing.</summary>
internal interface IJob
{
    /// <summary>Does one piece.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="worker">Who does it, 0 .. threads - 1; two pieces at work at once never have the same.</param>
    void Run(int index, int worker);
}

/// <summary>
/// Threads that take the pieces of a job one after another, the caller among them. They start with the first job, look for the
/// next for some 50 microseconds after one, as long as an operation of a network takes to follow another, and then sleep.
/// </summary>
internal sealed unsafe class Workers : IDisposable
{
    private readonly Crew _crew;
    private int _busy;

    /// <summary>Creates them; none runs yet.</summary>
    /// <param name="count">Threads at work at once, the caller's among them.</param>
    public Workers(int count) => _crew = new Crew(count);

    /// <summary>Lets threads end whose owner was not disposed: they hold the crew, not this.</summary>
    ~Workers() => _crew.Stop();

    /// <summary>
    /// Runs pieces 0 .. count - 1; which thread does which is open. Where another job is at work, all on this thread.
    /// </summary>
    /// <exception cref="Exception">What a piece threw, once no piece is at work any more.</exception>
    public void Run<TJob>(int count, ref TJob job)
        where TJob : struct, IJob
    {
        if (count <= 1 || _crew.Count == 1 || Interlocked.Exchange(ref _busy, 1) != 0)
        {
            int worker = _crew.WorkerHere;
            for (int i = 0; i < count; i++) job.Run(i, worker);
            return;
        }

        try
        {
            // The job lies on this thread's stack, or in an object that the caller pins, until Run returns.
            _crew.Run(count, Unsafe.AsPointer(ref job), &Call<TJob>);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        _crew.Stop();
        GC.SuppressFinalize(this);
    }

    private static void Call<TJob>(void* job, int index, int worker)
        where TJob : struct, IJob => Unsafe.AsRef<TJob>(job).Run(index, worker);

    /// <summary>The threads and what they share.</summary>
    private sealed class Crew(int count)
    {
        // The state in one word: how many threads are inside the job, whether it is still open to more, and its number.
        private const long Open = 1L << 16;
        private const long OneTurn = 1L << 17;
        private const long InsideMask = Open - 1;

        private readonly object _gate = new();
        private long _state;
        private void* _job;
        private delegate*<void*, int, int, void> _call;
        private int _pieces;
        private int _next;
        private int _asleep;
        private bool _started;
        private volatile bool _stopped;
        private ExceptionDispatchInfo? _failure;

        [ThreadStatic]
        private static Crew? _currentCrew;

        [ThreadStatic]
        private static int _currentWorker;

        /// <summary>This thread's number in the crew; 0 for a caller.</summary>
        public int WorkerHere => _currentCrew == this ? _currentWorker : 0;

        public int Count { get; } = count;

        public void Run(int pieces, void* job, delegate*<void*, int, int, void> call)
        {
            if (!_started) Start();
            _job = job;
            _call = call;
            (_pieces, _next, _failure) = (pieces, 0, null);
            long turn = (Volatile.Read(ref _state) & ~(Open | InsideMask)) + OneTurn;
            Interlocked.Exchange(ref _state, turn | Open);
            if (Volatile.Read(ref _asleep) > 0) Wake();
            Drain();

            // No more threads may enter; those inside are waited for.
            Interlocked.And(ref _state, ~Open);
            var wait = default(SpinWait);
            while ((Volatile.Read(ref _state) & InsideMask) != 0) wait.SpinOnce(sleep1Threshold: -1);
            _job = null;
            _failure?.Throw();
        }

        public void Stop()
        {
            _stopped = true;
            Wake();
        }

        private void Start()
        {
            lock (_gate)
            {
                if (_started) return;
                for (int i = 1; i < Count; i++)
                {
                    int worker = i;
                    new Thread(() => Work(worker)) { IsBackground = true, Name = $"netviz {worker}" }.Start();
                }

                _started = true;
            }
        }

        private void Work(int worker)
        {
            (_currentCrew, _currentWorker) = (this, worker);
            long done = 0;
            while (!_stopped)
            {
                long state = Volatile.Read(ref _state);
                if ((state & Open) == 0 || (state & ~(Open | InsideMask)) == done)
                {
                    Await(done);
                    continue;
                }

                if (Interlocked.CompareExchange(ref _state, state + 1, state) != state) continue;
                done = state & ~(Open | InsideMask);
                Drain();
                Interlocked.Decrement(ref _state);
            }
        }

        /// <summary>Looks for another job for a while, then sleeps until one is announced.</summary>
        private void Await(long done)
        {
            long until = Stopwatch.GetTimestamp() + Stopwatch.Frequency / 20_000;
            do
            {
                if (IsNew(done) || _stopped) return;
                Thread.SpinWait(4);
            }
            while (Stopwatch.GetTimestamp() < until);

            // Announced before the last look: a caller that comes later sees it and wakes.
            Interlocked.Increment(ref _asleep);
            lock (_gate)
            {
                while (!IsNew(done) && !_stopped) Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _asleep);
        }

        private void Wake()
        {
            lock (_gate) Monitor.PulseAll(_gate);
        }

        private bool IsNew(long done)
        {
            long state = Volatile.Read(ref _state);
            return (state & Open) != 0 && (state & ~(Open | InsideMask)) != done;
        }

        private void Drain()
        {
            try
            {
                int worker = WorkerHere;
                for (int i; (i = Interlocked.Increment(ref _next) - 1) < _pieces;) _call(_job, i, worker);
            }
            catch (Exception e)
            {
                // The first exception is rethrown; the remaining work is skipped.
                Volatile.Write(ref _next, int.MaxValue / 2);
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }
        }
    }
}
