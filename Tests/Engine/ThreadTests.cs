using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>One set of prepared weights, one record and one back-end object under several threads at once.</summary>
public class ThreadTests
{
    private const int Threads = 8;

    // How often races are tried: some times in the suite, NETVIZ_RACE_TRIES times for a proof that takes minutes.
    private static readonly int Tries =
        int.TryParse(Environment.GetEnvironmentVariable("NETVIZ_RACE_TRIES"), out int tries) ? tries : 200;

    private static readonly Network Network = SmallNetworks.EveryLayer();

    private static readonly BackwardRule[] Rules = [.. BackwardRule.All, BackwardRule.Parse("lrp.epsilon-plus")];

    private static readonly double[][] Pictures = [.. "abc".Select(letter => SmallNetworks.Pixels(2, letter.ToString()))];

    [Test]
    public void Passes_at_once_give_the_bytes_of_passes_one_by_one([Values(1, 2, int.MaxValue)] int maxPasses)
    {
        using PreparedNetwork alone = Network.On(Device.Cpu(1));
        double[][][] expected = [.. Pictures.Select(picture => Rules.Select(rule => Signal(alone, picture, rule)).ToArray())];
        using PreparedNetwork prepared = Network.On(Device.Cpu(3), maxPasses);
        AtOnce(Threads, thread =>
        {
            for (int k = 0; k < 12; k++)
            {
                int picture = (thread + k) % Pictures.Length, rule = k % Rules.Length;
                Numbers.RequireSame(Signal(prepared, Pictures[picture], Rules[rule]), expected[picture][rule], Rules[rule].Name);
            }
        });
        Assert.That(prepared.Spare.Records, Is.LessThanOrEqualTo(Math.Min(maxPasses, Threads + 1)),
            "what is held for later passes is bounded");
    }

    [Test]
    public void Many_threads_send_signals_from_one_record()
    {
        using PreparedNetwork prepared = Network.On(Device.Cpu(2));
        using ForwardRecord record = Forward(prepared, Pictures[0]);
        double[][] expected = [.. Rules.Select(rule => record.BackwardInDouble(Seed.Class(1), rule).Values())];
        using ForwardRecord shared = Forward(prepared, Pictures[0]);
        AtOnce(Threads, thread =>
        {
            for (int k = 0; k < 8; k++)
            {
                int rule = (thread + k) % Rules.Length;
                Numbers.RequireSame(shared.BackwardInDouble(Seed.Class(1), Rules[rule]).Values(), expected[rule], Rules[rule].Name);
                Assert.That(shared.ProbabilityOf(1, 2), Is.EqualTo(record.ProbabilityOf(1, 2)));
            }
        });
    }

    [TestCase("cpu")]
    [TestCase("reference")]
    [TestCase("one at a time")]
    public void Two_networks_on_one_back_end_under_eight_threads(string name)
    {
        using IKernels kernels = name == "one at a time" ? new OneAtATime() : Device.Parse(name, threads: 2).CreateKernels();
        Network other = SmallNetworks.EveryLayer();
        using PreparedNetwork first = Network.On(kernels), second = other.On(kernels);
        double[] expected = Signal(first, Pictures[1], BackwardRule.Guided);
        AtOnce(Threads, thread =>
        {
            PreparedNetwork prepared = thread % 2 == 0 ? first : second;
            for (int k = 0; k < Math.Max(6, Tries / 32); k++)
                Numbers.RequireSame(Signal(prepared, Pictures[1], BackwardRule.Guided), expected, name);
        });
        if (kernels is OneAtATime one) Assert.That(one.WasUsedTwice, Is.False);
    }

