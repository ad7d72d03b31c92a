using NetViz.Analysis.LinearRegions;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>
/// The radius worked out by hand on networks of two numbers, and on random ones confirmed by stepping to either side of it.
/// </summary>
public class LinearRegionTests
{
    private static readonly Shape Pair = new(1, 1, 1, 2);

    /// <summary>S = 2 max(f(x_0), f(x_1)) + 1.</summary>
    private static Network TwoNumbers(Layer rectifier) => new NetworkBuilder("two numbers", Passes.Input(1, 1, 2))
        .Then(new Affine("twice", "Mul", new[] { 2f }, new Shape(1), default, new Shape()))
        .Then(new Affine("half", "Mul", new[] { 0.5f }, new Shape(1), new[] { 1f }, new Shape(1)))
        .Then(new Affine("back", "Add", default, new Shape(), new[] { -1f }, new Shape(1)))
        .Then(rectifier)
        .Then(new MaxPool("pool", new Window(1, 2)))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", new[] { 2f }, 1, 1, weightIsInByOut: false, new[] { 1f }))
        .Build();

    [Test]
    public void A_switch_moves_where_the_other_overtakes()
    {
        // (3 - t, 1): the maximum falls to 1 at t = 2; the rectifier's own kink comes at 3. Along +t nothing ever happens.
        LinearRegionResult found = LinearRegion.Find(TwoNumbers(new Relu("relu")), Pair, [3, 1], 0, [-5, 0]);
        Assert.That(found.Score, Is.EqualTo(7));
        Assert.That(found.DirectionNorm, Is.EqualTo(5));
        Assert.That(found.GradientSlope, Is.EqualTo(-2));
        Assert.That((found.Bits, found.SwitchCount), Is.EqualTo((2, 1)));
        RadiusSide side = found.Sides[0];
        Assert.That(side.Radius, Is.EqualTo(2));
        Assert.That((side.First!.Layer, side.First.Kind, side.First.Switch, side.First.NextSwitch),
            Is.EqualTo(("pool", FlipKind.SwitchMoves, 0, 1)));
        Assert.That(side.Layers.Single(layer => layer.Layer == "relu").First!.Distance, Is.EqualTo(3));
        Assert.That(side.Check!.Holds);
        Assert.That(side.Slope, Is.EqualTo(-2));
        Assert.That(found.Sides[1].First, Is.Null);
        Assert.That(found.Sides[1].Radius, Is.EqualTo(double.PositiveInfinity));
        Assert.That(found.Holds);
    }

    [Test]
    public void A_rectifier_turns_on_and_off()
    {
        // (4, -1 + t) turns on at 1; (4, -1 - t) never does anything, and the switch would move at 5.
        RadiusSide side = LinearRegion.Find(TwoNumbers(new LeakyRelu("leaky", 0.5f)), Pair, [4, -1], 0, [0, 1]).Sides[0];
        Assert.That((side.First!.Kind, side.First.Distance, side.First.Element), Is.EqualTo((FlipKind.TurnsOn, 1.0, 1L)));
        Assert.That(side.Check!.Holds);
        // With the slope 1/2 fixed, the tangent has -1/2 + t/2 overtake 4 at t = 9.
        Assert.That(side.Layers.Single(layer => layer.Layer == "pool").First!.Distance, Is.EqualTo(9));
    }

    [Test]
    public void A_clip_has_two_kinks()
    {
        LinearRegionResult found = LinearRegion.Find(TwoNumbers(new Clip("clip", -0.5f, 0.75f)), Pair, [0.25, -3], 0, [1, 0]);
        Assert.That((found.Sides[0].Radius, found.Sides[0].First!.Bound), Is.EqualTo((0.5, 0.75)));
        Assert.That((found.Sides[1].Radius, found.Sides[1].First!.Bound), Is.EqualTo((0.75, -0.5)));
        Assert.That(found.Sides.Select(side => side.First!.Kind), Is.All.EqualTo(FlipKind.TurnsOff));
        Assert.That(found.Holds);
    }

    [Test]
    public void A_tie_breaks_at_once()
    {
        // (1, 1 + t): the second is the maximum at any t > 0. (1, 1 - t): it turns off at 1, and the first stays the maximum.
        LinearRegionResult found = LinearRegion.Find(TwoNumbers(new Relu("relu")), Pair, [1, 1], 0, [0, 1]);
        Assert.That(found.GradientSlope, Is.Zero);
        RadiusSide up = found.Sides[0], down = found.Sides[1];
        Assert.That((up.Radius, up.AtOnce, up.Slope, up.First), Is.EqualTo((0.0, 1L, 2.0, (Flip?)null)));
        Assert.That((down.Radius, down.AtOnce, down.Slope), Is.EqualTo((1.0, 0L, 0.0)));
        Assert.That(down.Check!.Holds);
    }

    [Test]
    public void A_rectifier_at_its_kink_turns_on_at_once_where_the_tangent_says_so()
    {
        LinearRegionResult found = LinearRegion.Find(TwoNumbers(new Relu("relu")), Pair, [0, -8], 0, [1, 1]);
        Assert.That(found.Sides[0].AtOnce, Is.EqualTo(1));
        // At t > 0 the first element is on; the second turns on when both have grown by 8.
        Assert.That(found.Sides[0].First!.Distance, Is.EqualTo(8 * Math.Sqrt(2)).Within(1e-12));
        Assert.That(found.Sides[0].Check!.Holds);
        Assert.That(found.Sides[1].AtOnce, Is.Zero);
    }

