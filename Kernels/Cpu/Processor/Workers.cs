using System.Runtime.CompilerServices;

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
/// Threads that take the pieces of jobs, the callers among them. They start with the first job, look for the next for some 50
/// microseconds after one, as long as an operation of a network takes to follow another, and then sleep.
/// <para>
/// Any number of threads may run jobs at once. A caller always works at its own job, so that no job waits for another. The crew
/// joins the open job that has the fewest threads, and callers and crew together are as many as the crew counts: where that many
/// callers are at work, each of them works alone.
/// </para>
/// </summary>
internal sealed unsafe class Workers : IDisposable
{
    private readonly Crew _crew;

    /// <summary>Creates them; none runs yet.</summary>
    /// <param name="count">Threads at work at once, the caller's among them.</param>
    public Workers(int count) => _crew = new Crew(count);

    /// <summary>Lets threads end whose owner was not disposed: they hold the crew, not this.</summary>
    ~Workers() => _crew.Stop();

    /// <summary>
    /// Runs pieces 0 .. count - 1; which thread does which is open. A job inside a piece runs on that piece's thread.
    /// </summary>
    /// <exception cref="Exception">What a piece threw, once no piece is at work any more.</exception>
    public void Run<TJob>(int count, ref TJob job)
        where TJob : struct, IJob
    {
        // The job lies on this thread's stack, or in an object that the caller pins, until Run returns.
        if (count <= 1 || _crew.Count == 1 || !_crew.TryRun(count, Unsafe.AsPointer(ref job), &Call<TJob>))
        {
            int worker = Crew.WorkerHere;
            for (int i = 0; i < count; i++) job.Run(i, worker);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Memory that a thread of a crew works in during a piece; the next call may give the same.</summary>
    public static float* ScratchHere(long floats) => Crew.ScratchHere(floats);

    /// <summary>Ends the threads. A job that is at work is done by its caller and those who are inside it.</summary>
    public void Dispose()
    {
        _crew.Stop();
        GC.SuppressFinalize(this);
    }

    private static void Call<TJob>(void* job, int index, int worker)
        where TJob : struct, IJob => Unsafe.AsRef<TJob>(job).Run(index, worker);
}
