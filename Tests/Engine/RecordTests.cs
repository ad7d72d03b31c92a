using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>A record's life: many passes from one, several at once, what it holds and what is refused after its end.</summary>
public class RecordTests
{
    private static readonly Network Network = SmallNetworks.EveryLayer();

    private static readonly Seed[] Seeds = [Seed.Class(1), Seed.Posterior(0), Seed.Layer("conv2"), Seed.Neuron("pool", 3)];

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void All_rules_and_seeds_from_one_record_without_a_second_forward_pass(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"));
        int forward = 0, backward = 0;
        prepared.LayerRan = (_, isBackward, ticks) =>
        {
            Assert.That(ticks, Is.Not.Negative);
            if (isBackward) backward++;
            else forward++;
        };
        double[][] once = [.. Everything(record)], twice = [.. Everything(record)];
        Assert.That((forward, backward > 0), Is.EqualTo((0, true)));
        for (int i = 0; i < once.Length; i++) Numbers.RequireSame(twice[i], once[i], $"{i}");
        Assert.That(BackwardRule.All.Select(rule => string.Join(" ", record.Backward(Seed.Class(1), rule).Values()))
            .Distinct().Count(), Is.EqualTo(3), "the rules differ");
    }

    [Test]
    public void A_listener_is_told_of_the_layers_that_it_asks_for()
    {
        using PreparedNetwork prepared = Network.On(Device.Reference);
        var told = new List<(string, bool)>();
        prepared.LayerRan = (node, backward, _) => told.Add((node.Name, backward));
        prepared.LayerIsTold = (node, backward) => node.Index == 0 || (!backward && node.Index == Network.Nodes.Length - 1);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "a"));
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
        string first = Network.Nodes[0].Name, last = Network.Nodes[^1].Name;
        Assert.That(told, Is.EqualTo([(first, false), (last, false), (first, true)]));
    }

    [Test]
    public void A_pass_does_not_begin_while_another_is_under_way()
    {
        using PreparedNetwork prepared = Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "a"));
        double[] alone = record.BackwardInDouble(Seed.Class(1), BackwardRule.Gradient).Values();
        Assert.That(
            () => record.Descend(Seed.Class(1), BackwardRule.Gradient,
                (string _, System.Numerics.Tensors.Tensor<float> _) => record.Backward(Seed.Class(0), BackwardRule.Guided)),
            Throws.InvalidOperationException.With.Message.Contains("under way"));
        double[] afterwards = record.BackwardInDouble(Seed.Class(1), BackwardRule.Gradient).Values();
        Numbers.RequireSame(afterwards, alone, "the refusal leaves the network usable");
        var seen = new List<string>();
        double[] last = [];
        record.Descend(Seed.Class(1), BackwardRule.Gradient, (layer, signal) =>
        {
            seen.Add(layer);
            last = Array.ConvertAll(signal.Values(), value => (double)value);
        });
        Assert.That(seen[^1], Is.EqualTo(Network.Input.Name));
        Numbers.RequireSame(last, alone, "what is shown at the input is the signal there");
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void The_same_forward_pass_twice_gives_the_same_bytes(Device device)
    {
        using PreparedNetwork prepared = Network.On(device), other = Network.On(device);
        using ForwardRecord a = prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"));
        using ForwardRecord b = prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"));
        using ForwardRecord c = other.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"));
        foreach (ForwardRecord again in new[] { b, c })
        {
            Numbers.RequireSame(again.ScoresInDouble.Values(), a.ScoresInDouble.Values(), "scores");
            foreach (var (found, expected) in Everything(again).Zip(Everything(a)))
                Numbers.RequireSame(found, expected, "signal");
            foreach (var (found, expected) in again.Export().Layers.Zip(a.Export().Layers))
            {
                Assert.That(found.Bits, Is.EqualTo(expected.Bits));
                Assert.That(found.Switches, Is.EqualTo(expected.Switches));
            }
        }
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Two_records_alive_at_once_do_not_disturb_each_other(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord first = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "first"));
        double[][] alone = [.. Everything(first)];
        using ForwardRecord second = prepared.Forward(SmallNetworks.Images(3), SmallNetworks.Pixels(3, "second"));
        double[][] others = [.. Everything(second)];
        foreach (var (found, expected) in Everything(first).Zip(alone))
            Numbers.RequireSame(found, expected, "the first, after the second came");
        foreach (var (found, expected) in Everything(second).Zip(others))
            Numbers.RequireSame(found, expected, "the second, after the first was used");
    }

    /// <summary>The plan and the buffers for one batch size must not leak into another's results.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Batch_sizes_may_alternate(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        foreach (int n in new[] { 2, 4, 1, 3, 1, 4, 2 })
        {
            using PreparedNetwork fresh = Network.On(device);
            using ForwardRecord record = prepared.Forward(SmallNetworks.Images(n), SmallNetworks.Pixels(n, $"{n}"));
            using ForwardRecord expected = fresh.Forward(SmallNetworks.Images(n), SmallNetworks.Pixels(n, $"{n}"));
            foreach (var (a, b) in Everything(record).Zip(Everything(expected))) Numbers.RequireSame(a, b, $"batch {n}");
        }
    }

    [Test]
    public void Only_the_activations_that_were_asked_for_are_kept()
    {
        using PreparedNetwork prepared = Network.On(Device.Cpu(1));
        using ForwardRecord record =
            prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"), "conv2", "the pool's tensor");
        Assert.That(record.Activation("conv2").ShapeOf(), Is.EqualTo(record.ShapeOf("conv2")));
        Assert.That(record.Activation("pool").ShapeOf(), Is.EqualTo(record.ShapeOf("pool")),
            "kept by the tensor's name, found by the layer's");
        Assert.That(record.Activation("fc").Values(), Is.EqualTo(record.Scores.Values()), "scores are always kept");
        Assert.That(() => record.Activation("relu1"), Throws.TypeOf<NetVizException>().With.Message.Contains("'relu1'"));
        Assert.That(() => prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"), "relu9"),
            Throws.TypeOf<NetVizException>().With.Message.Contains("no layer 'relu9'"));
    }

    /// <summary>float32 gives the same numbers as the same numbers in double, but has a hash of its own.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Images_come_as_float_or_double(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        double[] pixels = SmallNetworks.Pixels(1, "a");
        using ForwardRecord wide = prepared.Forward(SmallNetworks.Images(1), pixels);
        using ForwardRecord single = prepared.Forward(SmallNetworks.Images(1), Numbers.Single(pixels));
        Numbers.RequireSame(single.ScoresInDouble.Values(), wide.ScoresInDouble.Values(), "scores");
        Assert.That(single.InputSha256, Has.Length.EqualTo(64).And.Not.EqualTo(wide.InputSha256));
        Assert.That(single.InputSha256,
            Is.EqualTo(prepared.Forward(SmallNetworks.Images(1), Numbers.Single(pixels)).InputSha256));
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void After_its_end_a_record_is_refused(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "a"));
        record.Dispose();
        Assert.That(record.Dispose, Throws.Nothing, "twice");
        Assert.That(() => record.Backward(Seed.Class(0), BackwardRule.Gradient), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => record.BackwardInDouble(Seed.Class(0), BackwardRule.Gradient),
            Throws.TypeOf<ObjectDisposedException>());
        Assert.That(record.Export, Throws.TypeOf<ObjectDisposedException>());
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void After_its_end_a_prepared_network_is_refused(Device device)
    {
        PreparedNetwork prepared = Network.On(device);
        ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "a"));
        PortableRecord portable = record.Export();
        prepared.Dispose();
        Assert.That(prepared.Dispose, Throws.Nothing, "twice");
        Assert.That(() => prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "a")),
            Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => prepared.Forward(SmallNetworks.Images(1), Numbers.Single(SmallNetworks.Pixels(1, "a"))),
            Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => prepared.Import(portable), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => record.Backward(Seed.Class(0), BackwardRule.Gradient), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(record.Dispose, Throws.Nothing);
    }

    /// <summary>A back-end that the caller made stays with the caller.</summary>
    [Test, Category(GpuCategoryAttribute.Gpu)]
    public void Two_networks_share_a_back_end()
    {
        foreach (BackEnd backEnd in BackEnd.All)
        {
            using IKernels kernels = backEnd.Create();
            using PreparedNetwork kept = Network.On(kernels);
            Network.On(kernels).Dispose();
            using ForwardRecord record = kept.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "a"));
            Assert.That(record.Backward(Seed.Class(0), BackwardRule.Gradient).Values(), Has.Some.Not.Zero);
        }
    }

    /// <summary>Every rule from every seed, at the input and half way.</summary>
    private static IEnumerable<double[]> Everything(ForwardRecord record) =>
        from rule in BackwardRule.All
        from seed in Seeds
        from to in new[] { "x", "norm" }
        select record.BackwardInDouble(seed, rule, to).Values();
}
