using ILGPU;
using ILGPU.Runtime;

namespace NetViz.Kernels.Gpu;

// Concat, Pad, Reshape, Transpose: elements move and are not computed with.
public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output)
    {
        (int run, int wholeRun, int first) = ConcatRuns(axis, offset, input.Shape, output.Shape);
        Launch(input.Shape.Count, new ConcatKernel
        {
            PartRun = run, WholeRun = wholeRun, First = first, IntoWhole = 1, Part = Floats(input), Whole = Floats(output),
        });
    }

    /// <inheritdoc/>
    public void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        (int run, int wholeRun, int first) = ConcatRuns(axis, offset, inputSignal.Shape, outputSignal.Shape);
        Launch(inputSignal.Shape.Count, new ConcatKernel
        {
            PartRun = run, WholeRun = wholeRun, First = first, IntoWhole = 0, Part = Floats(inputSignal),
            Whole = Floats(outputSignal),
        });
    }

    /// <inheritdoc/>
    public void PadForward(ReadOnlySpan<int> before, float value, DeviceTensor input, DeviceTensor output) =>
        Place(before, input, output, value);

    /// <inheritdoc/>
    public void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Span<int> shift = stackalloc int[before.Length];
        for (int axis = 0; axis < shift.Length; axis++) shift[axis] = -before[axis];
        Place(shift, outputSignal, inputSignal, 0f);
    }

    /// <inheritdoc/>
    public void Reshape(DeviceTensor source, DeviceTensor destination)
    {
        if (source.Shape.Count > 0) Floats(destination).CopyFrom(_stream, Floats(source));
    }

    /// <inheritdoc/>
    public void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination)
    {
        int rank = permutation.Length;
        Span<int> strides = stackalloc int[rank];
        for (int axis = 0; axis < rank; axis++) strides[axis] = (int)source.Shape.Product(permutation[axis] + 1, rank);
        Launch(destination.Shape.Count, new MapKernel
        {
            Map = AxisMap.Of(destination.Shape.Lengths, strides), Source = Floats(source), Destination = Floats(destination),
        });
    }

    /// <inheritdoc/>
    public void Rearrange(ReadOnlySpan<int> lengths, ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination)
    {
        Span<int> strides = stackalloc int[permutation.Length], to = stackalloc int[permutation.Length];
        for (int axis = 0; axis < to.Length; axis++)
        {
            to[axis] = lengths[permutation[axis]];
            strides[axis] = 1;
            foreach (int length in lengths[(permutation[axis] + 1)..]) strides[axis] *= length;
        }

        Launch(destination.Shape.Count, new MapKernel
        {
            Map = AxisMap.Of(to, strides), Source = Floats(source), Destination = Floats(destination),
        });
    }

    private void Place(ReadOnlySpan<int> shift, DeviceTensor source, DeviceTensor destination, float outside)
    {
        int rank = shift.Length;
        Span<int> strides = stackalloc int[rank];
        for (int axis = 0; axis < rank; axis++) strides[axis] = (int)source.Shape.Product(axis + 1, rank);
        Launch(destination.Shape.Count, new MapKernel
        {
            Map = AxisMap.Of(destination.Shape.Lengths, strides, shift, source.Shape.Lengths), Source = Floats(source),
            Destination = Floats(destination), Outside = outside,
        });
    }

    private static (int Run, int WholeRun, int First) ConcatRuns(int axis, int offset, Shape part, Shape whole)
    {
        int inner = (int)part.Product(axis + 1, part.Rank);
        return (part[axis] * inner, whole[axis] * inner, offset * inner);
    }
}

/// <summary>Copies a part, runs of elements that lie together, into the whole or out of it.</summary>
internal struct ConcatKernel : IThreadKernel
{
    public int PartRun, WholeRun, First, IntoWhole;
    public ArrayView<float> Part, Whole;

    public readonly void Run(int i)
    {
        int there = i / PartRun * WholeRun + First + i % PartRun;
        if (IntoWhole != 0) Whole[there] = Part[i];
        else Part[i] = Whole[there];
    }
}
