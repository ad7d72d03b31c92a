using NetViz.Kernels;

namespace NetViz.Tests.Kernels;

/// <summary>Rectifiers, constants that broadcast, sums, LRN and softmax.</summary>
internal static class ElementwiseTable
{
    public static IEnumerable<Operation> All => [.. Rectifiers, .. Functions, .. FunctionsOfPositiveNumbers, .. Affines, .. Sums, .. Lrns, .. Softmaxes, .. LogSoftmaxes];

    private static IEnumerable<Operation> Rectifiers =>
        from f in new[] { Rectifier.Relu, Rectifier.LeakyRelu(0.1f), Rectifier.Clip(0, 6), Rectifier.Clip(-1.5f, 2.25f) }
        from rule in Enum.GetValues<ReluRule>()
        from shape in new[] { new Shape(1, 1, 1, 1), new Shape(1, 31), new Shape(1, 32), new Shape(3, 11), new Shape(1, 3, 3, 7),
            new Shape(2, 5, 7, 9), new Shape(3, 3, 43, 47) }
        select Relu(f, rule, shape);

    private static IEnumerable<Operation> Functions =>
        from f in new ElementFunction[]
        {
            new(FunctionKind.Sigmoid), new(FunctionKind.Tanh), new(FunctionKind.HardSigmoid, 0.2f, 0.5f), new(FunctionKind.HardSwish),
            new(FunctionKind.Elu, 0.7f, 1f), new(FunctionKind.Elu, 1.6732632f, 1.050701f), new(FunctionKind.Celu, 1.3f),
            new(FunctionKind.Softplus), new(FunctionKind.Softsign), new(FunctionKind.Exp), new(FunctionKind.Abs),
            new(FunctionKind.Erf), new(FunctionKind.Gelu), new(FunctionKind.GeluTanh), new(FunctionKind.Mish),
            new(FunctionKind.Swish, 1.7f), new(FunctionKind.ThresholdedRelu, 0.6f),
        }
        from shape in new[] { new Shape(1, 1, 1, 1), new Shape(3, 11), new Shape(2, 5, 7, 9), new Shape(3, 3, 43, 47) }
        select Function(f, shape, Numbers.Normal);

    private static IEnumerable<Operation> FunctionsOfPositiveNumbers =>
        from f in new ElementFunction[]
        {
            new(FunctionKind.Log), new(FunctionKind.Sqrt), new(FunctionKind.Reciprocal), new(FunctionKind.Power, 1.5f),
            new(FunctionKind.Power, -0.5f), new(FunctionKind.Power, 2f),
        }
        from shape in new[] { new Shape(3, 11), new Shape(2, 5, 7, 9) }
        select Function(f, shape, (count, seed) => [.. Numbers.Normal(count, seed).Select(x => 0.25 + Math.Abs(x))]);

    private static IEnumerable<Operation> Affines =>
    [
        Affine("nothing", new(2, 3, 4, 5), null, null),
        Affine("scalar scale", new(2, 3, 4, 5), new Shape(), null),
        Affine("scalar shift", new(2, 3, 4, 5), null, new Shape(1)),
        Affine("per channel", new(3, 5, 7, 9), new(5, 1, 1), new(5, 1, 1)),
        Affine("per channel, rank 4", new(2, 5, 4, 4), new(1, 5, 1, 1), null),
        Affine("per channel of a vector", new(3, 13), new(13), new(1, 13)),
        Affine("full", new(2, 3, 4, 5), new(2, 3, 4, 5), new(2, 3, 4, 5)),
        Affine("one image's worth", new(2, 3, 4, 5), new(3, 4, 5), new(1, 3, 4, 5)),
        Affine("per row", new(2, 3, 4, 5), new(4, 1), null),
        Affine("per column", new(2, 3, 4, 5), null, new(5)),
        Affine("rows and columns", new(2, 3, 4, 5), new(4, 5), new(1, 1, 4, 1)),
        Affine("channels and columns, not rows", new(2, 3, 4, 5), new(3, 1, 5), new(2, 1, 1, 5)),
        Affine("images and rows", new(2, 3, 4, 5), new(2, 1, 4, 1), null),
        Affine("per channel of one column", new(2, 3, 4, 1), new(3, 1, 1), new(3, 4, 1)),
        Affine("per channel of one pixel", new(2, 7, 1, 1), new(7, 1, 1), new(7, 1, 1)),
        Affine("per channel, one image of one row", new(1, 3, 1, 9), new(3, 1, 1), new(1, 3, 1, 9)),
        Affine("many runs", new(2, 200, 9, 11), new(200, 1, 1), new(200, 9, 11)),
    ];

    private static IEnumerable<Operation> Sums =>
        from shape in new[] { new Shape(1), new Shape(2, 3, 5, 7), new Shape(2, 3, 60, 61) }
        from sign in new[] { 1f, -1f }
        select new Operation($"Sum {(sign > 0 ? "a + b" : "a - b")}, {shape}")
        {
            Inputs = [shape, shape],
            Output = shape,
            Forward = a => a.Kernels.SumForward(a.Inputs[0], a.Inputs[1], sign, a.Output),
            Backward = a =>
            {
                a.Kernels.SumBackward(a.OutputSignal, 1f, a.InputSignals[0]);
                a.Kernels.SumBackward(a.OutputSignal, sign, a.InputSignals[1]);
            },
            Bound = 6e-8,
        };

