using System.Diagnostics;

namespace NetViz.Kernels.Cpu;

/// <summary>The threads of <see cref="Workers"/> and the jobs that are open to them.</summary>
/// <param name="count">Threads at work at once, one caller's among them.</param>
internal sealed unsafe class Crew(int count)
{
    /// <summary>Jobs that are open at once; the callers of further ones work alone.</summary>
    private const int MostJobs = 8;

    private readonly object _gate = new();
    private readonly OpenJob[] _jobs = [.. Enumerable.Range(0, Math.Clamp(count - 1, 1, MostJobs)).Select(_ => new OpenJob())];

    // Callers and crew at work. More threads than the count would only take cores from one another.
    private int _atWork;
    private int _asleep;
    private bool _started;
    private volatile bool _stopped;

    [ThreadStatic]
    private static bool _isInside;

    /// <summary>Whether operations that this thread calls run on this thread alone (<see cref="OwnThread"/>).</summary>
    [field: ThreadStatic]
    public static bool IsAlone { get; set; }

    [ThreadStatic]
    private static int _worker;

    [ThreadStatic]
    private static AlignedMemory? _scratch;

    /// <summary>This thread's number in its crew; 0 for a caller.</summary>
    public static int WorkerHere => _worker;

    /// <summary>Threads at work at once, one caller's among them.</summary>
    public int Count { get; } = count;

    /// <summary>Memory that a thread of the crew works in during a piece; freed when the thread ends.</summary>
    public static float* ScratchHere(long floats) => AlignedMemory.AtLeast(floats, ref _scratch);

    /// <summary>Runs a job with the crew; false where the caller had better do it alone.</summary>
    public bool TryRun(int pieces, void* job, delegate*<void*, int, int, void> call)
    {
        if (_isInside || IsAlone) return false;
        _isInside = true;
        bool others = Interlocked.Increment(ref _atWork) < Count;
        try
        {
            if (!others || _stopped || Free() is not { } open) return false;
            if (!_started) Start();
            open.Begin(pieces, job, call);
            if (Volatile.Read(ref _asleep) > 0) Wake();
            open.Drain(worker: 0);
            open.End();
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _atWork);
            _isInside = false;
        }
    }

    /// <summary>Lets the threads end.</summary>
    public void Stop()
    {
        _stopped = true;
        Wake();
    }

    private OpenJob? Free()
    {
        foreach (OpenJob job in _jobs)
            if (job.TryTake()) return job;
        return null;
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
        (_worker, _isInside) = (worker, true);
        var done = new long[_jobs.Length];
        while (!_stopped)
        {
            int index = Next(done);
            if (index < 0)
            {
                Await(done);
                continue;
            }

            if (Interlocked.Increment(ref _atWork) <= Count && _jobs[index].TryEnter(ref done[index]))
            {
                _jobs[index].Drain(worker);
                _jobs[index].Leave();
            }

            Interlocked.Decrement(ref _atWork);
        }

        _scratch?.Dispose();
        _scratch = null;
    }

    /// <summary>The open job with the fewest threads in which this one was not yet; -1 where there is none, or no room.</summary>
    private int Next(long[] done)
    {
        if (Volatile.Read(ref _atWork) >= Count) return -1;
        (int best, int fewest) = (-1, int.MaxValue);
        for (int i = 0; i < _jobs.Length; i++)
        {
            if (_jobs[i].IsNew(done[i], out int inside) && inside < fewest) (best, fewest) = (i, inside);
        }

        return best;
    }

    /// <summary>Looks for another job for a while, then sleeps until one is announced.</summary>
    private void Await(long[] done)
    {
        long until = Stopwatch.GetTimestamp() + Stopwatch.Frequency / 20_000;
        do
        {
            if (Next(done) >= 0 || _stopped) return;
            Thread.SpinWait(4);
        }
        while (Stopwatch.GetTimestamp() < until);

        // Announced before the last look: a caller that comes later sees it and wakes.
        Interlocked.Increment(ref _asleep);
        lock (_gate)
        {
            while (Next(done) < 0 && !_stopped) Monitor.Wait(_gate);
        }

        Interlocked.Decrement(ref _asleep);
    }

    private void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }
}
