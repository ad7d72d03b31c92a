using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Weights.Import;

/// <summary>
/// Where the images of the batch lie in a tensor: as the outermost part of one axis, which other axes may have been merged into,
/// or nowhere, because a layer mixed them.
/// </summary>
/// <param name="Axis">The axis; <see cref="Lost"/> where the images cannot be distinguished.</param>
/// <param name="MovedBy">The node that last took the batch from the first axis, for messages; null at first.</param>
internal readonly record struct BatchAxis(int Axis, string? MovedBy)
{
    /// <summary>The value of <see cref="Axis"/> where the images cannot be distinguished.</summary>
    public const int Lost = -1;

    /// <summary>
    /// The value of <see cref="Axis"/> where no axis is the batch but the elements of one image still follow one another in
    /// row-major order, as after a Reshape to [60, N]: another Reshape can bring the axis back.
    /// </summary>
    public const int Unfolded = -2;

    /// <summary>Returns the axis after a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="output">Its output's shape at the first batch size.</param>
    /// <param name="other">The same at the second batch size; null if the layer fixes the batch size.</param>
    /// <param name="input">The network's input, with both batch sizes.</param>
    public static BatchAxis After(Layer layer, ReadOnlySpan<ActivationValue> inputs, Shape output, Shape? other, GraphInput input)
    {
        BatchAxis before = inputs[0].Batch;
        int axis = before.Axis;
        foreach (ActivationValue value in inputs)
        {
            // From the last axis, as broadcasting aligns shapes.
            bool isAligned = value.Batch.Axis >= 0
                && value.Shape.Rank - value.Batch.Axis == inputs[0].Shape.Rank - inputs[0].Batch.Axis;
            if (isAligned || inputs.Length == 1) continue;
            axis = Lost;
            if (value.Batch.Axis != 0) before = value.Batch;
        }

        if (axis != Lost) axis = Along(layer, inputs[0], axis, output, other, input);
        if (axis >= 0 && !Holds(axis, output, other, input)) axis = Lost;
        return new BatchAxis(axis, axis == 0 ? null
            : axis == before.Axis && before.MovedBy is not null ? before.MovedBy
            : $"node '{layer.Name}' ({layer.Operator}): its output {output}");
    }

    private static int Along(Layer layer, ActivationValue x, int axis, Shape output, Shape? other, GraphInput input)
    {
        int rank = x.Shape.Rank;
        switch (layer)
        {
            case Reshape when axis is 0 or Unfolded:
                return Holds(0, output, other, input) ? 0 : Unfolded;
            case RectifierLayer or Elementwise or Identity:
                return axis;
            case not null when axis < 0:
                return Lost;
            case Transpose transpose:
                ReadOnlySpan<int> permutation = transpose.Permutation;
                return permutation.IsEmpty ? rank - 1 - axis : permutation.IndexOf(axis);
            case Reshape:
                if (other is null) return Lost;
                for (int k = 0; k < output.Rank; k++)
                {
                    if (output.Product(0, k) == x.Shape.Product(0, axis) && Holds(k, output, other, input)) return k;
                }

                return Lost;
            case FullyConnected:
                return axis == rank - 1 ? Lost : axis;
            case SoftmaxLayer softmax:
                int from = softmax.Axis < 0 ? softmax.Axis + rank : softmax.Axis;
                return axis == from || (softmax.ThroughLast && axis > from) ? Lost : axis;
            case Concat concat:
                return axis == (concat.Axis < 0 ? concat.Axis + rank : concat.Axis) ? Lost : axis;
            case Normalization:
                return axis == 0 ? 0 : Lost;
            case Slice slice:
                return axis == slice.Axis ? Lost : axis;
            case AxisMapping mapping:
                return axis == mapping.Axis ? Lost : axis;
            case Affine or Sum or Pair:
                return axis + output.Rank - rank;
            case Reduce reduce:
                return axis < reduce.From ? axis
                    : axis < reduce.To ? Lost
                    : reduce.KeepsAxes ? axis
                    : axis - (reduce.To - reduce.From);
            default:
                // Windows, and what else looks along rows and columns, have the batch first.
                return axis == 0 || output == x.Shape ? axis : Lost;
        }
    }

    // The axis has a multiple of the batch size, the same at both sizes.
    private static bool Holds(int axis, Shape output, Shape? other, GraphInput input)
    {
        if (axis >= output.Rank || output[axis] % input.Batch != 0) return false;
        return other is not { } second
            || (axis < second.Rank && second[axis] % input.OtherBatch == 0
                && second[axis] / input.OtherBatch == output[axis] / input.Batch);
    }
}
