using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>Layers one by one, both ways, on numbers worked by hand: what their attributes mean.</summary>
public class LayerTests
{
    /// <summary>A layer, its input and output, the signal above and below it under the gradient rule.</summary>
    public sealed record Case(string Name, Layer Layer, Shape Input, double[] X, Shape Output, double[] Y, float[] Above,
        double[] Below)
    {
        public override string ToString() => Name;
    }

    private static readonly double[] Six = [1, 2, 3, 4, 5, 6];

    private static readonly float[] SixSingle = [1, 2, 3, 4, 5, 6];

    private static readonly Case[] Cases =
    [
        // gamma / sqrt(variance + epsilon) = 2 / 2 and (1/2) / 1; beta - mean factor = 1 - 3 and 0 + 1 / 2
        new("BatchNormalization", Affine.BatchNormalization("n", [2, 0.5f], [1, 0], [3, -1], [3.75f, 0.75f], 0.25f),
            new(1, 2, 1, 2), [1, 2, 3, 4], new(1, 2, 1, 2), [-1, 0, 2, 2.5], [1, 2, 3, 4], [1, 2, 1.5, 2]),
        new("Affine", new Affine("n", "Sub", new float[] { -1 }, new Shape(1), new float[] { 10, 20 }, new Shape(2)),
            new(2, 2), [1, 2, 3, 4], new(2, 2), [9, 18, 7, 16], [1, 2, 3, 4], [-1, -2, -3, -4]),
        new("FullyConnected over all axes but the last",
            new FullyConnected("n", "MatMul", new float[] { 1, 10, 100 }, 3, 1, false, default),
            new(1, 2, 3), Six, new(1, 2, 1), [321, 654], [1, 2], [1, 10, 100, 2, 20, 200]),
        new("FullyConnected with alpha",
            new FullyConnected("n", "Gemm", new float[] { 1, 2 }, 2, 1, false, new float[] { 3 }, alpha: 0.5f),
            new(1, 2), [4, 6], new(1, 1), [11], [2], [1, 2]),
        new("GlobalMaxPool", new MaxPool("n", null), new(1, 2, 1, 3), [1, 3, 2, -4, -5, -4], new(1, 2, 1, 1), [3, -4], [7, 8],
            [0, 7, 0, 8, 0, 0]),
        new("GlobalAveragePool", new AveragePool("n", null), new(1, 2, 1, 3), Six, new(1, 2, 1, 1), [2, 5], [3, 6],
            [1, 1, 1, 2, 2, 2]),
        new("AveragePool SAME_UPPER, padding counted",
            new AveragePool("n", new Window(1, 2) { AutoPad = AutoPad.SameUpper }, countIncludePad: true),
            new(1, 1, 1, 3), [2, 4, 6], new(1, 1, 1, 3), [3, 5, 3], [2, 4, 6], [1, 3, 5]),
        new("AveragePool SAME_UPPER, padding not counted", new AveragePool("n", new Window(1, 2) { AutoPad = AutoPad.SameUpper }),
            new(1, 1, 1, 3), [2, 4, 6], new(1, 1, 1, 3), [3, 5, 6], [2, 4, 6], [1, 3, 8]),
        new("Clip", new Clip("n", 0, 6), new(1, 6), [-1, 0, 3, 6, 7, 5], new(1, 6), [0, 0, 3, 6, 6, 5], SixSingle,
            [0, 0, 3, 0, 0, 6]),
        new("Identity", new Identity("n", "Dropout"), new(1, 6), Six, new(1, 6), Six, SixSingle, Six),
        new("Pad and crop", new Pad("n", [0, 1], [0, -2], 9), new(2, 3), Six, new(2, 2), [9, 1, 9, 4], [1, 2, 3, 4],
            [2, 0, 0, 4, 0, 0]),
        new("Transpose", new Transpose("n", [0, 2, 1]), new(1, 2, 3), Six, new(1, 3, 2), [1, 4, 2, 5, 3, 6], SixSingle,
            [1, 3, 5, 2, 4, 6]),
        new("Transpose without perm", new Transpose("n", []), new(2, 3), Six, new(3, 2), [1, 4, 2, 5, 3, 6], SixSingle,
            [1, 3, 5, 2, 4, 6]),
        new("Reshape with 0 and -1", Reshape.To("n", [0, -1, 1]), new(2, 1, 3), Six, new(2, 3, 1), Six, SixSingle, Six),
        new("Flatten", Reshape.Flatten("n"), new(2, 1, 3), Six, new(2, 3), Six, SixSingle, Six),
        new("Flatten axis 0", Reshape.Flatten("n", 0), new(2, 3), Six, new(1, 6), Six, SixSingle, Six),
        new("Flatten axis -1", Reshape.Flatten("n", -1), new(1, 2, 3), Six, new(2, 3), Six, SixSingle, Six),
        new("Squeeze", Reshape.Squeeze("n", [-1, 1]), new(2, 1, 3, 1), Six, new(2, 3), Six, SixSingle, Six),
        new("Squeeze all but the batch", Reshape.Squeeze("n", []), new(1, 1, 6, 1), Six, new(1, 6), Six, SixSingle, Six),
        new("Unsqueeze", Reshape.Unsqueeze("n", [-1, 1]), new(2, 3), Six, new(2, 1, 3, 1), Six, SixSingle, Six),

        // Softmax of 0 and ln 3 is 1/4 and 3/4; r = p (R - sum p R), R = 1 0. By the last axis, or over the last two at once.
        new("Softmax of each row", new Softmax("n", -1, throughLast: false), new(1, 2, 2), [0, Math.Log(3), Math.Log(3), 0],
            new(1, 2, 2),
            [0.25, 0.75, 0.75, 0.25], [1, 0, 0, 1], [0.1875, -0.1875, -0.1875, 0.1875]),
        new("Softmax through the last axis", new Softmax("n", 1, throughLast: true), new(1, 2, 2),
            [0, Math.Log(3), Math.Log(3), 0], new(1, 2, 2),
            [0.125, 0.375, 0.375, 0.125], [1, 0, 0, 0], [0.109375, -0.046875, -0.046875, -0.015625]),
        new("Softmax of a middle axis", new Softmax("n", 1, throughLast: false), new(1, 2, 2), [0, Math.Log(3), Math.Log(3), 0],
            new(1, 2, 2),
            [0.25, 0.75, 0.75, 0.25], [1, 0, 0, 1], [0.1875, -0.1875, -0.1875, 0.1875]),

        // The logarithm of the same; r = R - p sum R.
        new("LogSoftmax of each row", new LogSoftmax("n", -1, throughLast: false), new(1, 2, 2),
            [0, Math.Log(3), Math.Log(3), 0], new(1, 2, 2),
            [Math.Log(0.25), Math.Log(0.75), Math.Log(0.75), Math.Log(0.25)], [2, -1, 0, 1], [1.75, -1.75, -0.75, 0.75]),
        new("LogSoftmax through the last axis", new LogSoftmax("n", 1, throughLast: true), new(1, 2, 2),
            [0, Math.Log(3), Math.Log(3), 0], new(1, 2, 2),
            [Math.Log(0.125), Math.Log(0.375), Math.Log(0.375), Math.Log(0.125)], [1, 0, 0, 0], [0.875, -0.375, -0.375, -0.125]),
        new("LogSoftmax of a middle axis", new LogSoftmax("n", 1, throughLast: false), new(1, 2, 2),
            [0, Math.Log(3), Math.Log(3), 0], new(1, 2, 2),
            [Math.Log(0.25), Math.Log(0.75), Math.Log(0.75), Math.Log(0.25)], [2, 1, -1, 0], [1.75, 0.25, -1.75, -0.25]),
    ];

