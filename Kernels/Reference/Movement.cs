using Move = NetViz.Kernels.Movement;

namespace NetViz.Kernels.Reference;

// Concat, Pad, Reshape, Transpose.
public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output) =>
        Move.Concat(axis, offset, input.Shape, Span(input), output.Shape, Span(output), intoWhole: true);

    /// <inheritdoc/>
    public void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        Move.Concat(axis, offset, inputSignal.Shape, Span(inputSignal), outputSignal.Shape, Span(outputSignal), intoWhole: false);

    /// <inheritdoc/>
    public void PadForward(ReadOnlySpan<int> before, float value, DeviceTensor input, DeviceTensor output)
    {
        Span(output).Fill(T.CreateChecked(value));
        Move.Place(before, input.Shape, Span(input), output.Shape, Span(output));
    }

    /// <inheritdoc/>
    public void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Span<int> shift = stackalloc int[before.Length];
        for (int axis = 0; axis < shift.Length; axis++) shift[axis] = -before[axis];
        Span(inputSignal).Clear();
        Move.Place(shift, outputSignal.Shape, Span(outputSignal), inputSignal.Shape, Span(inputSignal));
    }

    /// <inheritdoc/>
    public void Reshape(DeviceTensor source, DeviceTensor destination) => Span(source).CopyTo(Span(destination));

    /// <inheritdoc/>
    public void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination) =>
        Move.Transpose(permutation, source.Shape, Span(source), destination.Shape, Span(destination));

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<int> lengths, ReadOnlySpan<int> permutation, DeviceTensor source,
        DeviceTensor destination) => Move.Rearrange(lengths, permutation, Span(source), Span(destination));
}
