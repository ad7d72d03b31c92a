using NetViz.Kernels;

namespace NetViz.Tests.Kernels;

/// <summary>
/// Two tensors of the network element by element, sums and extrema along axes, and rectifiers with slopes by channel.
/// </summary>
internal static class PairTable
{
    public static IEnumerable<Operation> All => [.. Pairs, .. Reductions, .. Slopes];

    private static IEnumerable<Operation> Pairs =>
        from kind in Enum.GetValues<PairKind>()
        from shapes in new (Shape A, Shape B)[]
        {
            (new(2, 3), new(2, 3)), (new(2, 5, 3, 4), new(2, 5, 3, 4)), (new(1, 17, 9, 11), new(1, 17, 9, 11)),
            (new(2, 5, 3, 4), new(2, 5, 1, 1)), (new(2, 19, 1, 1), new(2, 19, 3, 4)), (new(2, 19, 3, 4), new(2, 1, 3, 4)),
            (new(2, 1, 3, 4), new(2, 5, 3, 4)), (new(2, 5, 1, 1), new(2, 1, 3, 4)), (new(2, 5, 3, 4), new(2, 1, 1, 1)),
            (new(2, 5, 3, 4), new(1, 5, 1, 4)), (new(2, 3, 4), new(2, 1, 4)), (new(2, 3, 4), new(4)), (new(3, 1), new(1, 5)),
            (new(2, 5, 3, 4), new(3, 1)), (new(1, 3, 40, 41), new(1, 3, 1, 1)), (new(1, 4, 1, 1, 3), new(1, 4, 2, 5, 3)),
            (new(2, 300), new(2, 1)), (new(1, 40, 33, 35), new(1, 1, 33, 35)),
        }
        select Pair(kind, shapes.A, shapes.B);

    private static IEnumerable<Operation> Reductions =>
        from kind in Enum.GetValues<ReduceKind>()
        from at in new (Shape Shape, int From, int To)[]
        {
            (new(2, 3), 1, 2), (new(2, 5, 3, 4), 1, 2), (new(2, 5, 3, 4), 2, 3), (new(2, 5, 3, 4), 3, 4), (new(2, 5, 3, 4), 2, 4),
            (new(2, 17, 3, 4), 1, 4), (new(1, 3, 300, 2), 2, 3), (new(2, 4, 7), 1, 2), (new(1, 2, 3, 4, 5), 2, 4), (new(3, 1, 2, 2), 1, 2),
        }
        from keeps in new[] { true, false }
        where keeps || at.Shape.Rank < 5
        select Reduction(kind, at.Shape, at.From, at.To, keeps);

    private static IEnumerable<Operation> Slopes =>
        from rule in Enum.GetValues<ReluRule>()
        from shapes in new (Shape X, Shape Slope)[]
        {
            (new(2, 5, 3, 4), new(5, 1, 1)), (new(2, 19, 7, 5), new(19, 1, 1)), (new(1, 3, 43, 47), new(1, 3, 1, 1)),
            (new(2, 5, 3, 4), new(4)), (new(2, 5, 3, 4), new(5, 3, 4)), (new(3, 11), new(11)), (new(2, 3, 4), new(3, 1)),
            (new(2, 7, 1, 1), new(7, 1, 1)), (new(2, 5, 3, 4), new(1)),
        }
        select Slope(rule, shapes.X, shapes.Slope);

    private static Operation Pair(PairKind kind, Shape first, Shape second)
    {
        bool isCurved = PairFunction.IsCurved(kind);
        return new Operation($"{kind} of {first} and {second}")
        {
            Inputs = [first, second],
            Output = Broadcasting.Result(first, second)!.Value,
            Forward = a => a.Kernels.PairForward(kind, a.Inputs[0], a.Inputs[1], a.Output),
            Backward = a =>
            {
                for (int side = 0; side < 2; side++)
                {
                    a.Kernels.PairBackward(kind, side, isCurved ? a.Inputs[0] : null, isCurved ? a.Inputs[1] : null, a.OutputSignal,
                        a.InputSignals[side]);
                }
            },
            Data = kind == PairKind.Quotient
                ? (count, seed) => [.. Numbers.Normal(count, seed).Select(x => x < 0 ? x - 0.5 : x + 0.5)]
                : Numbers.Normal,
            Map = kind == PairKind.Product ? Map.Bilinear : isCurved ? Map.Curved : Map.Linear,
        };
    }

    private static Operation Reduction(ReduceKind kind, Shape shape, int from, int to, bool keeps)
    {
        int[] lengths = [.. shape.Lengths];
        int[] reduced = keeps ? [.. Enumerable.Repeat(1, to - from)] : [];
        bool isKept = kind is not (ReduceKind.Sum or ReduceKind.Mean);
        return new Operation($"{kind} of {shape} over {from} to {to}{(keeps ? ", kept" : "")}")
        {
            Inputs = [shape],
            Output = new Shape([.. lengths[..from], .. reduced, .. lengths[to..]]),
            Forward = a => a.Kernels.ReduceForward(kind, from, to, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.ReduceBackward(kind, from, to, isKept ? a.Inputs[0] : null, a.OutputSignal, a.InputSignals[0]),
            Data = Numbers.Distinct,
            Map = isKept ? Map.Curved : Map.Linear,
        };
    }

    private static Operation Slope(ReluRule rule, Shape shape, Shape slopeShape)
    {
        float[] slopes = Numbers.Single(Numbers.Normal(slopeShape.Count, $"{rule} slope"));
        return new Operation($"PRelu {rule}, {shape} with slopes {slopeShape}")
        {
            Inputs = [shape],
            Output = shape,
            Weights = kernels => kernels.PrepareAffine(slopes, slopeShape, default, default),
            Bits = kernels => kernels.AllocateBits(shape),
            Forward = a => a.Kernels.PreluForward(a.Inputs[0], a.Weights!, a.Output, a.Bits!),
            Backward = a => a.Kernels.PreluBackward(rule, a.OutputSignal, a.Weights!, a.Bits!, a.InputSignals[0]),
            Data = Numbers.Distinct,
            SignalData = Numbers.Distinct,
            Map = rule != ReluRule.Gradient ? Map.Curved : Map.Linear,
            Bound = 2e-7,
        };
    }
}
