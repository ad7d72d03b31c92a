using NetViz.Analysis;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>Receptive fields: by hand, and against the support of Jacobians of random networks.</summary>
public class ReceptiveFieldTests
{
    [Test]
    public void Windows_grow_by_hand()
    {
        // 3x3 (3), pool 2 stride 2 (4, a step of 2), 3x3 (8); with pads, cut at the edges.
        Network network = new NetworkBuilder("two", Passes.Input(1, 16, 16))
            .Then(Conv("a", 1, 2, Padded(3))).Then(new MaxPool("pool", new Window(2, 2) { StrideH = 2, StrideW = 2 }))
            .Then(Conv("b", 2, 2, Padded(3))).Build();
        var input = new Shape(1, 1, 16, 16);
        ReceptiveField middle = ReceptiveField.Of(network, input, "b", 0, 4, 3), corner = ReceptiveField.Of(network, input,
            "b", 1, 0, 7);
        using (Assert.EnterMultipleScope())
        {
            // Row 4 reads pooled rows 3 to 5, which read 6 to 11, which read 5 to 12.
            Assert.That((middle.Top, middle.Bottom, middle.Left, middle.Right), Is.EqualTo((5, 12, 3, 10)));
            Assert.That(middle.Count, Is.EqualTo(64));
            Assert.That(middle.IsRectangle);
            Assert.That((corner.Top, corner.Bottom, corner.Left, corner.Right), Is.EqualTo((0, 4, 11, 15)));
        }
    }

    [Test]
    public void Dilation_leaves_holes_and_groups_and_branches_are_kept_apart()
    {
        // Channel 0 sees through a dilated window, channel 1 through its own group of 1x1, concatenated.
        Network network = new NetworkBuilder("branches", Passes.Input(2, 7, 7))
            .Add(Conv("dilated", 2, 1, new Window(3, 3) { DilationH = 2, DilationW = 3, PadTop = 2, PadLeft = 3, PadBottom = 2,
                PadRight = 3 }), ["x"], "dilated")
            .Add(new Conv("grouped", new float[] { 1, 1 }, new Shape(2, 1, 1, 1), default, new Window(1, 1), 2), ["x"], "grouped")
            .Add(new Concat("both", 1, 2), ["dilated", "grouped"], "both")
            .Add(new Sum("sum", "Add"), ["grouped", "grouped"], "sum").Build();
        var input = new Shape(1, 2, 7, 7);
        ReceptiveField dilated = ReceptiveField.Of(network, input, "both", 0, 3, 3), grouped = ReceptiveField.Of(network,
            input, "both", 2, 3, 3);
        Assert.That((dilated.Count, dilated.IsRectangle, dilated[1, 0], dilated[3, 3], dilated[2, 3]),
            Is.EqualTo((9, false, true, true, false)));
        Assert.That((grouped.Count, grouped.Top, grouped.Left), Is.EqualTo((1, 3, 3)));
    }

    /// <summary>
    /// All weights above 0, no rectifier shut, pools spread evenly: nothing can cancel, so the support is the field.
    /// </summary>
    [Test]
    public void Is_the_support_of_the_Jacobian_of_networks_of_positive_weights([Range(1, 25)] int seed)
    {
        (Network network, Shape input) = GrowPositive(seed);
        using PreparedNetwork prepared = network.On(Device.ReferenceDouble);
        var random = new Random(seed);
        double[] pixels = [.. Enumerable.Range(0, (int)input.Count).Select(_ => 0.5 + random.NextDouble())];
        using ForwardRecord record = prepared.Forward(input, pixels);
        BackwardRule spread = BackwardRule.Gradient.With(layer => layer is MaxPool, Unpooling.Even, "type:MaxPool");
        foreach (Node node in network.Nodes)
        {
            int element = random.Next((int)record.ShapeOf(node.Name).CountPerImage);
            ReceptiveField field = ReceptiveField.Of(network, input, node.Name, element);
            bool[] support = SupportOf(record.BackwardInDouble(Seed.Neuron(node.Name, element), spread).Values(), input);
            Assert.That(PixelsOf(field), Is.EqualTo(support), $"{node.Name} {node.Layer.Operator} [{element}]");
        }
    }

    [Test]
    public void Holds_the_support_of_the_Jacobian_of_any_network([Range(1, 40)] int seed)
    {
        (Network network, Shape input) = RandomNetwork.Grow(seed);
        using PreparedNetwork prepared = network.On(Device.ReferenceDouble);
        var random = new Random(seed);
        var one = input.WithBatch(1);
        using ForwardRecord record = prepared.Forward(one,
            [.. Enumerable.Range(0, (int)one.Count).Select(_ => 2 * random.NextDouble() - 1)]);
        foreach (Node node in network.Nodes)
        {
            int element = random.Next((int)record.ShapeOf(node.Name).CountPerImage);
            bool[] field = PixelsOf(ReceptiveField.Of(network, one, node.Name, element));
            bool[] support = SupportOf(record.BackwardInDouble(Seed.Neuron(node.Name, element),
                BackwardRule.Gradient).Values(), one);
            Assert.That(support.Where((inside, i) => inside && !field[i]), Is.Empty,
                $"{node.Name} {node.Layer.Operator} [{element}]");
        }
    }