    private static IEnumerable<Operation> Lrns =>
        from parameters in new[] { new LrnParameters(5, 1e-4f, 0.75f, 2f), new(5, 1.5f, 0.75f, 1f), new(4, 2f, 0.5f, 0.5f),
            new(1, 1f, 1f, 1f), new(9, 3f, 0.9f, 1f), new(2, 1f, 0.75f, 1f) }
        from shape in new[] { new Shape(1, 1, 2, 3), new Shape(2, 7, 5, 3), new Shape(1, 6, 17, 19) }
        select Lrn(parameters, shape);

    private static IEnumerable<Operation> Softmaxes =>
    [
        .. from axes in new[] { (0, 1), (1, 2), (2, 3), (3, 4), (1, 4), (0, 4) }
           select Softmax("", new Shape(2, 3, 4, 5), axes.Item1, axes.Item2, Numbers.Normal),
        Softmax(" of classes", new Shape(3, 1000), 1, 2, Numbers.Normal),
        Softmax(" of one class", new Shape(3, 1), 1, 2, Numbers.Normal),
        Softmax(" of large numbers", new Shape(2, 33), 1, 2,
            (count, seed) => [.. Numbers.Distinct(count, seed).Select(x => 1000 + x)]),
        Softmax(" of very different numbers", new Shape(2, 33), 1, 2,
            (count, seed) => [.. Numbers.Distinct(count, seed).Select(x => 64 * x)]) with
        {
            // The largest probability is within e^-8 of 1, and the backward pass lives on what is missing: p is kept in float32.
            Condition = Math.Exp(8),
        },
    ];

    private static IEnumerable<Operation> LogSoftmaxes =>
    [
        .. from axes in new[] { (0, 1), (1, 2), (3, 4), (1, 4) }
           select LogSoftmax("", new Shape(2, 3, 4, 5), axes.Item1, axes.Item2, Numbers.Normal),
        LogSoftmax(" of classes", new Shape(3, 1000), 1, 2, Numbers.Normal),
        LogSoftmax(" of large numbers", new Shape(2, 33), 1, 2,
            (count, seed) => [.. Numbers.Distinct(count, seed).Select(x => 1000 + x)]),
    ];

    public static Operation Relu(Rectifier f, ReluRule rule, Shape shape) =>
        new($"{f.Kind}{(f.Kind == RectifierKind.Clip ? $" {f.Low} to {f.High}" : "")} {rule}, {shape}")
    {
        Inputs = [shape],
        Output = shape,
        Bits = kernels => kernels.AllocateBits(shape),
        Forward = a => a.Kernels.ReluForward(f, a.Inputs[0], a.Output, a.Bits!),
        Backward = a => a.Kernels.ReluBackward(f, rule, a.OutputSignal, a.Bits!, a.InputSignals[0]),
        Data = Numbers.Distinct,
        SignalData = Numbers.Distinct,
        Map = rule != ReluRule.Gradient || f.Kind == RectifierKind.Clip ? Map.Curved : Map.Linear,
        Bound = f.Kind == RectifierKind.LeakyRelu ? 6e-8 : 0,
    };

    private static Operation Affine(string name, Shape shape, Shape? scaleShape, Shape? shiftShape)
    {
        float[] scale = Numbers.Single(Numbers.Normal(scaleShape?.Count ?? 0, $"{name} scale"));
        float[] shift = Numbers.Single(Numbers.Normal(shiftShape?.Count ?? 0, $"{name} shift"));
        return new Operation($"Affine {name}, {shape}")
        {
            Inputs = [shape],
            Output = shape,
            Weights = kernels => kernels.PrepareAffine(scale, scaleShape ?? default, shift, shiftShape ?? default),
            Forward = a => a.Kernels.AffineForward(a.Inputs[0], a.Weights!, a.Output),
            Backward = a => a.Kernels.AffineBackward(a.OutputSignal, a.Weights!, a.InputSignals[0]),
            Map = Map.Affine,
            Bound = 1.2e-7,
        };
    }

    public static Operation Lrn(LrnParameters p, Shape shape) =>
        new($"LRN size {p.Size} alpha {p.Alpha} beta {p.Beta} bias {p.Bias}, {shape}")
    {
        Inputs = [shape],
        Output = shape,
        Forward = a => a.Kernels.LrnForward(p, a.Inputs[0], a.Output),
        Backward = a => a.Kernels.LrnBackward(p, a.Inputs[0], a.OutputSignal, a.InputSignals[0]),
        Map = Map.Curved,
    };

    private static Operation Softmax(string name, Shape shape, int from, int to, Func<long, string, double[]> data) =>
        new($"Softmax{name}, {shape} axes {from} to {to}")
        {
            Inputs = [shape],
            Output = shape,
            Forward = a => a.Kernels.SoftmaxForward(from, to, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.SoftmaxBackward(from, to, a.Output, a.OutputSignal, a.InputSignals[0]),
            Map = Map.Curved,
            Data = data,
        };

    private static Operation Function(ElementFunction f, Shape shape, Func<long, string, double[]> data) =>
        new($"{f.Kind} {f.Alpha} {f.Beta}, {shape}")
        {
            Inputs = [shape],
            Output = shape,
            Forward = a => a.Kernels.ElementwiseForward(f, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.ElementwiseBackward(f, a.Inputs[0], a.OutputSignal, a.InputSignals[0]),
            Map = Map.Curved,
            Data = data,
        };

    private static Operation LogSoftmax(string name, Shape shape, int from, int to, Func<long, string, double[]> data) =>
        new($"LogSoftmax{name}, {shape} axes {from} to {to}")
        {
            Inputs = [shape],
            Output = shape,
            Forward = a => a.Kernels.LogSoftmaxForward(from, to, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.LogSoftmaxBackward(from, to, a.Output, a.OutputSignal, a.InputSignals[0]),
            Map = Map.Curved,
            Data = data,
        };
}
