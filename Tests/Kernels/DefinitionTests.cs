using NetViz.Kernels;
using NetViz.Kernels.Reference;
using NUnit.Framework;
using static NetViz.Tests.Kernels.ConvTable;

namespace NetViz.Tests.Kernels;

/// <summary>
/// The definition itself, worked by hand: each case has an input, a signal and both results written out. They run on the
/// definition in double, and, since all numbers are exact in float32 or nearly so, on every back-end.
/// </summary>
public class DefinitionTests
{
    /// <summary>One operation with all its numbers.</summary>
    public sealed record Case(Operation Operation, double[] X, double[] Y, double[] Signal, double[] Below)
    {
        public override string ToString() => Operation.Name;
    }

    private static readonly Case[] Cases =
    [
        // Cross-correlation, not convolution: the kernel is not flipped in the forward pass.
        new(Conv("2x2", Row(1, 3, 3), 1, new(2, 2), 1, [1, -1, 0, 1], [10]),
            [1, 2, 0, /**/ 0, 1, 3, /**/ 2, 1, 1], [10, 15, 10, 9],
            [1, 2, 3, 4], [1, 1, -2, /**/ 3, 2, -2, /**/ 0, 3, 4]),
        new(Conv("1x2 SAME_UPPER, the odd pad last", Row(1, 1, 3), 1, new Window(1, 2) { AutoPad = AutoPad.SameUpper }, 1,
            [1, 10], []),
            [1, 2, 3], [21, 32, 3], [1, 2, 3], [1, 12, 23]),
        new(Conv("1x2 SAME_LOWER, the odd pad first", Row(1, 1, 3), 1, new Window(1, 2) { AutoPad = AutoPad.SameLower }, 1,
            [1, 10], []),
            [1, 2, 3], [10, 21, 32], [1, 2, 3], [12, 23, 30]),
        new(Conv("1x2 dilation 2", Row(1, 1, 4), 1, new Window(1, 2) { DilationW = 2 }, 1, [1, 10], []),
            [1, 2, 3, 4], [31, 42], [1, 2], [1, 2, 10, 20]),
        new(Conv("1x2 stride 3, pixels unread", Row(1, 1, 7), 1, new Window(1, 2) { StrideW = 3 }, 1, [1, 10], []),
            [1, 2, 3, 4, 5, 6, 7], [21, 54], [1, 2], [1, 10, 0, 2, 20, 0, 0]),
        new(Conv("1x3 stride 2 pads 2 and 1", Row(1, 1, 4), 1, new Window(1, 3) { StrideW = 2, PadLeft = 2, PadRight = 1 }, 1,
            [1, 10, 100], []),
            [1, 2, 3, 4], [100, 321, 43], [1, 2, 3], [102, 20, 203, 30]),
        new(Conv("2x1 pad below only", Row(1, 2, 1), 1, new Window(2, 1) { PadBottom = 1 }, 1, [1, 10], []),
            [3, 4], [43, 4], [1, 2], [1, 12]),
        new(Conv("two channels to two", Row(2, 1, 1), 2, new(1, 1), 1, [1, 2, 3, 4], [5, 6]),
            [1, 10], [26, 49], [1, 10], [31, 42]),
        new(Conv("two channels to four in two groups", Row(2, 1, 1), 4, new(1, 1), 2, [1, 2, 3, 4], []),
            [1, 10], [1, 2, 30, 40], [1, 10, 100, 1000], [21, 4300]),

        new(FullyConnectedTable.FullyConnected("FullyConnected [Out, In]", new(1, 3, 2, false), new float[] { 1, 2, 3, 4, 5, 6 },
            [7, 8], 2f),
            [1, 10, 100], [649, 1316], [1, 10], [82, 104, 126]),
        new(FullyConnectedTable.FullyConnected("FullyConnected [In, Out]", new(1, 3, 2, true), new float[] { 1, 4, 2, 5, 3, 6 },
            [7, 8], 2f),
            [1, 10, 100], [649, 1316], [1, 10], [82, 104, 126]),

        // Windows of the pads and of a last window past the plane: which positions the divisor counts.
        new(Average("1x2 stride 2 pad 1", 4, new Window(1, 2) { StrideW = 2, PadLeft = 1, PadRight = 1 }, false),
            [3, 5, 7, 9], [3, 6, 9], [1, 2, 3], [1, 1, 1, 3]),
        new(Average("1x2 stride 2 pad 1, padding counted", 4, new Window(1, 2) { StrideW = 2, PadLeft = 1, PadRight = 1 }, true),
            [3, 5, 7, 9], [1.5, 6, 4.5], [1, 2, 3], [0.5, 1, 1, 1.5]),
        new(Average("1x3 stride 2, ceil", 4, new Window(1, 3) { StrideW = 2, CeilMode = true }, false),
            [3, 5, 7, 9], [5, 8], [3, 2], [1, 1, 2, 1]),
        new(Average("1x3 stride 2, ceil, padding counted: none is there to count", 4,
            new Window(1, 3) { StrideW = 2, CeilMode = true }, true),
            [3, 5, 7, 9], [5, 8], [3, 2], [1, 1, 2, 1]),
        new(Average("1x4 stride 3 pads 1 and 1, ceil, padding counted", 4,
            new Window(1, 4) { StrideW = 3, PadLeft = 1, PadRight = 1, CeilMode = true }, true),
            [4, 8, 12, 16], [6, 28.0 / 3], [4, 3], [1, 1, 2, 1]),
        new(PoolTable.Max("1x3 stride 2, ceil", 1, 1, 1, 4, new Window(1, 3) { StrideW = 2, CeilMode = true }, Numbers.Normal),
            [3, 5, 7, 9], [7, 9], [3, 2], [0, 0, 3, 2]),

        // An even window has its extra channel after the middle: s = 1 + 2 / 2 (x_c^2 + x_{c+1}^2), beta 1.
        //   y = 1/6, 2/14, 3/10;  dy_c/dx_j = 1(c = j) / s_c - 2 x_c x_j / s_c^2
        new(ElementwiseTable.Lrn(new LrnParameters(2, 2f, 1f, 1f), new Shape(1, 3, 1, 1)),
            [1, 2, 3], [1.0 / 6, 1.0 / 7, 0.3],
            [36, 196, 100], [6 - 2, 14 - 8 - 4, 10 - 18 - 12]),

        // p = 1/4, 3/4; r = p (R - 1/4)
        new(new Operation("Softmax of 0 and ln 3")
            {
                Inputs = [new Shape(1, 2)],
                Output = new Shape(1, 2),
                Forward = a => a.Kernels.SoftmaxForward(1, 2, a.Inputs[0], a.Output),
                Backward = a => a.Kernels.SoftmaxBackward(1, 2, a.Output, a.OutputSignal, a.InputSignals[0]),
            },
            [0, Math.Log(3)], [0.25, 0.75], [1, 0], [0.1875, -0.1875]),

        // y = log p; r = R - p (2 - 1)
        new(new Operation("LogSoftmax of 0 and ln 3")
            {
                Inputs = [new Shape(1, 2)],
                Output = new Shape(1, 2),
                Forward = a => a.Kernels.LogSoftmaxForward(1, 2, a.Inputs[0], a.Output),
                Backward = a => a.Kernels.LogSoftmaxBackward(1, 2, a.Output, a.OutputSignal, a.InputSignals[0]),
            },
            [0, Math.Log(3)], [Math.Log(0.25), Math.Log(0.75)], [2, -1], [1.75, -1.75]),
    ];

    [Test]
    public void The_definition_is_right([ValueSource(nameof(Cases))] Case c)
    {
        using var definition = new ReferenceKernels<double>();
        Require(c, definition, 1e-14);
    }

    [Test]
    public void Each_back_end_is_right([ValueSource(nameof(Cases))] Case c,
        [ValueSource(typeof(BackEnd), nameof(BackEnd.All))] BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        Require(c with { X = Numbers.Double(Numbers.Single(c.X)) }, kernels, 2e-7);
    }

    private static void Require(Case c, IKernels kernels, double within)
    {
        Outcome found = c.Operation.Run(kernels, [c.X], c.Signal);
        Assert.That(Numbers.RelativeError(found.Output, c.Y), Is.LessThan(within), string.Join(" ", found.Output));
        Assert.That(Numbers.RelativeError(found.InputSignals[0], c.Below), Is.LessThan(within),
            string.Join(" ", found.InputSignals[0]));
    }

    private static Shape Row(int c, int h, int w) => new(1, c, h, w);

    private static Operation Average(string name, int w, Window window, bool countIncludePad) =>
        PoolTable.Average(name, 1, 1, 1, w, window, countIncludePad);
}