    [Test]
    public void Dispose_during_passes_ends_them_and_nothing_else()
    {
        int ended = 0, done = 0;
        for (int time = 0; time < Tries; time++)
        {
            PreparedNetwork prepared = Network.On(Device.Cpu(2));
            ForwardRecord? shared = time % 3 == 0 ? Forward(prepared, Pictures[0]) : null;
            using var start = new Barrier(3);
            Task[] passes = [.. Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                try
                {
                    for (int k = 0; k < 4; k++)
                    {
                        if (shared is not null) shared.Backward(Seed.Class(1), Rules[k]);
                        else Signal(prepared, Pictures[k % 3], Rules[k]);
                        Interlocked.Increment(ref done);
                    }
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref ended);
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            start.SignalAndWait();
            Thread.SpinWait(time * 97 % 20_000);
            if (time % 2 == 0) shared?.Dispose();
            prepared.Dispose();
            Task.WaitAll(passes);
            shared?.Dispose();
            Assert.That(() => Forward(prepared, Pictures[0]), Throws.InstanceOf<ObjectDisposedException>());
        }

        Assert.That(ended, Is.Positive, $"of {done} passes none was under way");
    }

    [Test]
    public void Passes_on_two_back_ends_dispose_networks_of_each_others_back_end()
    {
        using IKernels left = new OneAtATime(), right = new OneAtATime();
        using PreparedNetwork here = Network.On(left), there = Network.On(right);
        PreparedNetwork idleHere = Network.On(left), idleThere = Network.On(right);
        ForwardRecord recordHere = Forward(idleHere, Pictures[0]), recordThere = Forward(idleThere, Pictures[0]);
        InsidePasses(here, there, () =>
        {
            recordThere.Dispose();
            idleThere.Dispose();
        }, () =>
        {
            recordHere.Dispose();
            idleHere.Dispose();
        });
        foreach (PreparedNetwork idle in (PreparedNetwork[])[idleHere, idleThere])
            Assert.That(() => Forward(idle, Pictures[0]), Throws.InstanceOf<ObjectDisposedException>());
        Signal(here, Pictures[1], BackwardRule.Guided);
        Signal(there, Pictures[1], BackwardRule.Guided);
    }

    [Test]
    public void Passes_that_wait_for_each_others_back_end_are_refused()
    {
        using IKernels left = new OneAtATime(), right = new OneAtATime();
        using PreparedNetwork here = Network.On(left), there = Network.On(right);
        int done = 0, refused = 0;
        InsidePasses(here, there, () => Try(there), () => Try(here));
        Assert.That((done, refused), Is.EqualTo((1, 1)));

        void Try(PreparedNetwork other)
        {
            try
            {
                Signal(other, Pictures[1], BackwardRule.Guided);
                Interlocked.Increment(ref done);
            }
            catch (InvalidOperationException e)
            {
                Assert.That(e.Message, Does.Contain("wait for each other"));
                Interlocked.Increment(ref refused);
            }
        }
    }

    [Test]
    public void Passes_of_two_networks_with_one_place_each_call_each_other()
    {
        using PreparedNetwork here = Network.On(Device.Cpu(1), maxPasses: 1), there = Network.On(Device.Cpu(1), maxPasses: 1);
        double[] expected = Signal(here, Pictures[1], BackwardRule.Guided);
        InsidePasses(here, there,
            () => Numbers.RequireSame(Signal(there, Pictures[1], BackwardRule.Guided), expected, "from here"),
            () => Numbers.RequireSame(Signal(here, Pictures[1], BackwardRule.Guided), expected, "from there"));
    }

    [Test]
    public void A_cancelled_pass_ends_between_layers_and_frees_its_place()
    {
        using PreparedNetwork prepared = Network.On(Device.Cpu(1), maxPasses: 1);
        using var cancelled = new CancellationTokenSource();
        var seen = new List<LayerProgress>();
        var stop = new Reporting(layer =>
        {
            seen.Add(layer);
            if (layer.Done == 3) cancelled.Cancel();
        });
        Assert.That(() => Forward(prepared, Pictures[0], stop, cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(seen.Select(layer => layer.Done), Is.EqualTo([1, 2, 3]));
        using ForwardRecord record = Forward(prepared, Pictures[0]);
        using var second = new CancellationTokenSource();
        var halt = new Reporting(layer => second.Cancel());
        Assert.That(() => record.Backward(Seed.Class(0), BackwardRule.Guided, null, halt, second.Token),
            Throws.InstanceOf<OperationCanceledException>());

        // While a pass holds the one place, another waits until it is cancelled.
        using var impatient = new CancellationTokenSource();
        Task? waiting = null;
        record.Descend(Seed.Class(0), BackwardRule.Gradient, (int tensor, DeviceTensor _) =>
        {
            if (waiting is not null) return;
            waiting = Task.Run(() => Forward(prepared, Pictures[0], null, impatient.Token).Dispose());
            Assert.That(waiting.Wait(50), Is.False);
            impatient.Cancel();
            Assert.That(() => waiting.Wait(), Throws.InstanceOf<AggregateException>()
                .With.InnerException.InstanceOf<OperationCanceledException>());
        });
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
    }

    [Test]
    public void A_record_is_not_written_while_it_is_read()
    {
        using PreparedNetwork prepared = Network.On(Device.Cpu(1));
        using ForwardRecord record = Forward(prepared, Pictures[0]);
        bool wasRead = false;
        record.Descend(Seed.Class(0), BackwardRule.Gradient, (int tensor, DeviceTensor _) =>
        {
            wasRead = true;
            Assert.That(() => prepared.ForwardInto(new ReadOnlyTensorSpan<double>(Pictures[1], [2, 2, 9, 8]), record),
                Throws.InvalidOperationException.With.Message.Contains("reads the record"));
        });
        Assert.That(wasRead);
        prepared.ForwardInto(new ReadOnlyTensorSpan<double>(Pictures[1], [2, 2, 9, 8]), record);
    }

    [Test]
    public void Forgotten_engines_do_not_pile_up()
    {
        const int Megabytes = 4, Engines = 200;
        long before = Process.GetCurrentProcess().WorkingSet64;
        for (int k = 0; k < Engines; k++) Forget(Megabytes << 20);
        Assert.That((Process.GetCurrentProcess().WorkingSet64 - before) / (1 << 20), Is.LessThan(Engines * Megabytes / 2),
            "megabytes more than before");
    }

    private static void Forget(int bytes)
    {
        var kernels = new CpuKernels(2);
        DeviceBuffer buffer = kernels.Allocate(bytes);
        kernels.Clear(kernels.View(buffer, new Shape([bytes / sizeof(float)])));
    }

    private static ForwardRecord Forward(PreparedNetwork prepared, double[] picture, IProgress<LayerProgress>? progress = null,
        CancellationToken token = default) =>
        prepared.Forward(new ReadOnlyTensorSpan<double>(picture, [2, 2, 9, 8]), progress, token);

    private static double[] Signal(PreparedNetwork prepared, double[] picture, BackwardRule rule)
    {
        using ForwardRecord record = Forward(prepared, picture);
        return record.BackwardInDouble(Seed.Class(1), rule).Values();
    }

    // Calls each from inside a pass, on two threads whose passes are both under way.
    private static void InsidePasses(PreparedNetwork first, PreparedNetwork second, Action inFirst, Action inSecond)
    {
        using ForwardRecord ofFirst = Forward(first, Pictures[0]), ofSecond = Forward(second, Pictures[0]);
        using var inside = new Barrier(2);
        Task both = Task.Run(() => AtOnce(2, thread =>
        {
            bool isInside = false;
            (thread == 0 ? ofFirst : ofSecond).Descend(Seed.Class(0), BackwardRule.Gradient, (int tensor, DeviceTensor _) =>
            {
                if (isInside) return;
                isInside = true;
                inside.SignalAndWait();
                (thread == 0 ? inFirst : inSecond)();
            });
            Assert.That(isInside);
        }));
        Assert.That(both.Wait(TimeSpan.FromMinutes(1)), "the two passes wait for each other");
    }

    private static void AtOnce(int threads, Action<int> work)
    {
        using var start = new Barrier(threads);
        Task[] all = [.. Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            work(thread);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(all);
    }

    /// <summary>Reports where it happens.</summary>
    private sealed class Reporting(Action<LayerProgress> report) : IProgress<LayerProgress>
    {
        public void Report(LayerProgress value) => report(value);
    }

    /// <summary>A back-end without forks that notices two operations at once.</summary>
    private sealed class OneAtATime() : DelegatingKernels(new CpuKernels(1))
    {
        private int _inside;

        public bool WasUsedTwice { get; private set; }

        public override void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output)
        {
            if (Interlocked.Increment(ref _inside) != 1) WasUsedTwice = true;
            base.ConvForward(geometry, input, weights, output);
            Interlocked.Decrement(ref _inside);
        }
    }
}
