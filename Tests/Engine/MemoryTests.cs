using System.Diagnostics;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>Memory is planned, shared and given back.</summary>
public class MemoryTests
{
    private const long MiB = 1 << 20;

    /// <summary>
    /// Each call makes a record of 128 KB of native memory (the numbers that LRN keeps) and a signal; a record that stayed would
    /// show as 128 MB. The bounds are far above what a garbage collector leaves lying about and far below any leak by call.
    /// </summary>
    [Test]
    [NonParallelizable]
    public void A_thousand_calls_do_not_make_memory_grow()
    {
        Network network = new NetworkBuilder("growth", Passes.Input(8, 32, 32))
            .Then(new Conv("conv", Numbers.Single(Numbers.Normal(8 * 8 * 9, "w")), new Shape(8, 8, 3, 3), default,
                new Window(3, 3) { AutoPad = AutoPad.SameUpper }))
            .Then(new Relu("relu"))
            .Then(new Lrn("norm", new LrnParameters(3, 1f, 0.75f, 1f)))
            .Then(new MaxPool("pool", null))
            .Then(Reshape.Flatten("flatten"))
            .Build();
        var shape = new Shape(4, 8, 32, 32);
        float[] images = Numbers.Single(Numbers.Normal(shape.Count, "images"));
        using PreparedNetwork prepared = network.On(Device.Cpu(2));

        Call(100);
        (long managed, long resident) = Held();
        Call(1000);
        (long managedAfter, long residentAfter) = Held();
        Assert.That(managedAfter - managed, Is.LessThan(1 * MiB), "bytes of the managed heap");
        Assert.That(residentAfter - resident, Is.LessThan(48 * MiB), "bytes of the process");

        void Call(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using ForwardRecord record = prepared.Forward(shape, images);
                record.Backward(Seed.Class(i % 8), BackwardRule.All[i % 3]);
            }
        }

        static (long Managed, long Resident) Held()
        {
            long managed = GC.GetTotalMemory(forceFullCollection: true);
            GC.WaitForPendingFinalizers();
            using Process process = Process.GetCurrentProcess();
            return (managed, process.WorkingSet64);
        }
    }

    /// <summary>In a chain a tensor's memory is free as soon as the next one is written: two slots serve any depth.</summary>
    [Test]
    public void A_chain_needs_two_slots()
    {
        var builder = new NetworkBuilder("chain", Passes.Input(3, 8, 8));
        for (int i = 0; i < 20; i++) builder.Then(new Affine($"n{i}", "Mul", new float[] { 2 }, new Shape(1), default, default));
        using PreparedNetwork prepared = builder.Build().On(Device.Cpu(1));
        MemoryPlan plan = prepared.PlanForward(new Shape(2, 3, 8, 8));
        Assert.That(plan.Slots, Is.EqualTo(new long[] { 2 * 16 * 64 * 4, 2 * 16 * 64 * 4 }),
            "sixteen channels a block");
        Assert.That(plan.TotalBytes, Is.EqualTo(plan.Slots.Sum()));
    }

    /// <summary>What a layer keeps as numbers belongs to the record and not to the plan.</summary>
    [Test]
    public void Kept_numbers_are_counted_with_the_record()
    {
        Network network = new NetworkBuilder("kept", Passes.Input(3, 4, 4))
            .Then(new Relu("relu"))
            .Then(new Lrn("norm", new LrnParameters(3, 1f, 1f, 1f)))
            .Then(new MaxPool("pool", new Window(2, 2) { StrideH = 2, StrideW = 2 }))
            .Build();
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 3, 4, 4), Numbers.Normal(48, "x"));
        Assert.That(record.KeptBytes, Is.EqualTo(48 / 8 + 48 * 4 + 12));
        Assert.That(prepared.PlanForward(new Shape(1, 3, 4, 4)).Slots, Is.EqualTo(new long[] { 16 * 16 * 4, 16 * 4 * 4 }),
            "norm takes x's slot, the record has relu's");
    }
}
