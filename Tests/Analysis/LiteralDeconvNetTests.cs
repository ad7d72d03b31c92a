using NetViz.Analysis.Layers;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>
/// The literal DeconvNet against numbers worked by hand, and against the transpose of an explicit matrix: the layer's forward
/// pass on one unit vector after the other, which knows nothing of any way down.
/// </summary>
public class LiteralDeconvNetTests
{
    private static readonly Shape Plane = new(1, 1, 3, 3);

    private static Window Padded(int kernel, int stride = 1, int pad = 0, int dilation = 1) => new(kernel, kernel)
    {
        StrideH = stride, StrideW = stride, PadTop = pad, PadLeft = pad, PadBottom = pad, PadRight = pad,
        DilationH = dilation, DilationW = dilation,
    };

    private static Conv Conv(int c, int o, Window window, int groups = 1) =>
        new("n", Random(o * (c / groups) * window.Area, "w"), new Shape(o, c / groups, window.KH, window.KW), Random(o, "b"),
            window, groups);

    private static float[] Random(int count, string seed) => Numbers.Single(Numbers.Normal(count, seed));

    /// <summary>A layer and the shape of each of its inputs.</summary>
    private static IEnumerable<TestCaseData> LinearLayers()
    {
        (string Name, Layer Layer, Shape[] Inputs)[] cases =
        [
            ("conv 3x3", Conv(2, 3, Padded(3)), [new(1, 2, 5, 6)]),
            ("conv padded", Conv(2, 3, Padded(3, pad: 1)), [new(2, 2, 5, 4)]),
            ("conv padded beyond its kernel", Conv(1, 2, Padded(2, pad: 3)), [new(1, 1, 4, 3)]),
            ("conv stride 2", Conv(2, 2, Padded(3, stride: 2, pad: 1)), [new(1, 2, 7, 6)]),
            ("conv stride 3 past its kernel", Conv(1, 2, Padded(2, stride: 3)), [new(1, 1, 7, 9)]),
            ("conv dilation 2", Conv(2, 2, Padded(3, pad: 1, dilation: 2)), [new(1, 2, 7, 8)]),
            ("conv stride 2 and dilation 3", Conv(1, 2, Padded(2, stride: 2, pad: 2, dilation: 3)), [new(1, 1, 8, 7)]),
            ("conv of 2 groups", Conv(4, 6, Padded(3, stride: 2, pad: 1), groups: 2), [new(2, 4, 5, 5)]),
            ("depthwise conv", Conv(3, 3, Padded(3, pad: 1), groups: 3), [new(1, 3, 4, 4)]),
            ("conv SAME_UPPER", Conv(2, 2, new Window(2, 3) { AutoPad = AutoPad.SameUpper, StrideW = 2 }), [new(1, 2, 5, 6)]),
            ("conv SAME_LOWER", Conv(2, 2, new Window(4, 2) { AutoPad = AutoPad.SameLower, StrideH = 2 }), [new(1, 2, 5, 6)]),
            ("conv VALID, whatever its pads", Conv(1, 1, new Window(2, 2) { AutoPad = AutoPad.Valid, PadTop = 4 }),
                [new(1, 1, 4, 4)]),
            ("conv uneven pads", Conv(1, 2, new Window(3, 2) { PadTop = 2, PadRight = 1 }), [new(1, 1, 4, 5)]),
            ("fully connected", new FullyConnected("n", "Gemm", Random(12, "w"), 4, 3, false, Random(3, "b")), [new(2, 4)]),
            ("fully connected, other order, alpha",
                new FullyConnected("n", "Gemm", Random(12, "w"), 4, 3, true, Random(3, "b"), alpha: 0.75f), [new(2, 4)]),
            ("fully connected on three axes", new FullyConnected("n", "MatMul", Random(12, "w"), 4, 3, true, default),
                [new(2, 2, 4)]),
            ("batch normalisation", Affine.BatchNormalization("n", [2, 0.5f], [1, 0], [3, -1], [3.75f, 0.75f], 0.25f),
                [new(2, 2, 2, 3)]),
            ("multiplication by a row", new Affine("n", "Mul", Random(3, "w"), new Shape(1, 3), default, new Shape()),
                [new(2, 2, 3)]),
            ("addition", new Affine("n", "Add", default, new Shape(), Random(1, "b"), new Shape(1)), [new(1, 3)]),
            ("average pool", new AveragePool("n", Padded(3, stride: 2, pad: 1)), [new(1, 2, 6, 5)]),
            ("average pool, padding counted", new AveragePool("n", Padded(2, pad: 1), countIncludePad: true), [new(1, 1, 3, 4)]),
            ("average pool, ceil", new AveragePool("n", Padded(3, stride: 2) with { CeilMode = true }), [new(1, 1, 6, 6)]),
            ("average pool SAME, padding counted",
                new AveragePool("n", new Window(2, 3) { AutoPad = AutoPad.SameLower }, countIncludePad: true), [new(1, 1, 4, 3)]),
            ("global average pool", new AveragePool("n", null), [new(2, 2, 3, 2)]),
            ("concat", new Concat("n", 1, 3), [new(2, 1, 2, 2), new(2, 3, 2, 2), new(2, 2, 2, 2)]),
            ("concat of the last axis", new Concat("n", -1, 2), [new(2, 2, 3), new(2, 2, 1)]),
            ("sum", new Sum("n", "Add"), [new(1, 5), new(1, 5)]),
            ("difference", new Sum("n", "Sub", subtract: true), [new(1, 5), new(1, 5)]),
            ("pad and crop", new Pad("n", [0, 1, -1], [0, -2, 2], 0.5f), [new(1, 4, 3)]),
            ("transpose", new Transpose("n", [0, 2, 3, 1]), [new(2, 3, 2, 4)]),
            ("reversed axes", new Transpose("n", []), [new(2, 3, 4)]),
            ("flatten", Reshape.Flatten("n"), [new(2, 3, 2)]),
            ("identity", new Identity("n", "Dropout"), [new(2, 3)]),
        ];
        return cases.Select(c => new TestCaseData(c.Layer, c.Inputs).SetArgDisplayNames(c.Name));
    }