    [Test]
    public void A_bend_that_is_no_kink_makes_it_an_estimate()
    {
        Network network = SmallNetworks.EveryLayer();
        LinearRegionResult found = LinearRegion.Find(network, SmallNetworks.Images(1), SmallNetworks.Pixels(1, "radius"), 1);
        Assert.That(found.IsExact, Is.False);
        Assert.That(found.Smooth, Is.EqualTo(new[] { "norm", "attention" }));
        // To first order it is the derivative all the same, up and down.
        foreach (RadiusSide side in found.Sides) Assert.That(side.Check!.SlopeGap, Is.LessThanOrEqualTo(side.Check.SlopeBound));
    }

    [Test]
    public void Refusals()
    {
        Network network = TwoNumbers(new Relu("relu"));
        Assert.That(() => LinearRegion.Find(network, Pair, [-1, -1], 0), Throws.TypeOf<NetVizException>()
            .With.Message.Contains("0 everywhere"));
        Assert.That(() => LinearRegion.Find(network, Pair, [1, 2], 0, [0, 0]), Throws.TypeOf<NetVizException>());
        Assert.That(() => LinearRegion.Find(network, Pair, [1, 2], 0, [1]), Throws.TypeOf<NetVizException>());
        Assert.That(() => LinearRegion.Find(network, Pair.WithBatch(2), [1, 2, 3, 4], 0), Throws.TypeOf<NetVizException>());
        Assert.That(() => LinearRegion.Find(network, Pair, [1, 2], 3), Throws.TypeOf<NetVizException>());
    }

    /// <summary>Piecewise linear or not: where it is, no bit differs anywhere below, and one does just above.</summary>
    [Test]
    public void On_random_networks_stepping_confirms_it([Range(1, 40)] int seed)
    {
        (Network network, Shape grown) = RandomNetwork.Grow(seed);
        Shape shape = grown.WithBatch(1);
        double[] image = Numbers.Normal(shape.Count, network.Name), along = Numbers.Normal(shape.Count, $"{network.Name} along");
        LinearRegionResult found = LinearRegion.Find(network, shape, image, 2, along);
        if (!found.IsExact) return;
        Assert.That(found.Holds, () => $"{found}");
        foreach (RadiusSide side in found.Sides)
        {
            Assert.That(side.AtOnce, Is.Zero);
            Assert.That(side.Slope, Is.EqualTo(side.Sign * found.GradientSlope).Within(1e-12 * found.GradientNorm));
            RequireByStepping(network, shape, image, found, side);
        }
    }

    [TestCase("gradient")]
    [TestCase("deconvnet")]
    public void On_a_small_VGG_stepping_confirms_it(string rule)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx"));
        double[] images = Npy.ReadDouble(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.input.npy")).Values();
        Shape shape = model.InputShape(1);
        double[] image = images[..(int)shape.Count];
        double reached = 0;
        LinearRegionResult found =
            LinearRegion.Find(model.Network, shape, image, 0, BackwardRule.Parse(rule), 2, done => reached = done);
        Assert.That(found.Holds);
        Assert.That(reached, Is.EqualTo(1).Within(0.01), "progress");
        foreach (RadiusSide side in found.Sides)
        {
            Assert.That(side.Stages.Select(stage => stage.Name), Is.EqualTo(new[] { "first", "0.1 %", "1 %" }));
            Assert.That(side.Stages[2].Predicted, Is.EqualTo((long)Math.Ceiling((found.Bits + found.SwitchCount) / 100.0)));
            Assert.That(side.Stages.Select(stage => stage.Predicted),
                Is.EqualTo(Enumerable.Range(0, 3).Select(k => side.Layers.Sum(layer => layer.Predicted[k]))));
            Assert.That(side.Stages.Select(stage => stage.Counted),
                Is.EqualTo(Enumerable.Range(0, 3).Select(k => side.Layers.Sum(layer => layer.Counted[k]))));
            RequireByStepping(model.Network, shape, image, found, side);
        }
    }

    private static void RequireByStepping(Network network, Shape shape, double[] image, LinearRegionResult found, RadiusSide side)
    {
        if (side.First is null) return;
        var layers = side.Layers.ToDictionary(layer => layer.Layer);
        using PreparedNetwork prepared = network.On(Device.ReferenceDouble);
        PortableLayer[] start = Kept(0);
        foreach (double share in (double[])[0.25, 0.75, 0.9999])
        {
            foreach (var (here, there) in start.Zip(Kept(share * side.Radius)))
            {
                Assert.That(there.Bits.AsSpan().SequenceEqual(here.Bits), $"bits of {here.Layer} at {share} of the radius");
                Assert.That(there.Switches.AsSpan().SequenceEqual(here.Switches), $"switches of {here.Layer} at {share}");
            }
        }

        bool differs = start.Zip(Kept(side.Radius * (1 + 1e-6))).Any(pair =>
            !pair.First.Bits.AsSpan().SequenceEqual(pair.Second.Bits)
            || !pair.First.Switches.AsSpan().SequenceEqual(pair.Second.Switches));
        Assert.That(differs, "beyond the radius");

        PortableLayer[] Kept(double t)
        {
            double[] there = [.. image.Zip(found.Direction, (x, v) => x + side.Sign * t * v)];
            using ForwardRecord record = prepared.Forward(shape, there);
            return [.. record.Export().Layers.Where(layer => layers.ContainsKey(layer.Layer))];
        }
    }
}
