using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Tests.Kernels;

/// <summary>Maps along an axis, elements that are rearranged, and normalisation by an image's own mean and variance.</summary>
internal static class ResamplingTable
{
    private static readonly Shape[] Planes = [new(1, 1, 1, 1), new(2, 3, 4, 5), new(3, 17, 7, 6), new(1, 32, 33, 40)];

    public static IEnumerable<Operation> All => [.. Resizes, .. Borders, .. Choices, .. Rearrangements, .. Normalizations];

    private static IEnumerable<Operation> Resizes =>
        from sampling in new ResizeSampling[]
        {
            new() { Scale = 2, Coordinates = ResizeCoordinates.Asymmetric, Rounding = NearestRounding.Floor },
            new() { Scale = 1.7f }, new() { Size = 3, Rounding = NearestRounding.PreferCeil },
            new() { Mode = ResizeMode.Linear, Scale = 2 }, new() { Mode = ResizeMode.Linear, Scale = 0.6f },
            new() { Mode = ResizeMode.Linear, Size = 9, Coordinates = ResizeCoordinates.AlignCorners },
            new() { Mode = ResizeMode.Linear, Size = 2, Antialias = true }, new() { Mode = ResizeMode.Cubic, Scale = 2.5f },
            new() { Mode = ResizeMode.Cubic, Size = 3, ExcludesOutside = true },
        }
        from shape in Planes
        from axis in new[] { 1, 2, 3 }
        where sampling.LengthOf(shape[axis]) > 0
        select Map($"{sampling.Mode} {sampling.Scale} {sampling.Size} {sampling.Coordinates}", sampling, axis, shape,
            sampling.Mode == ResizeMode.Nearest ? 2e-7 : 1e-6);

    private static IEnumerable<Operation> Borders =>
        from border in new[] { (3, 2), (0, 1), (-1, 2), (9, 9) }
        from mode in Enum.GetValues<PadMode>()
        from shape in new[] { new Shape(2, 3, 4, 5), new Shape(1, 19, 3, 3), new Shape(3, 7) }
        from axis in Enumerable.Range(1, shape.Rank - 1)
        select Map($"{mode} {border.Item1} {border.Item2}", new PadSampling(mode, border.Item1, border.Item2), axis, shape, 3e-7);

    private static IEnumerable<Operation> Choices =>
        from sampling in new (string Name, AxisSampling Sampling)[]
        {
            ("every second", new SliceSampling(0, int.MaxValue, 2)), ("backward", new SliceSampling(-1, -int.MaxValue, -1)),
            ("backward by two", new SliceSampling(2, -int.MaxValue, -2)), ("chosen", new ChosenSampling(new[] { 2, 0, 1, 1, -1 })),
        }
        from shape in new[] { new Shape(2, 3, 4, 5), new Shape(1, 19, 3, 3), new Shape(3, 7), new Shape(2, 3, 4, 5, 6) }
        from axis in Enumerable.Range(1, shape.Rank - 1)
        select Map(sampling.Name, sampling.Sampling, axis, shape, 2e-7);

    private static IEnumerable<Operation> Rearrangements =>
        from kind in Enum.GetValues<DepthToSpaceKind>()
        from shape in new[] { new Shape(2, 8, 4, 6), new Shape(1, 36, 2, 4), new Shape(1, 16, 2, 2) }
        from block in new[] { 1, 2 }
        select Blocks(new DepthToSpace("blocks", kind, block), shape);

    private static IEnumerable<Operation> Normalizations =>
        from shape in new[] { new Shape(2, 3, 4, 5), new Shape(3, 17, 7, 6), new Shape(1, 32, 33, 40), new Shape(2, 6, 1, 1), new Shape(3, 33),
            new Shape(2, 5, 31) }
        from axis in Enumerable.Range(1, shape.Rank - 1)
        from offset in new[] { 0.0, 30.0 }
        select Normalization(shape, axis, offset);

    private static Operation Map(string name, AxisSampling sampling, int axis, Shape shape, double bound)
    {
        int[] lengths = shape.Lengths.ToArray();
        lengths[axis] = sampling.LengthOf(shape[axis]);
        return new Operation($"AxisMap {name} along axis {axis} of {shape}")
        {
            Inputs = [shape],
            Output = new Shape(lengths),
            Weights = kernels => kernels.PrepareAxisMap(sampling),
            Forward = a => a.Kernels.AxisMapForward(axis, a.Inputs[0], a.Weights!, a.Output),
            Backward = a => a.Kernels.AxisMapBackward(axis, a.OutputSignal, a.Weights!, a.InputSignals[0]),
            Bound = bound,
        };
    }

    private static Operation Blocks(DepthToSpace layer, Shape shape)
    {
        int[] axes = layer.Axes(shape), permutation = layer.Permutation.ToArray(), inverse = new int[6];
        for (int axis = 0; axis < 6; axis++) inverse[permutation[axis]] = axis;
        int[] permuted = [.. permutation.Select(axis => axes[axis])];
        return new Operation($"Rearrange {layer.Kind} {layer.Block} of {shape}")
        {
            Inputs = [shape],
            Output = layer.OutputShape([shape]),
            Forward = a => a.Kernels.Rearrange(axes, permutation, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.Rearrange(permuted, inverse, a.OutputSignal, a.InputSignals[0]),
            Bound = 0,
        };
    }

    private static Operation Normalization(Shape shape, int axis, double offset)
    {
        int parts = (int)shape.Product(1, axis);
        return new Operation($"Normalization of {parts} parts of {shape} about {offset}")
        {
            Inputs = [shape],
            Output = shape,
            Forward = a => a.Kernels.NormalizationForward(parts, 1e-3f, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.NormalizationBackward(parts, 1e-3f, a.Inputs[0], a.OutputSignal, a.InputSignals[0]),
            Map = NetViz.Tests.Common.Map.Curved,

            // In float32 from the start: what rounding took off numbers about the offset would show in their deviations.
            Data = (count, seed) => [.. Numbers.Normal(count, seed).Select(x => (double)(float)(x + offset))],
            HasDifferences = offset == 0,
        };
    }
}
