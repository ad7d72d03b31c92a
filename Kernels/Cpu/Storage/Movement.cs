using Move = NetViz.Kernels.Movement;

namespace NetViz.Kernels.Cpu;

// Pad, Reshape, Transpose.
public sealed unsafe partial class CpuKernels
{
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

        // One way is the turning itself; both need a copy between.
        if (IsRowMajor(LayoutOf(destination))) DownloadAs(source, Numbers(Pointer(destination), destination));
        else UploadAs<float>(Numbers(Rows(0, source), source), destination);
    }

    /// <inheritdoc/>
    public void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination)
    {
        float* from = Rows(0, source), to = RowsFor(1, destination);
        Move.Transpose(permutation, source.Shape, Numbers(from, source), destination.Shape, Numbers(to, destination));
        Commit(to, destination);
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<int> lengths, ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination)
    {
        float* from = Rows(0, source), to = RowsFor(1, destination);
        Move.Rearrange(lengths, permutation, Numbers(from, source), Numbers(to, destination));
        Commit(to, destination);
    }

    private static Span<float> Numbers(float* rows, DeviceTensor tensor) => new(rows, checked((int)tensor.Shape.Count));
}