    [TestCaseSource(nameof(LinearLayers))]
    public void It_is_the_transpose_of_the_explicit_matrix(Layer layer, Shape[] inputs)
    {
        Shape output = layer.OutputShape(inputs);
        using PreparedNetwork prepared = NetworkOf(layer, inputs).On(Device.ReferenceDouble);
        Node node = prepared.Network.Nodes[^1];
        double[] r = Numbers.Normal(output.Count, "r");
        r[0] = 0;
        LiteralSignal[] found = LiteralDeconvNet.Down(layer, inputs, output, new PortableLayer("n", [], [], [], []), r)!;

        double[] bias = SingleLayer.Forward(prepared, node, inputs, [.. inputs.Select(shape => new double[shape.Count])]);
        for (int k = 0; k < inputs.Length; k++)
        for (int j = 0; j < inputs[k].Count; j++)
        {
            double[][] unit = [.. inputs.Select(shape => new double[shape.Count])];
            unit[k][j] = 1;
            double[] column = [.. SingleLayer.Forward(prepared, node, inputs, unit).Zip(bias, (y, b) => y - b)];
            double[] terms = [.. column.Zip(r, (a, above) => a * above)];
            Assert.That(found[k].Values[j], Is.EqualTo(terms.Sum()).Within(1e-12), $"input {k}, element {j}");
            if (found[k].Roundings.Length == 0) continue;
            Assert.That(found[k].Magnitudes[j], Is.EqualTo(terms.Sum(Math.Abs)).Within(1e-12), $"sum |w||r| of element {j}");
            int products = terms.Count(term => Math.Abs(term) > 1e-13);
            int alpha = layer is FullyConnected { Alpha: not 1 } ? 1 : 0;
            Assert.That(found[k].Roundings[j], Is.EqualTo(layer is Affine ? 1 : products + alpha), $"terms of element {j}");
        }
    }

