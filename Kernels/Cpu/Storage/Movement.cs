using Move = NetViz.Kernels.Movement;

namespace NetViz.Kernels.Cpu;

// Concat, Pad, Reshape, Transpose.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output)
    {
        Layout part = LayoutOf(input), whole = LayoutOf(output);

        // A last block may be filled up by the next part, or by nothing where there is none.
        if (BeginsBlock(axis, offset, part)
            && (part.Channels % Layout.Lanes == 0 || offset + part.Channels == whole.Channels))
        {
            var job = new PartJob(part, whole, Pointer(input), Pointer(output) + offset * (long)part.Area, intoWhole: true);
            For(job.Pieces, ref job);
            return;
        }

        float* from = Rows(0, input), to = Rows(1, output);
        Move.Concat(axis, offset, input.Shape, Numbers(from, input), output.Shape, Numbers(to, output), intoWhole: true);
        Commit(to, output);
    }

    /// <inheritdoc/>
    public void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Layout part = LayoutOf(inputSignal), whole = LayoutOf(outputSignal);
        if (BeginsBlock(axis, offset, part))
        {
            var job = new PartJob(part, whole, Pointer(inputSignal), Pointer(outputSignal) + offset * (long)part.Area,
                intoWhole: false);
            For(job.Pieces, ref job);
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

    private static Span<float> Numbers(float* rows, DeviceTensor tensor) => new(rows, checked((int)tensor.Shape.Count));

    /// <summary>Whether a part's channels begin at a block of the whole.</summary>
    private static bool BeginsBlock(int axis, int offset, in Layout part) =>
        axis == 1 && part.IsBlocked && offset % Layout.Lanes == 0;

    /// <summary>Copies one block of channels of one image between a part and the whole from the part's first block on.</summary>
    private readonly struct PartJob(Layout part, Layout whole, float* here, float* there, bool intoWhole) : IJob
    {
        public int Pieces => part.Images * part.Blocks;

        public void Run(int index, int worker)
        {
            (int image, int block) = Math.DivRem(index, part.Blocks);
            var inPart = new Span<float>(here + index * part.BlockFloats, checked((int)part.BlockFloats));
            var inWhole = new Span<float>(there + image * whole.ImageFloats + block * part.BlockFloats, inPart.Length);
            if (intoWhole) inPart.CopyTo(inWhole);
            else inWhole.CopyTo(inPart);
        }
    }
}