    private static IEnumerable<TestCaseData> OnEachDevice =>
        from c in Cases from device in Devices.All select new TestCaseData(c, device.Arguments[0]).SetArgDisplayNames(c.Name,
            ((Device)device.Arguments[0]!).Name);

    [TestCaseSource(nameof(OnEachDevice))]
    public void Both_ways(Case c, Device device)
    {
        Network network = new NetworkBuilder("g", new NetworkInput("x", [null, .. c.Input.Lengths[1..].ToArray()]))
            .Then(c.Layer)
            .Then(new Identity("end", "Identity"))
            .Build();
        using PreparedNetwork prepared = network.On(device);
        using ForwardRecord record = prepared.Forward(c.Input, c.X, "n");
        Assert.That(record.Activation("n").ShapeOf(), Is.EqualTo(c.Output));
        Assert.That(record.Activation("n").Values(), Is.EqualTo(c.Y).Within(3e-7));
        Assert.That(record.BackwardInDouble(Seed.Signal("end", c.Above), BackwardRule.Gradient).Values(),
            Is.EqualTo(c.Below).Within(3e-7));
    }

    [Test]
    public void Allow_zero_means_a_length_of_zero() =>
        Assert.That(Reshape.To("n", [0, 3], allowZero: true).OutputShape([new Shape(0, 5)]), Is.EqualTo(new Shape(0, 3)));
}