    [Test]
    public void Channels_last_networks_have_fields_too()
    {
        Network network = new NetworkBuilder("last", Passes.Input(6, 5, 2) with { Layout = ImageLayout.Nhwc })
            .Then(new Transpose("to planes", [0, 3, 1, 2])).Then(Conv("conv", 2, 3, new Window(2, 3))).Build();
        ReceptiveField field = ReceptiveField.Of(network, new Shape(1, 6, 5, 2), "conv", 1, 2, 1);
        Assert.That((field.Height, field.Width, field.Top, field.Bottom, field.Left, field.Right), Is.EqualTo((6, 5, 2, 3, 1,
            3)));
    }

    [Test]
    public void Units_that_do_not_exist_are_refused()
    {
        Network network = new NetworkBuilder("one", Passes.Input(1, 4, 4)).Then(Conv("conv", 1, 1, new Window(3, 3))).Build();
        var input = new Shape(1, 1, 4, 4);
        Assert.That(() => ReceptiveField.Of(network, input, "conv", 0, 2, 0), Throws.TypeOf<NetVizException>()
            .With.Message.Contains("no unit 0,2,0"));
        Assert.That(() => ReceptiveField.Of(network, input, "conv", 4), Throws.TypeOf<NetVizException>()
            .With.Message.Contains("no element 4"));
    }

    private static (Network Network, Shape Input) GrowPositive(int seed)
    {
        var random = new Random(1000 + seed);
        var input = new Shape(1, 2, 9 + random.Next(5), 9 + random.Next(5));
        var builder = new NetworkBuilder($"positive {seed}", Passes.Input(2, input.H, input.W));
        (string name, Shape shape) = ("x", input);
        (string Name, Shape Shape) before = (name, shape);
        for (int k = 0; k < 7; k++)
        {
            Layer layer = random.Next(7) switch
            {
                0 or 1 => Conv($"n{k}", shape.C, 2 * (1 + random.Next(2)), Any(random, shape), shape.C % 2 == 0
                    ? 1 + random.Next(2) : 1),
                2 => new MaxPool($"n{k}", ReachingInput(Any(random, shape))),
                3 => new AveragePool($"n{k}", ReachingInput(Any(random, shape))),
                4 => new Relu($"n{k}"),
                5 => new Pad($"n{k}", [0, 0, random.Next(2), 1 - 2 * random.Next(2)], [0, 0, 0, random.Next(2)], 1f),
                _ => new Concat($"n{k}", 1, 2),
            };
            string[] inputs = layer is Concat
                ? (before.Shape.H, before.Shape.W) == (shape.H, shape.W) ? [name, before.Name] : [name, name]
                : [name];
            Shape[] shapes = layer is Concat && inputs[1] != name ? [shape, before.Shape]
                : [.. inputs.Select(_ => shape)];
            builder.Add(layer, inputs, layer.Name);
            before = (name, shape);
            (name, shape) = (layer.Name, layer.OutputShape(shapes));
        }

        return (builder.Build(), input);
    }

    /// <summary>The window without pads where it is as short as they are: a pooling refuses those.</summary>
    private static Window ReachingInput(Window w) => w with
    {
        PadTop = w.KH > 1 ? w.PadTop : 0, PadBottom = w.KH > 1 ? w.PadBottom : 0,
        PadLeft = w.KW > 1 ? w.PadLeft : 0, PadRight = w.KW > 1 ? w.PadRight : 0,
    };

    /// <summary>Strides, dilations and pads of all sorts that leave something of the plane.</summary>
    private static Window Any(Random random, Shape shape)
    {
        bool large = Math.Min(shape.H, shape.W) > 6;
        int dilation = large ? 1 + random.Next(2) : 1, pad = random.Next(2);
        return new Window(1 + random.Next(large ? 3 : 2), 1 + random.Next(large ? 3 : 2))
        {
            StrideH = large ? 1 + random.Next(2) : 1, StrideW = large ? 1 + random.Next(3) : 1, DilationH = dilation,
            DilationW = dilation, PadTop = pad, PadBottom = pad,
        };
    }

    private static Window Padded(int side) => new(side, side) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 };

    private static Conv Conv(string name, int c, int o, Window window, int groups = 1)
    {
        int count = o * c / groups * window.Area;
        return new Conv(name, Enumerable.Range(0, count).Select(i => 0.1f + i % 7 * 0.05f).ToArray(),
            new Shape(o, c / groups, window.KH, window.KW), default, window, groups);
    }

    private static bool[] PixelsOf(ReceptiveField field) =>
        [.. Enumerable.Range(0, field.Height * field.Width).Select(i => field[i / field.Width, i % field.Width])];

    private static bool[] SupportOf(double[] jacobian, Shape input) => [.. Enumerable.Range(0, input.H * input.W)
        .Select(p => Enumerable.Range(0, input.C).Any(c => jacobian[c * input.H * input.W + p] != 0))];
}
