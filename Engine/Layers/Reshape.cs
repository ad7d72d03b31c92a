using System.Collections.Immutable;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>How a <see cref="Reshape"/> finds its output's shape.</summary>
public enum ReshapeKind
{
    /// <summary>The numbers are the shape; 0 copies the input's axis, one -1 takes what is left.</summary>
    To,

    /// <summary>The one number is the axis at which the input's axes are split into two products.</summary>
    Flatten,

    /// <summary>The numbers are axes of length 1 that are left out; none for all of length 1 but the batch.</summary>
    Squeeze,

    /// <summary>The numbers are the places of new axes of length 1 in the output.</summary>
    Unsqueeze,
}

/// <summary>
/// The same elements in row-major order under another shape (ONNX Reshape, Flatten, Squeeze, Unsqueeze). On the backward pass
/// they go back: the same under all rules.
/// </summary>
public sealed class Reshape : Layer
{
    private Reshape(string name, ReshapeKind kind, ReadOnlySpan<int> numbers)
        : base(name, kind == ReshapeKind.To ? "Reshape" : kind.ToString()) => (Kind, Numbers) = (kind, [.. numbers]);

    /// <summary>How the output's shape is found.</summary>
    public ReshapeKind Kind { get; }

    /// <summary>Lengths or axes, as <see cref="Kind"/> has it; negative axes count from the end.</summary>
    public ImmutableArray<int> Numbers { get; }

    /// <summary>With <see cref="ReshapeKind.To"/>: whether 0 means a length of 0 instead of the input's.</summary>
    public bool AllowZero { get; private init; }

    /// <summary>ONNX Reshape.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="target">The shape; 0 copies the input's axis, one -1 takes what is left.</param>
    /// <param name="allowZero">Whether 0 means a length of 0 instead.</param>
    public static Reshape To(string name, ReadOnlySpan<int> target, bool allowZero = false) =>
        new(name, ReshapeKind.To, target) { AllowZero = allowZero };

    /// <summary>ONNX Flatten: [product of the axes before <paramref name="axis"/>, product of the rest].</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="axis">The first axis of the second product; negative counts from the end.</param>
    public static Reshape Flatten(string name, int axis = 1) => new(name, ReshapeKind.Flatten, [axis]);

    /// <summary>ONNX Squeeze: leaves out axes of length 1.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="axes">The axes; negative ones count from the end; empty for all of length 1 but the batch.</param>
    public static Reshape Squeeze(string name, ReadOnlySpan<int> axes) => new(name, ReshapeKind.Squeeze, axes);

    /// <summary>ONNX Unsqueeze: puts in axes of length 1.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="axes">Their places in the output; negative ones count from its end.</param>
    public static Reshape Unsqueeze(string name, ReadOnlySpan<int> axes) => new(name, ReshapeKind.Unsqueeze, axes);

    internal override int RowCopies => 1;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape? target = Kind switch
        {
            ReshapeKind.To => Target(inputs[0]),
            ReshapeKind.Flatten => Flattened(inputs[0]),
            ReshapeKind.Squeeze => Squeezed(inputs[0]),
            _ => Unsqueezed(inputs[0]),
        };
        if (target is not Shape shape) throw Refuse($"its target shape does not fit its input {inputs[0]}");
        return shape.Count == inputs[0].Count
            ? shape
            : throw Refuse($"its target {shape} has {shape.Count} elements, its input {inputs[0]} has {inputs[0].Count}",
                "has the image the size that the file was exported for?");
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.Reshape(a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) => a.Kernels.Reshape(a.OutputSignal, a.InputSignal);

    private Shape? Target(Shape input)
    {
        int[] lengths = [.. Numbers];
        int open = -1;
        long known = 1;
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            if (lengths[axis] == 0 && !AllowZero)
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
    }

    private Shape? Flattened(Shape input)
    {
        int first = Numbers[0] < 0 ? Numbers[0] + input.Rank : Numbers[0];
        return first < 0 || first > input.Rank
            ? null
            : new Shape((int)input.Product(0, first), (int)input.Product(first, input.Rank));
    }

    private Shape? Squeezed(Shape input)
    {
        int[] gone = Numbers.Length > 0
            ? [.. Numbers.Select(a => a < 0 ? a + input.Rank : a)]
            : [.. Enumerable.Range(0, input.Rank).Where(a => a > 0 && input[a] == 1)];
        if (gone.Any(a => a < 0 || a >= input.Rank || input[a] != 1)) return null;
        return new Shape([.. Enumerable.Range(0, input.Rank).Where(a => !gone.Contains(a)).Select(a => input[a])]);
    }

    private Shape? Unsqueezed(Shape input)
    {
        int rank = input.Rank + Numbers.Length;
        int[] ones = [.. Numbers.Select(a => a < 0 ? a + rank : a)];
        if (ones.Any(a => a < 0 || a >= rank) || ones.Distinct().Count() != ones.Length) return null;
        var lengths = new List<int>(input.Lengths.ToArray());
        foreach (int axis in ones.Order()) lengths.Insert(axis, 1);
        return new Shape([.. lengths]);
    }
}
