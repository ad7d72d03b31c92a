using NetViz.Kernels.Cpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>The CPU back-end's threads: each piece is done once, whatever happens beside it.</summary>
public class WorkersTests
{
    [Test]
    public void Each_piece_is_done_once_by_a_worker_of_its_own([Values(1, 2, 3, 8)] int threads)
    {
        using var workers = new Workers(threads);
        foreach (int pieces in new[] { 0, 1, 2, 3, 64, 1000 })
        {
            // Job after job at once, and after a pause that sends the threads to sleep.
            for (int time = 0; time < 50; time++)
            {
                var (done, inside) = (new int[pieces], new int[threads]);
                var job = new Counting(done, inside);
                workers.Run(pieces, ref job);
                Assert.That(done, Has.All.EqualTo(1), $"{pieces} pieces, time {time}");
                if (time % 25 == 24) Thread.Sleep(2);
            }
        }
    }

    [Test]
    public void What_a_piece_throws_comes_out_and_the_next_job_runs()
    {
        using var workers = new Workers(3);
        for (int time = 0; time < 20; time++)
        {
            var failing = new Failing();
            Assert.That(() => workers.Run(100, ref failing), Throws.InvalidOperationException.With.Message.EqualTo("piece 7"));
            var (done, inside) = (new int[100], new int[3]);
            var job = new Counting(done, inside);
            workers.Run(100, ref job);
            Assert.That(done, Has.All.EqualTo(1));
        }
    }

    [Test]
    public void A_job_inside_a_job_and_jobs_of_two_threads_are_done()
    {
        using var workers = new Workers(2);
        var done = new int[8 * 8];
        var outer = new Nesting(workers, done);
        workers.Run(8, ref outer);
        Assert.That(done, Has.All.EqualTo(1));

        int[][] counts = [new int[500], new int[500]];
        Thread[] threads = [.. counts.Select(count => new Thread(() =>
        {
            for (int time = 0; time < 200; time++)
            {
                var job = new Counting(count, inside: null);
                workers.Run(count.Length, ref job);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        foreach (int[] count in counts) Assert.That(count, Has.All.EqualTo(200));
    }

    [Test]
    public void After_Dispose_the_caller_does_it_alone()
    {
        var workers = new Workers(4);
        workers.Dispose();
        workers.Dispose();
        var done = new int[100];
        var job = new Counting(done, inside: null);
        workers.Run(100, ref job);
        Assert.That(done, Has.All.EqualTo(1));
    }

    private readonly struct Counting(int[] done, int[]? inside) : IJob
    {
        public void Run(int index, int worker)
        {
            if (inside is not null && Interlocked.Increment(ref inside[worker]) != 1)
                throw new InvalidOperationException($"two pieces at once have worker {worker}");
            Interlocked.Increment(ref done[index]);
            if (inside is not null) Interlocked.Decrement(ref inside[worker]);
        }
    }

    private readonly struct Failing : IJob
    {
        public void Run(int index, int worker)
        {
            if (index == 7) throw new InvalidOperationException("piece 7");
        }
    }

    private readonly struct Nesting(Workers workers, int[] done) : IJob
    {
        public void Run(int index, int worker)
        {
            var inner = new Inner(done, index * 8);
            workers.Run(8, ref inner);
        }
    }

    private readonly struct Inner(int[] done, int first) : IJob
    {
        public void Run(int index, int worker) => Interlocked.Increment(ref done[first + index]);
    }
}
