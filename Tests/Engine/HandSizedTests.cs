using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>A network of four layers with every number worked by hand, small integers that all devices give exactly.</summary>
public class HandSizedTests
{
    private static readonly Network Network = HandSizedNetwork.Network;

    // x           conv: b = 0 and -1
    //  1  2  0     1 -1    -1  0      y1: 0  5    y2: -1  1
    //  0  1  3     0  1     1  1          0 -1         2  0
    //  2  1  1
    private static readonly double[] X = [1, 2, 0, /**/ 0, 1, 3, /**/ 2, 1, 1];

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Forward(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), X, "conv", "relu", "pool", "flatten", "fc", "x");
        Assert.That(record.Activation("x").Values(), Is.EqualTo(X));
        Assert.That(record.Activation("conv").Values(), Is.EqualTo(new float[] { 0, 5, 0, -1, /**/ -1, 1, 2, 0 }));
        Assert.That(record.Activation("relu").Values(), Is.EqualTo(new float[] { 0, 5, 0, 0, /**/ 0, 1, 2, 0 }));
        Assert.That(record.Activation("pool").Values(), Is.EqualTo(new float[] { 5, 0, /**/ 1, 2 }));
        Assert.That(record.Activation("pool").ShapeOf(), Is.EqualTo(new Shape(1, 2, 2, 1)));
        Assert.That(record.Activation("flatten").ShapeOf(), Is.EqualTo(new Shape(1, 4)));

        // 5 - 1 + 6 = 10; -10 + 1 - 2 + 1 = -10
        Assert.That(record.Activation("fc").Values(), Is.EqualTo(new float[] { 10, -10 }));
        Assert.That(record.Scores.Values(), Is.EqualTo(new float[] { 10, -10 }));
        Assert.That(record.ScoresInDouble.Values(), Is.EqualTo(new double[] { 10, -10 }));
        Assert.That(record.Scores.Lengths.ToArray(), Is.EqualTo(new nint[] { 1, 2 }));
    }

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Bits_and_switches(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), X);
        PortableRecord kept = record.Export();
        Assert.That(kept.Layers.Select(layer => layer.Layer), Is.EqualTo(new[] { "relu", "pool" }));

        // relu: 0 5 0 -1 | -1 1 2 0; an input of exactly 0 is not active.
        Assert.That(kept.Layers[0].Bits, Is.EqualTo(new byte[] { 0b0110_0010 }));

        // pool: (0 5) (0 0) | (0 1) (2 0); of two zeros the first.
        Assert.That(kept.Layers[1].Switches, Is.EqualTo(new[] { 1, 0, 1, 0 }));
        Assert.That(record.KeptBytes, Is.EqualTo(1 + 4));
    }

    // Class 0: R at flatten = 1 2 | -1 3; at relu's output, unpooled:   0  1     0 -1
    //                                                                   2  0     3  0
    // at relu's input: gradient 0 1 / 0 0 | 0 -1 / 3 0;  deconvnet 0 1 / 2 0 | 0 0 / 3 0;  guided 0 1 / 0 0 | 0 0 / 3 0
    // then r(q) = sum over p of R(p) K(q - p).
    private static readonly (BackwardRule Rule, float[] AtRelusInput, float[] AtX)[] Signals =
    [
        (BackwardRule.Gradient, [0, 1, 0, 0, /**/ 0, -1, 3, 0], [0, 2, -1, /**/ -3, -1, 0, /**/ 3, 3, 0]),
        (BackwardRule.DeconvNet, [0, 1, 2, 0, /**/ 0, 0, 3, 0], [0, 1, -1, /**/ -1, -2, 1, /**/ 3, 5, 0]),
        (BackwardRule.Guided, [0, 1, 0, 0, /**/ 0, 0, 3, 0], [0, 1, -1, /**/ -3, 0, 1, /**/ 3, 3, 0]),
    ];

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Backward(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord record = prepared.Forward(new Shape(1, 1, 3, 3), X);
        foreach (var (rule, atRelusInput, atX) in Signals)
        {
            Assert.That(record.Backward(Seed.Class(0), rule, "fc").Values(), Is.EqualTo(new float[] { 1, 0 }), rule.Name);
            Assert.That(record.Backward(Seed.Class(0), rule, "flatten").Values(), Is.EqualTo(new float[] { 1, 2, -1, 3 }),
                rule.Name);
            Assert.That(record.Backward(Seed.Class(0), rule, "pool").Values(), Is.EqualTo(new float[] { 1, 2, -1, 3 }),
                rule.Name);
            Assert.That(record.Backward(Seed.Class(0), rule, "relu").Values(),
                Is.EqualTo(new float[] { 0, 1, 2, 0, /**/ 0, -1, 3, 0 }), rule.Name);
            Assert.That(record.Backward(Seed.Class(0), rule, "conv").Values(), Is.EqualTo(atRelusInput), rule.Name);
            Assert.That(record.Backward(Seed.Class(0), rule).Values(), Is.EqualTo(atX), rule.Name);
            Assert.That(record.Backward(Seed.Class(0), rule, "x").ShapeOf(), Is.EqualTo(new Shape(1, 1, 3, 3)));
            Assert.That(record.BackwardInDouble(Seed.Class(0), rule).Values(), Is.EqualTo(atX), rule.Name);
        }
    }

    /// <summary>The second image is the first one's negative; each keeps its own bits.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Each_image_of_a_batch_has_its_own_signal(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        double[] negative = [.. X.Select(x => -x)];
        using ForwardRecord both = prepared.Forward(new Shape(3, 1, 3, 3), [.. X, .. negative, .. X]);
        using ForwardRecord second = prepared.Forward(new Shape(1, 1, 3, 3), negative);
        foreach (var (rule, _, atX) in Signals)
        {
            float[] alone = second.Backward(Seed.Class(1), rule).Values();
            Assert.That(both.Backward(Seed.Classes([0, 1, 0]), rule).Values(), Is.EqualTo((float[])[.. atX, .. alone, .. atX]),
                rule.Name);
        }
    }
}
