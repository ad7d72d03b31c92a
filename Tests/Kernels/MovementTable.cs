using NetViz.Kernels;

namespace NetViz.Tests.Kernels;

/// <summary>Concat, Pad, Reshape and Transpose: numbers move and nothing is computed, so every back-end must be exact.</summary>
internal static class MovementTable
{
    public static IEnumerable<Operation> All =>
    [
        Concat(0, new(1, 3, 4), new(2, 3, 4)),
        Concat(1, new(2, 3, 4, 5), new(2, 1, 4, 5), new(2, 7, 4, 5)),
        Concat(2, new(2, 3, 1, 5), new(2, 3, 4, 5)),
        Concat(3, new(2, 3, 4, 5), new(2, 3, 4, 17)),
        Concat(1, new(2, 3), new(2, 33)),
        Concat(1, new Shape(2, 3, 4, 5)),
        Concat(1, new(2, 32, 4, 5), new(2, 16, 4, 5), new(2, 3, 4, 5)),
        Concat(1, new(2, 16, 4, 5), new(2, 5, 4, 5), new(2, 16, 4, 5)),
        Concat(1, new(2, 5, 3, 2), new(2, 40, 3, 2), new(2, 1, 3, 2), new(2, 3, 3, 2)),
        Concat(1, new(3, 1, 1, 1), new(3, 16, 1, 1), new(3, 15, 1, 1)),
        Concat(0, new(1, 19, 3, 4), new(2, 19, 3, 4)),
        Concat(2, new(2, 19, 1, 5), new(2, 19, 4, 5), new(2, 19, 2, 5)),
        Concat(3, new(2, 19, 3, 2), new(2, 19, 3, 1), new(2, 19, 3, 4)),
        Pad(0, new(2, 3, 4, 5), [0, 0, 1, 2], [0, 0, 3, 0]),
        Pad(-1.5f, new(2, 3, 4, 5), [0, 1, 0, 0], [0, 2, 0, 1]),
        Pad(2, new(2, 3, 4, 5), [1, 0, 0, 0], [1, 0, 0, 0]),
        Pad(0, new(2, 3, 4, 5), [0, 0, -1, -2], [0, 0, -1, 0]),
        Pad(1, new(2, 3, 6, 7), [0, -1, 2, -3], [0, 1, -3, 2]),
        Pad(1, new(3, 5), [0, 2], [0, -1]),
        Pad(1, new(7), [2], [-4]),
        Pad(0, new(2, 3, 4, 5), [0, 0, 0, 0], [0, 0, 0, 0]),
        Pad(3, new(1, 1, 4, 4), [0, 0, -6, 2], [0, 0, 5, 0]),
        Reshape(new(2, 3, 4, 5), new(2, 60)),
        Reshape(new(2, 3, 4, 5), new(120)),
        Reshape(new(2, 60), new(4, 3, 5, 2)),
        Reshape(new(2, 37, 7, 9), new(2, 37 * 63)),
        Reshape(new(1, 3, 70, 71), new(3 * 70, 71)),
        Reshape(new(2, 21, 1, 1), new(2, 21)),
        Reshape(new(1), new Shape()),
        Transpose(new(3, 4), 1, 0),
        Transpose(new(2, 3, 4), 2, 0, 1),
        Transpose(new(2, 3, 4, 5), 0, 2, 3, 1),
        Transpose(new(2, 3, 4, 5), 0, 3, 1, 2),
        Transpose(new(2, 3, 4, 5), 3, 2, 1, 0),
        Transpose(new(2, 3, 4, 5), 0, 1, 2, 3),
        Transpose(new(1, 3, 1, 5), 2, 1, 0, 3),
        Transpose(new Shape(5), 0),
    ];

    private static Operation Concat(int axis, params Shape[] inputs)
    {
        int[] lengths = inputs[0].Lengths.ToArray();
        lengths[axis] = inputs.Sum(shape => shape[axis]);
        int[] offsets = [.. inputs.Select((_, k) => inputs.Take(k).Sum(shape => shape[axis]))];
        return new Operation($"Concat axis {axis} of {string.Join(" ", inputs)}")
        {
            Inputs = inputs,
            Output = new Shape(lengths),
            Forward = a =>
            {
                for (int k = 0; k < inputs.Length; k++)
                    a.Kernels.ConcatForward(axis, offsets[k], a.Inputs[k], a.Output);
            },
            Backward = a =>
            {
                for (int k = 0; k < inputs.Length; k++)
                    a.Kernels.ConcatBackward(axis, offsets[k], a.OutputSignal, a.InputSignals[k]);
            },
            Bound = 0,
        };
    }

    private static Operation Pad(float value, Shape input, int[] before, int[] after) =>
        new($"Pad {input} by [{string.Join(" ", before)}] [{string.Join(" ", after)}] with {value}")
        {
            Inputs = [input],
            Output = new Shape([.. before.Select((pad, axis) => pad + input[axis] + after[axis])]),
            Forward = a => a.Kernels.PadForward(before, value, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.PadBackward(before, a.OutputSignal, a.InputSignals[0]),
            Map = Map.Affine,
            Bound = 0,
        };

    private static Operation Reshape(Shape from, Shape to) => new($"Reshape {from} to {to}")
    {
        Inputs = [from],
        Output = to,
        Forward = a => a.Kernels.Reshape(a.Inputs[0], a.Output),
        Backward = a => a.Kernels.Reshape(a.OutputSignal, a.InputSignals[0]),
        Bound = 0,
    };

    private static Operation Transpose(Shape from, params int[] permutation)
    {
        var inverse = new int[permutation.Length];
        for (int axis = 0; axis < inverse.Length; axis++) inverse[permutation[axis]] = axis;
        return new Operation($"Transpose {from} by {string.Join(" ", permutation)}")
        {
            Inputs = [from],
            Output = new Shape([.. permutation.Select(axis => from[axis])]),
            Forward = a => a.Kernels.Transpose(permutation, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.Transpose(inverse, a.OutputSignal, a.InputSignals[0]),
            Bound = 0,
        };
    }
}
