using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// A linear map along one axis, the same at all places of the others: interpolation (Resize, Upsample), a border that repeats the
/// image (Pad), every k-th element (Slice) or chosen ones (Gather). A map over rows and columns is two such layers.
/// <para>
/// On the backward pass the transposed map: linear, the same under all rules (for DeconvNet by extension). Nothing is kept.
/// </para>
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="operatorName">The ONNX operator.</param>
/// <param name="axis">The axis, counted from the first; not the batch.</param>
/// <param name="sampling">The map, for each length of the axis.</param>
public sealed class AxisMapping(string name, string operatorName, int axis, AxisSampling sampling) : Layer(name, operatorName)
{
    /// <summary>More than any image has; a map has a list for each element.</summary>
    private const int LongestAxis = 1 << 20;

    /// <summary>The axis, counted from the first.</summary>
    public int Axis => axis;

    /// <summary>The map, for each length of the axis.</summary>
    public AxisSampling Sampling => sampling;

    /// <summary>The map for an input.</summary>
    public AxisTaps Taps(Shape input) => sampling.For(input[axis]);

    /// <inheritdoc/>
    internal override int RowCopies => axis == 1 ? 2 : 0;

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output) =>
        base.Effort(inputs, output) + 16.0 * (inputs[0].Count + output.Count);

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        if (axis < 0 || axis >= input.Rank) throw Refuse($"axis {axis} does not exist in its input {input}");
        int length = sampling.LengthOf(input[axis]);
        if (Math.Max(length, input[axis]) > LongestAxis)
            throw Refuse($"axis {axis} of its input {input} would have {length} elements; {LongestAxis} are supported");
        if (length < 1) throw Refuse($"nothing is left of axis {axis} of its input {input}");
        int[] lengths = input.Lengths.ToArray();
        lengths[axis] = length;
        return new Shape(lengths);
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => axis != 0;

    /// <inheritdoc/>
    public override PreparedWeights Prepare(IKernels kernels) => kernels.PrepareAxisMap(sampling);

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.AxisMapForward(axis, a.Input, a.Weights!, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.AxisMapBackward(axis, a.OutputSignal, a.Weights!, a.InputSignal);
}
