using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// The same elements in row-major order under another shape (ONNX Reshape, Flatten, Squeeze, Unsqueeze). On the way down
/// they go back: the same under all rules.
/// </summary>
public sealed class Reshape : Layer
{
    private readonly Func<Shape, Shape?> _target;

    private Reshape(string name, string operatorName, Func<Shape, Shape?> target)
        : base(name, operatorName) => _target = target;

    /// <summary>ONNX Reshape.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="target">The shape; 0 copies the input's axis, one -1 takes what is left.</param>
    /// <param name="allowZero">Whether 0 means a length of 0 instead.</param>
    public static Reshape To(string name, ReadOnlySpan<int> target, bool allowZero = false)
    {
        int[] wanted = target.ToArray();
        return new Reshape(name, "Reshape", input =>
        {
            int[] lengths = [.. wanted];
            int open = -1;
            long known = 1;
            for (int axis = 0; axis < lengths.Length; axis++)
            {
                if (lengths[axis] == 0 && !allowZero)
                {
                    if (axis >= input.Rank) return null;
                    lengths[axis] = input[axis];
                }

                if (lengths[axis] >= 0) known *= lengths[axis];
                else if (open >= 0 || lengths[axis] < -1) return null;
                else open = axis;
            }

            if (open >= 0)
            {
                if (known == 0 || input.Count % known != 0) return null;
                lengths[open] = (int)(input.Count / known);
            }

            return new Shape(lengths);
        });
    }

    /// <summary>ONNX Flatten: [product of the axes before <paramref name="axis"/>, product of the rest].</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="axis">The first axis of the second product; negative counts from the end.</param>
    public static Reshape Flatten(string name, int axis = 1) => new(name, "Flatten", input =>
    {
        int first = axis < 0 ? axis + input.Rank : axis;
        return first < 0 || first > input.Rank ? null : new Shape((int)input.Product(0, first), (int)input.Product(first, input.Rank));
    });

    /// <summary>ONNX Squeeze: leaves out axes of length 1.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="axes">The axes; negative ones count from the end; empty for all of length 1 but the batch.</param>
    public static Reshape Squeeze(string name, ReadOnlySpan<int> axes)
    {
        int[] wanted = axes.ToArray();
        return new Reshape(name, "Squeeze", input =>
        {
            int[] gone = wanted.Length > 0
                ? [.. wanted.Select(a => a < 0 ? a + input.Rank : a)]
                : [.. Enumerable.Range(0, input.Rank).Where(a => a > 0 && input[a] == 1)];
            if (gone.Any(a => a < 0 || a >= input.Rank || input[a] != 1)) return null;
            return new Shape([.. Enumerable.Range(0, input.Rank).Where(a => !gone.Contains(a)).Select(a => input[a])]);
        });
    }

    /// <summary>ONNX Unsqueeze: puts in axes of length 1.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="axes">Their places in the output; negative ones count from its end.</param>
    public static Reshape Unsqueeze(string name, ReadOnlySpan<int> axes)
    {
        int[] wanted = axes.ToArray();
        return new Reshape(name, "Unsqueeze", input =>
        {
            int rank = input.Rank + wanted.Length;
            int[] ones = [.. wanted.Select(a => a < 0 ? a + rank : a)];
            if (ones.Any(a => a < 0 || a >= rank) || ones.Distinct().Count() != ones.Length) return null;
            var lengths = new List<int>(input.Lengths.ToArray());
            foreach (int axis in ones.Order()) lengths.Insert(axis, 1);
            return new Shape([.. lengths]);
        });
    }

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape? target = _target(inputs[0]);
        if (target is not Shape shape) throw Refuse($"its target shape does not fit its input {inputs[0]}");
        return shape.Count == inputs[0].Count
            ? shape
            : throw Refuse($"its target {shape} has {shape.Count} elements, its input {inputs[0]} has {inputs[0].Count}", "has the image the size that the file was exported for?");
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.Reshape(a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) => a.Kernels.Reshape(a.OutputSignal, a.InputSignal);
}
