using NetViz.Analysis;
using NetViz.Analysis.Layers;
using NetViz.Analysis.RuleComparisons;
using NetViz.Analysis.Stepping;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>The walk down is the backward pass, layer by layer and bit by bit, whatever rule holds where.</summary>
public class DescentTests
{
    private static readonly double[] ByHand = [1, 2, 0, /**/ 0, 1, 3, /**/ 2, 1, 1];

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void A_walk_to_the_end_gives_the_bits_of_the_backward_pass(Device device)
    {
        Network network = SmallNetworks.EveryLayer();
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "walk"));
        IEnumerable<BackwardRule> rules =
        [
            .. BackwardRule.All,
            RuleExpression.Parse("gradient,relu1=deconvnet,leaky=guided", network),
            RuleExpression.Parse("deconvnet,type:LRN=gradient,type:MaxPool=even", network),
        ];
        foreach (BackwardRule rule in rules) RequireSame(record, Seed.Class(1), rule);
        RequireSame(record, Seed.Posterior(2), BackwardRule.Gradient);
        RequireSame(record, Seed.Neuron("residual", 3, 1, 2), BackwardRule.Guided, "relu1");
    }

    [Test]
    public void The_same_on_networks_grown_at_random([Range(1, 30)] int seed)
    {
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        foreach (Device device in new[] { Device.Cpu(2), Device.Reference, Device.ReferenceDouble })
        {
            using PreparedNetwork prepared = network.On(device);
            using ForwardRecord record = prepared.Forward(input, Numbers.Normal(input.Count, network.Name));
            foreach (BackwardRule rule in BackwardRule.All)
            {
                if (BackwardPlanExists(record)) RequireSame(record, Seed.Class(1), rule);
            }
        }
    }

    [Test]
    public void Switching_in_mid_way_is_the_composite_that_it_states([Range(1, 12)] int seed)
    {
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(input, Numbers.Normal(input.Count, network.Name));
        if (!BackwardPlanExists(record)) return;
        var walk = new Descent(record, Seed.Class(0), BackwardRule.All[seed % 3]);
        for (int k = 1; walk.Down(); k++)
        {
            if (k % 2 == 0) walk.Switch(BackwardRule.All[(seed + k / 2) % 3]);
        }

        Assert.That(walk.Signal, Is.EqualTo(record.BackwardInDouble(Seed.Class(0), walk.AsRule()).Values()), walk.Trajectory);
    }

    /// <summary>Cross-checked with the numbers of HandSizedTests.</summary>
    [Test]
    public void The_walk_states_rules_cases_and_switches()
    {
        using PreparedNetwork prepared = HandSizedNetwork.Network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), ByHand);
        var walk = new Descent(record, Seed.Class(0), BackwardRule.Gradient);
        Assert.That(walk.Layers.Select(node => node.Name), Is.EqualTo(new[] { "fc", "flatten", "pool", "relu", "conv" }));
        Assert.That((walk.Count, walk.Position, walk.Node!.Name), Is.EqualTo((5, 0, "fc")));
        Assert.That(walk.Up(), Is.False, "there is nothing above the seed");
        Assert.That(walk.Signal, Is.EqualTo(new double[] { 1, 0 }));

        Assert.That(walk.Down() && walk.Down(), Is.True);
        UnpoolingCounts pool = walk.Passage!.Pool!;
        Assert.That(pool, Is.EqualTo(new UnpoolingCounts(Windows: 4, WithSignal: 4, WithoutSwitch: 0, Positions: 8, Reached: 4,
            Shared: 0, Overlap: false)));

        // r = 0 1 2 0 | 0 -1 3 0, x > 0 = 0 1 0 0 | 0 1 1 0
        walk.Down();
        RectifierCases gradient = walk.Passage!.Rectifier!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((gradient[true, 1], gradient[true, -1], gradient[true, 0]), Is.EqualTo((2L, 1L, 0L)));
            Assert.That((gradient[false, 1], gradient[false, -1], gradient[false, 0]), Is.EqualTo((1L, 0L, 4L)));
            Assert.That((gradient.Nonzero, gradient.ZeroedByInput, gradient.ZeroedBySignal, gradient.ZeroedByBoth),
                Is.EqualTo((4L, 1L, 0L, 0L)));
            Assert.That(walk.Passage.Equation.Equation, Is.EqualTo("R_n = r 1(x > 0)"));
            Assert.That(PassageReasons.Of(walk.Passage), Is.EqualTo(new[] { "Zeroed: 1 of 4 nonzero r, as x <= 0." }));
        }

        walk.Switch(BackwardRule.DeconvNet);
        RectifierCases deconvNet = walk.Passage!.Rectifier!;
        Assert.That((deconvNet.ZeroedByInput, deconvNet.ZeroedBySignal), Is.EqualTo((0L, 1L)));
        walk.Switch(BackwardRule.Guided);
        Assert.That(PassageReasons.Of(walk.Passage!), Is.EqualTo(new[]
        {
            "Zeroed: 2 of 4 nonzero r: 1 as x <= 0, 1 as r < 0, 0 for both reasons.",
        }));
        walk.Down();
        Assert.That(walk.Signal, Is.EqualTo(new double[] { 0, 1, 0, 0, 0, 0, 3, 0 }));
        Assert.That(walk.Rule, Is.SameAs(BackwardRule.Guided));
        Assert.That(walk.RuleStillMatters, Is.False);
        walk.ToBottom();
        Assert.That(walk.Node, Is.Null);
        Assert.That(walk.Passage, Is.Null);
        Assert.That(walk.Signal, Is.EqualTo(new double[] { 0, 1, -1, -3, 0, 1, 3, 3, 0 }));
        Assert.That(SignalSummary.Of(walk.Signal),
            Is.EqualTo(new SignalSummary(9, 12, Math.Sqrt(30), -3, 3, Zeros: 3, NotFinite: 0)));

        walk.ToTop();
        Assert.That((walk.Position, walk.Rule), Is.EqualTo((0, BackwardRule.Gradient)), "going up undoes the switch, too");
    }

    [Test]
    public void A_trajectory_names_the_last_layer_under_each_rule()
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "trajectory"));
        var walk = new Descent(record, Seed.Class(0), BackwardRule.Gradient);
        Assert.That(walk.Trajectory, Is.EqualTo("gradient"));
        while (walk.Node!.Name != "leaky") walk.Down();
        walk.Switch(BackwardRule.DeconvNet);
        Assert.That(walk.Trajectory, Is.EqualTo("gradient as far as clip, then deconvnet"));
        while (walk.Node!.Name != "relu1") walk.Down();
        walk.Switch(BackwardRule.Guided);
        Assert.That(walk.Trajectory, Is.EqualTo("gradient as far as clip, then deconvnet as far as norm, then guided"));
        walk.Down();
        walk.Switch(BackwardRule.Gradient);
        Assert.That(walk.Trajectory, Is.EqualTo("gradient as far as clip, then deconvnet as far as norm, then guided"),
            "no rectifier is left for the last switch");
        walk.ToTop();
        Assert.That(walk.Trajectory, Is.EqualTo("gradient"));
    }

    [Test]
    public void Where_branches_meet_it_says_how_many_signals_have_come()
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(1), SmallNetworks.Pixels(1, "meeting"));
        var walk = new Descent(record, Seed.Class(0), BackwardRule.Gradient);
        var met = new Dictionary<string, (int, int)>();
        do
        {
            if (walk.Node is Node node) met[node.Name] = walk.Meeting(0);
        }
        while (walk.Down());

        // The pool's tensor is read by conv2 and average; average is later in the file, so it sends first.
        Assert.That((met["average"], met["conv2"], met["leaky"]), Is.EqualTo(((1, 2), (2, 2), (1, 1))));
    }

    [Test]
    public void Overlapping_windows_add_at_shared_positions()
    {
        // Windows of 2 with stride 1 over 1 3 2: both maxima stand at 3.
        Network network = new NetworkBuilder("overlap", Passes.Input(1, 1, 3)).Then(new MaxPool("pool", new Window(1, 2)))
            .Build();
        using PreparedNetwork prepared = network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 1, 3), new double[] { 1, 3, 2 });
        var walk = new Descent(record, Seed.Layer("pool"), BackwardRule.Gradient);
        Assert.That(walk.Passage!.Pool, Is.EqualTo(new UnpoolingCounts(2, 2, 0, 3, Reached: 1, Shared: 1, Overlap: true)));
        Assert.That(PassageReasons.Of(walk.Passage), Is.EqualTo(new[]
        {
            "2 of 2 windows carry a signal.",
            "It reaches 1 of 3 positions; at the others R_n = 0, as no such window had its maximum there.",
            "Positions where several meet and are added: 1.",
        }));
        walk.Down();
        Assert.That(walk.Signal, Is.EqualTo(new double[] { 0, 2, 0 }));
    }

    private static bool BackwardPlanExists(ForwardRecord record)
    {
        try
        {
            record.Backward(Seed.Class(0), BackwardRule.Gradient);
            return true;
        }
        catch (NetVizException)
        {
            // A network that grew so that its scores do not depend on the image.
            return false;
        }
    }

    private static void RequireSame(ForwardRecord record, Seed seed, BackwardRule rule, string? to = null)
    {
        var walk = new Descent(record, seed, rule, to);
        Network network = record.Prepared.Network;
        do
        {
            // Float32 numbers survive the way through double, so that comparing doubles compares bits.
            double[] there = record.BackwardInDouble(seed, rule, network.NameOf(walk.Tensor)).Values();
            Assert.That(walk.Signal.AsSpan().SequenceEqual(there), $"{rule} at {network.NameOf(walk.Tensor)}");
        }
        while (walk.Down());
        Assert.That(walk.Tensor, Is.EqualTo(walk.Target));
        Assert.That(walk.Signal.Select(BitConverter.DoubleToInt64Bits),
            Is.EqualTo(record.BackwardInDouble(seed, rule, to).Values().Select(BitConverter.DoubleToInt64Bits)), rule.Name);
    }
}
