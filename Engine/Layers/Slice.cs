using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// A stretch of one axis. On the backward pass the rest of the axis gets 0: linear, the same under all rules (for DeconvNet by
/// extension).
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="operatorName">The ONNX operator: Slice, Split or Gather.</param>
/// <param name="axis">The axis, counted from the first; not the batch.</param>
/// <param name="start">Its first element; negative ones count from the axis' end.</param>
/// <param name="end">The element behind its last; negative ones count from the axis' end, and one past it means all.</param>
public sealed class Slice(string name, string operatorName, int axis, int start, int end) : Layer(name, operatorName)
{
    private readonly SliceSampling _stretch = new(start, end, 1);

    /// <summary>The axis, counted from the first.</summary>
    public int Axis => axis;

    /// <summary>Its first element; negative ones count from the axis' end.</summary>
    public int Start => start;

    /// <summary>The element behind its last; negative ones count from the axis' end.</summary>
    public int End => end;

    /// <summary>Where the stretch begins on the axis of an input.</summary>
    public int OffsetIn(Shape input) => _stretch.FirstOf(input[axis]);

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        if (axis < 0 || axis >= input.Rank) throw Refuse($"axis {axis} does not exist in its input {input}");
        int[] lengths = input.Lengths.ToArray();
        lengths[axis] = _stretch.LengthOf(input[axis]);
        return lengths[axis] > 0
            ? new Shape(lengths)
            : throw Refuse($"the elements {start} to {end} of axis {axis} of its input {input} are none");
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => axis != 0;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) =>
        a.Kernels.ConcatBackward(axis, OffsetIn(a.Input.Shape), a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        a.Kernels.Clear(a.InputSignal);
        a.Kernels.ConcatForward(axis, OffsetIn(a.InputSignal.Shape), a.OutputSignal, a.InputSignal);
    }
}
