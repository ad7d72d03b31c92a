using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Reference;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>
/// Convolutions are computed with their rectifier and max-pooling in one exactly where nobody looks at what lies between.
/// </summary>
public class FusionTests
{
    /// <summary>conv1-relu1-pool1, conv2-relu2, conv3-relu3-pool3.</summary>
    [Test]
    public void A_plain_chain_is_fused_whole()
    {
        using var chain = new FusedChain();
        using ForwardRecord record = chain.Forward();
        Assert.That(chain.Kernels.TakeCalls(), Is.EqualTo(new FusingKernels.Calls { FusedUp = 3, PooledUp = 2 }));
        foreach (BackwardRule rule in BackwardRule.All)
        {
            record.Backward(Seed.Class(0), rule);
            Assert.That(chain.Kernels.TakeCalls(),
                Is.EqualTo(new FusingKernels.Calls { FusedDown = 3, PooledDown = 2, SignalImages = 2 }));
        }

        using var without = new FusedChain(fusesPools: false);
        using ForwardRecord plain = without.Forward();
        plain.Backward(Seed.Class(0), BackwardRule.Guided);
        Assert.That(without.Kernels.TakeCalls(),
            Is.EqualTo(new FusingKernels.Calls { FusedUp = 3, FusedDown = 3, SignalImages = 2 }));
    }

    [TestCase("conv1", 2, 1, 1)]
    [TestCase("relu1", 3, 1, 0)]
    [TestCase("pool1", 3, 2, 0)]
    [TestCase("conv2", 2, 2, 1)]
    [TestCase("relu3", 3, 1, 0)]
    public void What_is_kept_is_written(string layer, int fused, int pooled, int plain)
    {
        using var chain = new FusedChain();
        using ForwardRecord record = chain.Forward(layer);
        using ForwardRecord all = chain.Forward([.. FusedChain.Network.Nodes.Select(node => node.Name)]);
        Assert.That(record.Activation(layer).Values(), Is.EqualTo(all.Activation(layer).Values()));
        chain.Kernels.TakeCalls();
        chain.Forward(layer).Dispose();
        Assert.That(chain.Kernels.TakeCalls(),
            Is.EqualTo(new FusingKernels.Calls { ConvUp = plain, FusedUp = fused, PooledUp = pooled }));
    }

    [TestCase("conv3", null, 2, 1, 1)]
    [TestCase("relu3", null, 3, 1, 0)]
    [TestCase("pool3", null, 3, 2, 0)]
    [TestCase("fc", "relu1", 2, 1, 0)]
    [TestCase("fc", "conv2", 1, 1, 0)]
    [TestCase("relu2", "pool1", 1, 0, 0)]
    [TestCase("conv2", "relu1", 0, 0, 1)]
    public void Seeds_and_targets_inside_are_reached(string from, string? to, int fused, int pooled, int plain)
    {
        using var chain = new FusedChain();
        using ForwardRecord record = chain.Forward();
        chain.Kernels.TakeCalls();
        record.Backward(Seed.Layer(from), BackwardRule.Gradient, to);
        FusingKernels.Calls calls = chain.Kernels.TakeCalls();
        Assert.That((calls.FusedDown, calls.PooledDown, calls.ConvDown), Is.EqualTo((fused, pooled, plain)));
    }

    [Test]
    public void A_signal_that_is_spread_evenly_is_not_fused()
    {
        using var chain = new FusedChain();
        using ForwardRecord record = chain.Forward();
        chain.Kernels.TakeCalls();
        record.Backward(Seed.Class(0), BackwardRule.Gradient.With(layer => layer.Name == "pool1", Unpooling.Even));
        FusingKernels.Calls calls = chain.Kernels.TakeCalls();
        Assert.That((calls.FusedDown, calls.PooledDown, calls.ConvDown), Is.EqualTo((3, 1, 0)));
    }

    [Test]
    public void Layers_that_somebody_is_told_of_run_by_themselves()
    {
        using var chain = new FusedChain();
        var told = new List<string>();
        chain.Prepared.LayerRan = (node, _, _) => told.Add(node.Name);
        chain.Prepared.LayerIsTold = (node, _) => node.Name == "relu2";
        using ForwardRecord record = chain.Forward();
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
        Assert.That(told, Is.EqualTo(new[] { "relu2", "relu2" }));
        Assert.That(chain.Kernels.TakeCalls(), Is.EqualTo(new FusingKernels.Calls
        {
            ConvUp = 1, FusedUp = 2, PooledUp = 2, ConvDown = 1, FusedDown = 2, PooledDown = 2, SignalImages = 2,
        }));

        chain.Prepared.LayerIsTold = (node, _) => node.Name == "conv1";
        told.Clear();
        chain.Forward().Dispose();
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
        Assert.That(told, Is.EqualTo(new[] { "conv1", "conv1" }));
        Assert.That(chain.Kernels.TakeCalls(), Is.EqualTo(new FusingKernels.Calls
        {
            FusedUp = 3, PooledUp = 2, FusedDown = 3, PooledDown = 2, SignalImages = 2,
        }), "a convolution takes what is computed with it along");

        chain.Prepared.LayerIsTold = null;
        told.Clear();
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
        Assert.That(told, Is.EqualTo(FusedChain.Network.Nodes.Select(node => node.Name).Reverse()));
        chain.Prepared.LayerRan = null;
        chain.Kernels.TakeCalls();
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
        Assert.That(chain.Kernels.TakeCalls().FusedDown, Is.EqualTo(3), "fused again once nobody is told");
    }

    /// <summary>A tensor that two layers read is written; so are the scores, whatever reads them.</summary>
    [Test]
    public void What_two_layers_read_is_not_left_out()
    {
        Network network = new NetworkBuilder("read twice", Passes.Input(2, 4, 4))
            .Then(FusedChain.Conv("conv1", 2, 2))
            .Add(new Relu("relu1"), ["conv1"], "relu1")
            .Add(new Sum("sum", "Add"), ["relu1", "conv1"], "sum")
            .Then(FusedChain.Conv("conv2", 2, 2))
            .Then(new Relu("relu2"))
            .Build();
        using var kernels = new FusingKernels(new ReferenceKernels<double>());
        using PreparedNetwork prepared = network.On(kernels);
        using ForwardRecord record = prepared.Forward(new Shape(1, 2, 4, 4), Numbers.Normal(32, "x"));
        Assert.That((kernels.Made.ConvUp, kernels.Made.FusedUp), Is.EqualTo((1, 1)));
        record.Backward(Seed.Layer("conv2"), BackwardRule.Gradient);
        Assert.That((kernels.Made.ConvDown, kernels.Made.FusedDown), Is.EqualTo((2, 0)));
    }

    /// <summary>What lies between has no memory: here the two largest tensors of the network.</summary>
    [Test]
    public void The_plan_has_no_memory_for_what_is_not_written()
    {
        using var chain = new FusedChain();
        using PreparedNetwork plain = FusedChain.Network.On(Device.Reference);
        long Bytes(int c, int side) => 2L * c * side * side * sizeof(float);
        Assert.That(chain.Prepared.PlanForward(FusedChain.Input).Slots, Is.EqualTo(new[] { Bytes(2, 8), Bytes(6, 4) }),
            "conv1 has 6 channels of 8x8, of which only the pooled 4x4 are written");
        Assert.That(plain.PlanForward(FusedChain.Input).Slots.Max(), Is.EqualTo(Bytes(6, 8)));
    }
}