    /// <summary>The sum w(0) r(1) + w(1) r(0) at the middle, written out.</summary>
    [Test]
    public void A_convolution_flips_its_filter()
    {
        var conv = new Conv("n", new float[] { 2, 3 }, new Shape(1, 1, 1, 2), default, new Window(1, 2));
        LiteralSignal found = Down(conv, new Shape(1, 1, 1, 3), new Shape(1, 1, 1, 2), [], [10, -100]);
        Assert.That(found.Values, Is.EqualTo(new double[] { 20, 30 - 200, -300 }));
        Assert.That(found.Magnitudes, Is.EqualTo(new double[] { 20, 230, 300 }));
        Assert.That(found.Roundings, Is.EqualTo(new[] { 1, 2, 1 }));
        Assert.That(found.Bound(1), Is.EqualTo(2 * 230 * Math.Pow(2, -23)).Within(1e-15));
    }

    /// <summary>2x2 windows at stride 1: all four have their maximum at the middle, which gets the sum.</summary>
    [Test]
    public void Signals_of_overlapping_windows_add_up()
    {
        LiteralSignal found =
            Down(new MaxPool("n", new Window(2, 2)), Plane, new Shape(1, 1, 2, 2), [3, 2, 1, 0], [1, 10, 100, -1000]);
        Assert.That(found.Values, Is.EqualTo(new double[] { 0, 0, 0, 0, -889, 0, 0, 0, 0 }));
        Assert.That(found.Magnitudes[4], Is.EqualTo(1111));
        Assert.That(found.Roundings[4], Is.EqualTo(3), "four terms are added with three roundings");
    }

    [Test]
    public void Unpooling_puts_a_signal_at_its_switch_or_nowhere()
    {
        var pool = new MaxPool("n", new Window(2, 2) { StrideH = 2, StrideW = 2, PadTop = 1, PadLeft = 1 });
        LiteralSignal found = Down(pool, Plane, new Shape(1, 1, 2, 2), [3, -1, 1, 2], [1, 10, 100, 1000]);
        Assert.That(found.Values, Is.EqualTo(new double[] { 1, 0, 0, 100, 0, 0, 0, 1000, 0 }));
        Assert.That(found.Roundings, Is.All.Zero);
    }

    [Test]
    public void Rectifiers_apply_f_to_the_signal_whatever_x_was()
    {
        double[] r = [-2, -0.5, 0, 0.25, 3];
        var shape = new Shape(1, 5);
        Assert.That(Down(new Relu("n"), shape, shape, [], r).Values, Is.EqualTo(new[] { 0, 0, 0, 0.25, 3 }));
        Assert.That(Down(new LeakyRelu("n", 0.5f), shape, shape, [], r).Values, Is.EqualTo(new[] { -1, -0.25, 0, 0.25, 3 }));
        Assert.That(Down(new Clip("n", -1, 2), shape, shape, [], r).Values, Is.EqualTo(new[] { -1, -0.5, 0, 0.25, 2 }));
        var pixel = new Shape(1, 5, 1, 1);
        Assert.That(Down(new Lrn("n", new LrnParameters(3, 1, 0.75f, 1)), pixel, pixel, [], r).Values, Is.EqualTo(r),
            "LRN is passed over");
    }

    [Test]
    public void A_softmax_has_no_DeconvNet() =>
        Assert.That(LiteralDeconvNet.Down(new Softmax("n", 1, false), [new Shape(1, 2)], new Shape(1, 2),
            new PortableLayer("n", [], [], [], []), [1, 2]), Is.Null);

    private static LiteralSignal Down(Layer layer, Shape input, Shape output, int[] switches, double[] r) =>
        LiteralDeconvNet.Down(layer, [input], output, new PortableLayer("n", [], switches, [], []), r)![0];

    /// <summary>A network of the layer alone; its forward pass is given each input by itself.</summary>
    private static Network NetworkOf(Layer layer, Shape[] inputs)
    {
        var builder = new NetworkBuilder("one layer", new NetworkInput("x", [null, .. inputs[0].Lengths[1..].ToArray()]));
        return builder.Add(layer, [.. inputs.Select(_ => "x")], "y").Build();
    }
}
