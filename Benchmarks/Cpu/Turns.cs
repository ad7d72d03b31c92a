using System.Diagnostics;

namespace NetViz.Benchmarks.Cpu;

/// <summary>
/// Jobs that take turns, round after round, so that what disturbs the machine meets all of them. In its turn a job runs once
/// untimed where it is short, which brings its data back into the caches, and then until the turn is over, at least once.
/// </summary>
internal sealed class Turns
{
    private const double TurnMilliseconds = 120;
    private readonly List<Job> _jobs = [];

    /// <summary>Adds a job.</summary>
    /// <returns>Its times, once it has run.</returns>
    public Times Add(Action work)
    {
        _jobs.Add(new Job(work, new Times()));
        return _jobs[^1].Times;
    }

    /// <summary>Runs each twice without counting, then in turns.</summary>
    /// <param name="rounds">How many turns each has.</param>
    public void Run(int rounds)
    {
        var lasts = new double[_jobs.Count];
        for (int i = 0; i < lasts.Length; i++)
        {
            // Long enough for the JIT compiler's tiers too, whose last waits for thirty calls and a tenth of a second.
            long start = Stopwatch.GetTimestamp();
            for (int run = 0; run < 2 || (run < 100 && Stopwatch.GetElapsedTime(start).TotalMilliseconds < 400); run++)
                lasts[i] = Time(_jobs[i].Work);
        }

        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < lasts.Length; i++)
            {
                (Action work, Times times) = _jobs[i];
                if (lasts[i] < TurnMilliseconds / 2) work();
                int runs = (int)Math.Clamp(TurnMilliseconds / lasts[i], 1, 1000);
                times.AddTurn([.. Enumerable.Range(0, runs).Select(_ => Time(work))]);
            }
        }
    }

    /// <summary>Runs it once.</summary>
    /// <returns>Milliseconds.</returns>
    public static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private sealed record Job(Action Work, Times Times);
}
