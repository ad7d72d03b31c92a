using Move = NetViz.Kernels.Movement;

namespace NetViz.Kernels.Cpu;

// Concat, Pad, Reshape, Transpose.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output)
    {
        Layout part = LayoutOf(input), whole = LayoutOf(output);
        if (IsOfWholeBlocks(axis, offset, part))
        {
            for (int n = 0; n < part.Images; n++)
                Buffer.MemoryCopy(ImageOf(input, n), BlockOf(output, n, offset), part.ImageFloats * 4, part.ImageFloats * 4);
            return;
        }

        float* from = Rows(0, input), to = Rows(1, output);
        Move.Concat(axis, offset, input.Shape, Numbers(from, input), output.Shape, Numbers(to, output), intoWhole: true);
        Commit(to, output);
    }

    /// <inheritdoc/>
    public void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Layout part = LayoutOf(inputSignal);
        if (IsOfWholeBlocks(axis, offset, part))
        {
            for (int n = 0; n < part.Images; n++)
            {
                Buffer.MemoryCopy(BlockOf(outputSignal, n, offset), ImageOf(inputSignal, n), part.ImageFloats * 4,
                    part.ImageFloats * 4);
            }
            return;
        }

        float* from = Rows(0, outputSignal), to = RowsFor(1, inputSignal);
        Move.Concat(axis, offset, inputSignal.Shape, Numbers(to, inputSignal), outputSignal.Shape, Numbers(from, outputSignal),
            intoWhole: false);
        Commit(to, inputSignal);
    }

    /// <inheritdoc/>
    public void PadForward(ReadOnlySpan<int> before, float value, DeviceTensor input, DeviceTensor output)
    {
        float* from = Rows(0, input), to = RowsFor(1, output);
        Numbers(to, output).Fill(value);
        Move.Place(before, input.Shape, Numbers(from, input), output.Shape, Numbers(to, output));
        Commit(to, output);
    }

    /// <inheritdoc/>
    public void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Span<int> shift = stackalloc int[before.Length];
        for (int axis = 0; axis < shift.Length; axis++) shift[axis] = -before[axis];
        float* from = Rows(0, outputSignal), to = RowsFor(1, inputSignal);
        Numbers(to, inputSignal).Clear();
        Move.Place(shift, outputSignal.Shape, Numbers(from, outputSignal), inputSignal.Shape, Numbers(to, inputSignal));
        Commit(to, inputSignal);
    }

    /// <inheritdoc/>
    public void Reshape(DeviceTensor source, DeviceTensor destination)
    {
        if (LayoutOf(source) == LayoutOf(destination))
        {
            Stored(source).CopyTo(Stored(destination));
            return;
        }

        float* to = RowsFor(1, destination), from = Rows(0, source);
        if (to != Pointer(destination)) to = from;
        else Numbers(from, source).CopyTo(Numbers(to, destination));
        Commit(to, destination);
    }

    /// <inheritdoc/>
    public void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination)
    {
        float* from = Rows(0, source), to = RowsFor(1, destination);
        Move.Transpose(permutation, source.Shape, Numbers(from, source), destination.Shape, Numbers(to, destination));
        Commit(to, destination);
    }

    private static Span<float> Numbers(float* rows, DeviceTensor tensor) => new(rows, checked((int)tensor.Shape.Count));

    /// <summary>
    /// Whether channels of a part begin at a block of the whole. Its last block may be filled up by the next part, or by nothing.
    /// </summary>
    private static bool IsOfWholeBlocks(int axis, int offset, in Layout part) =>
        axis == 1 && part.IsBlocked && offset % Layout.Lanes == 0 && part.Channels % Layout.Lanes == 0;

    private static float* ImageOf(DeviceTensor tensor, int image) => Pointer(tensor) + image * LayoutOf(tensor).ImageFloats;

    private static float* BlockOf(DeviceTensor tensor, int image, int channel) =>
        ImageOf(tensor, image) + channel / Layout.Lanes * LayoutOf(tensor).BlockFloats;
}
