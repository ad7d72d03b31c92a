using NetViz.Kernels.Cpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>Within the scope a job's pieces run on the thread that calls.</summary>
public class OwnThreadTests
{
    [Test]
    public void A_job_stays_on_the_calling_thread_within_the_scope_only()
    {
        using var kernels = new CpuKernels(4);
        var threads = new int[64];
        using (OwnThread.Begin())
        {
            using (OwnThread.Begin())
            {
            }

            kernels.For(threads.Length, i => threads[i] = Environment.CurrentManagedThreadId);
        }

        Assert.That(threads, Is.All.EqualTo(Environment.CurrentManagedThreadId));
        using var both = new CountdownEvent(2);
        kernels.For(2, _ =>
        {
            // Two threads must be here at once.
            both.Signal();
            Assert.That(both.Wait(TimeSpan.FromMinutes(1)));
        });
    }
}
