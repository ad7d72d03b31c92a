using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>One number as a sum: by hand, and on random networks of every kind of layer against all back-ends.</summary>
public class TraceTests
{
    // Numbers and signals of this network are worked out in HandSizedTests.
    private static readonly double[] X = [1, 2, 0, /**/ 0, 1, 3, /**/ 2, 1, 1];

    [Test]
    public void By_hand_up_to_the_score()
    {
        using PreparedNetwork prepared = HandSizedNetwork.Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), X, "conv");
        IReadOnlyList<TraceStep> chain = Trace.Backward(record, Seed.Class(0), BackwardRule.Gradient, "x", 3);

        // R(x; 0,1,0) = -3: the conv's outputs that read row 1, column 0 are (0,0) by place 1,0 and (1,0) by place 0,0 of each
        // map; their signals are 0, 0 in the first map and 0, 3 in the second, whose weights there are 1 and -1.
        Assert.That(chain[0].Engine, Is.EqualTo(-3));
        Assert.That(chain[0].Sum, Is.EqualTo(-3));
        Assert.That(chain[0].Parts[0].Terms, Has.Count.EqualTo(4));
        TraceTerm largest = chain[0].Largest!;
        Assert.That((largest.WeightName, largest.Weight, largest.Value, largest.Product),
            Is.EqualTo(("w[1,0,0,0]", -1.0, 3.0, -3.0)));
        Assert.That(largest.Index, Is.EqualTo(new[] { 0, 1, 1, 0 }));

        Assert.That(chain.Select(step => step.Tensor), Is.EqualTo(new[] { "x", "conv", "relu", "pool", "flatten", "fc" }));
        Assert.That(chain[1].Parts[0].Equation, Is.EqualTo("R_n = r 1(x > 0)"));
        Assert.That(chain[1].Parts[0].Note, Is.EqualTo("x = 2, active; r = 3 passes"));
        Assert.That(chain[2].Parts[0].Note, Is.EqualTo("it is its window's maximum: place 0,0"));
        Assert.That(chain[4].Largest!.WeightName, Is.EqualTo("w[0,3]"));
        Assert.That(chain[^1].End, Does.StartWith("the seed"));
        Assert.That(chain.Select(step => step.AddsUp), Is.All.True);
    }

    [Test]
    public void By_hand_what_the_rules_block()
    {
        using PreparedNetwork prepared = HandSizedNetwork.Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), X);
        string Note(BackwardRule rule, long element) =>
            Trace.Backward(record, Seed.Class(0), rule, "conv", element)[0].Parts[0].Note!;

        // r above the relu: 0, 1, 2, 0 | 0, -1, 3, 0; x: 0, 5, 0, -1 | -1, 1, 2, 0.
        Assert.That(Note(BackwardRule.Gradient, 2), Is.EqualTo("x was not active; r = 2 is blocked"));
        Assert.That(Note(BackwardRule.DeconvNet, 2), Is.EqualTo("x was not active; r = 2 passes"));
        Assert.That(Note(BackwardRule.Gradient, 5), Is.EqualTo("x was active; r = -1 passes"));
        Assert.That(Note(BackwardRule.Guided, 5), Is.EqualTo("x was active; r = -1 is blocked"));
        Assert.That(Note(BackwardRule.DeconvNet, 0), Is.EqualTo("x was not active; r = 0 has nothing to pass"));

        TraceStep pool = Trace.Backward(record, Seed.Class(0), BackwardRule.Gradient, "relu", 0)[0];
        Assert.That(pool.Parts[0].Note, Is.EqualTo("its window's maximum is at place 0,1, not here at 0,0"));
        Assert.That((pool.Sum, pool.Engine, pool.End), Is.EqualTo((0.0, 0.0, "no layer sends a signal down to it")));
    }

    [Test]
    public void By_hand_down_to_the_image()
    {
        using PreparedNetwork prepared = HandSizedNetwork.Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), X, Trace.Below(HandSizedNetwork.Network, "fc"));
        IReadOnlyList<TraceStep> chain = Trace.Forward(record, X, "fc", 1);

        // -2 * 5 + 1 * 0 + 1 * 1 - 1 * 2 + 1 = -10
        Assert.That(chain[0].Engine, Is.EqualTo(-10));
        Assert.That(chain[0].Parts[0].Terms.Select(term => term.Product), Is.EqualTo(new[] { -10.0, -2, 1, 0 }));
        Assert.That(chain[0].Parts[0].Constant, Is.EqualTo(1));
        Assert.That(chain.Select(step => step.Tensor), Is.EqualTo(new[] { "fc", "flatten", "pool", "relu", "conv", "x" }));
        Assert.That(chain[2].Parts[0].Note, Is.EqualTo("of 0, 5 the maximum is at place 0,1"));

        // 2 - 0 + 3 = 5: the largest is x(1,2) = 3.
        Assert.That(chain[4].Sum, Is.EqualTo(5));
        Assert.That((chain[5].Engine, chain[5].End), Is.EqualTo((3.0, "the image")));
        Assert.That(Trace.Forward(record, X, "fc", 1, steps: 2), Has.Count.EqualTo(2));
    }

    /// <summary>Many elements of every tensor of every kind of layer, both ways, under the rules and a composite.</summary>
    [Test]
    public void Every_number_adds_up([Range(1, 30)] int seed)
    {
        (Network network, Shape shape) =
            seed == 1 ? (SmallNetworks.EveryLayer(), SmallNetworks.Images(2)) : RandomNetwork.Grow(seed);
        double[] image = Numbers.Normal(shape.Count, network.Name);
        Device device = (seed % 3) switch
        {
            0 => Device.Cpu(2),
            1 => Device.ReferenceDouble,
            _ => Device.Cpu(1, seed % 2 == 0 ? ConvAlgorithm.Winograd : ConvAlgorithm.Direct),
        };
        using PreparedNetwork prepared = network.On(device);
        string[] names = [.. network.Nodes.Select(node => node.Name)];
        using ForwardRecord record = prepared.Forward(shape, image, names);
        var random = new Random(seed);
        BackwardRule composite =
            BackwardRule.Guided.With(layer => layer is MaxPool, Unpooling.Even).With<Lrn>(ReluRule.DeconvNet);
        BackwardRule[] rules = [.. BackwardRule.All, composite];
        using (Assert.EnterMultipleScope())
        {
            foreach (string at in names.Append(network.Input.Name))
            {
                long count = record.ShapeOf(at).Count;
                for (int k = 0; k < 6; k++)
                {
                    foreach (TraceStep step in Trace.Forward(record, image, at, random.NextInt64(count)))
                        Check(step, $"forward from {at}");
                    if (!Leads(network, at)) continue;
                    Seed start = Seed.Class(k % 3);
                    foreach (TraceStep step in Trace.Backward(record, start, rules[k % 4], at, random.NextInt64(count), 3))
                        Check(step, $"{rules[k % 4]} from {at}");
                }
            }
        }

        void Check(TraceStep step, string what) => Assert.That(step.AddsUp, $"{what}: {step.Tensor} {step.Element}: "
            + $"{string.Join("; ", step.Parts.Select(part => $"{part.Operator} {part.Equation}"))}: "
            + $"{step.Sum} is not {step.Engine}, {step.BoundRule}");
    }

    /// <summary>The back-end packs its weights when it prepares them; what is spoilt afterwards only the trace sees.</summary>
    [Test]
    public void A_spoilt_weight_does_not_add_up()
    {
        float[] weight = Numbers.Single(Numbers.Normal(3 * 2 * 9, "spoilt"));
        float[] full = Numbers.Single(Numbers.Normal(2 * 75, "full"));
        Network network = new NetworkBuilder("spoilt", Passes.Input(2, 5, 5))
            .Then(new Conv("conv", weight, new Shape(3, 2, 3, 3), default, new Window(3, 3) { AutoPad = AutoPad.SameUpper }))
            .Then(new LeakyRelu("leaky", 0.3f))
            .Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "Gemm", full, 75, 2, weightIsInByOut: false, default))
            .Build();
        double[] image = Numbers.Normal(50, "image");
        using PreparedNetwork prepared = network.On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(new Shape(1, 2, 5, 5), image, "conv", "leaky", "flatten", "fc");
        IReadOnlyList<TraceStep> Down() => Trace.Forward(record, image, "fc", 0);
        IReadOnlyList<TraceStep> Up(long at) => Trace.Backward(record, Seed.Class(0), BackwardRule.Gradient, "x", at);
        Assert.That(Down().Concat(Up(12)).Select(step => step.AddsUp), Is.All.True);
        weight[4] += 0.001f; // w[0,0,1,1]
        Assert.That(Up(12)[0].AddsUp, Is.False);
        Assert.That(Up(37)[0].AddsUp, Is.True, "channel 1 does not have that weight");
        weight[4] -= 0.001f;
        full[7] += 0.01f;
        Assert.That(Down()[0].AddsUp, Is.False);
    }

    [Test]
    public void Refusals()
    {
        using PreparedNetwork prepared = HandSizedNetwork.Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), X);
        Assert.That(() => Trace.Backward(record, Seed.Class(0), BackwardRule.Gradient, "nowhere"),
            Throws.TypeOf<NetVizException>());
        Assert.That(() => Trace.Backward(record, Seed.Class(0), BackwardRule.Gradient, "x", 9), Throws.TypeOf<NetVizException>());
        Assert.That(() => Trace.Backward(record, Seed.Class(7), BackwardRule.Gradient, "x", 0), Throws.TypeOf<NetVizException>());
        Assert.That(() => Trace.Backward(record, Seed.Neuron("conv", 0, 0, 0), BackwardRule.Gradient, "fc", 0),
            Throws.TypeOf<NetVizException>());
        Assert.That(() => Trace.Forward(record, X, "fc", 0), Throws.TypeOf<NetVizException>().With.Message.Contains("not kept"));
    }

    [Test]
    public void The_element_of_the_largest_number_is_taken_where_none_is_named()
    {
        using PreparedNetwork prepared = HandSizedNetwork.Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), X);
        TraceStep first = Trace.Backward(record, Seed.Class(0), BackwardRule.DeconvNet, "x")[0];
        Assert.That((first.Element, first.Engine), Is.EqualTo((7L, 5.0)));
        Assert.That(Trace.Backward(record, Seed.Neuron("conv", 0, 1, 1), BackwardRule.Gradient, "x", 8), Has.Count.EqualTo(2));
    }

    private static bool Leads(Network network, string at)
    {
        int tensor = network.Find(at);
        var reached = new HashSet<int> { tensor };
        foreach (Node node in network.Nodes)
            if (node.Inputs.Any(reached.Contains)) reached.Add(node.Output);
        return reached.Contains(network.ScoreTensor);
    }
}
