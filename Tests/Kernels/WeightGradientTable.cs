using NetViz.Kernels;
using static NetViz.Tests.Kernels.ConvTable;

namespace NetViz.Tests.Kernels;

/// <summary>
/// What training adds, each as an operation of its own: the derivative to the weights, dW = f(x, R), is linear in both the
/// kept input x and the signal R. From &lt;V, dW(x, R)&gt; = &lt;R, y(x; V) without bias&gt; follows its own backward pass: with
/// respect to R it is the layer's forward pass with V as weights, to x the layer's backward pass with V. So one table holds dW against finite
/// differences, against the definition and against the layer's two other passes.
/// </summary>
internal static class WeightGradientTable
{
    public static IEnumerable<Operation> All =>
    [
        .. Shapes.Select(s => Conv(s)),
        .. Large.Select(o => o with { HasDifferences = false }),
        .. from inByOut in new[] { false, true }
           from s in new[] { (1, 1, 1), (1, 7, 5), (2, 513, 10), (3, 33, 31), (4, 64, 1025), (5, 9, 512), (64, 100, 33) }
           select FullyConnected(s.Item1, s.Item2, s.Item3, inByOut),
        .. new[] { new Shape(1, 1, 1, 1), new Shape(3, 5), new Shape(2, 17, 5, 3), new Shape(1, 3, 64, 64), new(5, 4, 7) }
            .Select(Bias),
        Bias(new Shape(32, 2, 64, 64)) with { HasDifferences = false },
        .. new[] { new Shape(1), new Shape(3, 7), new Shape(2, 3, 5, 7), new Shape(2, 3, 60, 61) }
            .SelectMany(shape => new[] { Product(shape, over: false), Product(shape, over: true) }),
    ];

    /// <summary>Sums over many images and pixels, as training has them.</summary>
    public static IEnumerable<Operation> Large =>
    [
        Conv(new("3x3 pad 1 on 64x64, batch 32", 32, 3, 64, 64, 16, Pad(new(3, 3), 1))),
        Conv(new("3x3 pad 1 on 32x32, batch 32", 32, 16, 32, 32, 17, Pad(new(3, 3), 1))),
        Conv(new("3x3 pad 1 on 4x4, batch 37, many channels", 37, 50, 4, 4, 70, Pad(new(3, 3), 1))),
        Conv(new("5x5 stride 2 pad 2 on 33x31, batch 21, groups 3", 21, 6, 33, 31, 9, Pad(Stride(new(5, 5), 2), 2), 3)),
        Conv(new("1x1 on 20x20, batch 40", 40, 30, 20, 20, 18, new(1, 1))),
    ];

    /// <summary>dw(o, c, k) = sum over n, p of R(n, o, p) x(n, c, place of p + k).</summary>
    public static Operation Conv(ConvShape s)
    {
        ConvGeometry g = s.Geometry;
        return new Operation($"ConvToWeights {s.Name}, {g.Input} to {g.O}")
        {
            Inputs = [g.Input, g.Output],
            Output = new Shape(g.O, g.CG, g.Window.KH, g.Window.KW),
            Forward = a => ((ITrainingKernels)a.Kernels).ConvBackwardToWeights(g, a.Inputs[0], a.Inputs[1], a.Output),
            Backward = a =>
            {
                using PreparedWeights v = a.Kernels.PrepareConv(g.C, g.Groups, g.Window, Read(a), default);
                a.Kernels.ConvBackward(g, a.Inputs[1], v, a.InputSignals[0]);
                a.Kernels.ConvForward(g, a.Inputs[0], v, a.InputSignals[1]);
            },
            Map = Map.Bilinear,
        };
    }

    /// <summary>dw(o, i) = sum over n of R(n, o) x(n, i).</summary>
    public static Operation FullyConnected(int n, int inputs, int outputs, bool inByOut)
    {
        var g = new FullyConnectedGeometry(n, inputs, outputs, inByOut);
        return new Operation($"FullyConnectedToWeights {n}x{inputs} to {outputs}{(inByOut ? ", weight [In, Out]" : "")}")
        {
            Inputs = [new Shape(n, inputs), new Shape(n, outputs)],
            Output = inByOut ? new Shape(inputs, outputs) : new Shape(outputs, inputs),
            Forward = a => ((ITrainingKernels)a.Kernels).FullyConnectedBackwardToWeights(g, a.Inputs[0], a.Inputs[1], a.Output),
            Backward = a =>
            {
                using PreparedWeights v = a.Kernels.PrepareFullyConnected(g, Read(a), default, 1f);
                a.Kernels.FullyConnectedBackward(g, a.Inputs[1], v, a.InputSignals[0]);
                a.Kernels.FullyConnectedForward(g, a.Inputs[0], v, a.InputSignals[1]);
            },
            Map = Map.Bilinear,
        };
    }

    /// <summary>db(c) = sum over n, p of R(n, c, p); the transpose repeats a number over its channel.</summary>
    public static Operation Bias(Shape shape) => new($"BackwardToBias, {shape}")
    {
        Inputs = [shape],
        Output = new Shape(shape[1]),
        Forward = a => ((ITrainingKernels)a.Kernels).BackwardToBias(a.Inputs[0], a.Output),
        Backward = a =>
        {
            Shape channel = shape.Rank == 2 ? new(shape[1]) : shape.Rank == 3 ? new(shape[1], 1) : new(shape[1], 1, 1);
            using PreparedWeights repeated = a.Kernels.PrepareAffine(new float[1], new Shape(1),
                Read(a), channel);
            a.Kernels.AffineForward(a.Inputs[0], repeated, a.InputSignals[0]);
        },
    };

    /// <summary>V, the signal above, as weights that can be prepared.</summary>
    private static float[] Read(Arguments a)
    {
        var numbers = new float[a.OutputSignal.Shape.Count];
        a.Kernels.Download(a.OutputSignal, numbers);
        return numbers;
    }

    /// <summary>y = a b, into memory of its own or over a copy of a.</summary>
    private static Operation Product(Shape shape, bool over)
    {
        return new Operation($"Multiply{(over ? " over its input" : "")}, {shape}")
        {
            Inputs = [shape, shape],
            Output = shape,
            Forward = a => Multiply(a.Kernels, a.Inputs[0], a.Inputs[1], a.Output),
            Backward = a =>
            {
                Multiply(a.Kernels, a.OutputSignal, a.Inputs[1], a.InputSignals[0]);
                Multiply(a.Kernels, a.OutputSignal, a.Inputs[0], a.InputSignals[1]);
            },
            Map = Map.Bilinear,
            Bound = 6e-8,
        };

        void Multiply(IKernels kernels, DeviceTensor a, DeviceTensor b, DeviceTensor product)
        {
            if (over) kernels.Reshape(a, product);
            ((ITrainingKernels)kernels).Multiply(over ? product : a, b, product);
        }
    }
}
