using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public PreparedWeights PrepareAffine(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift,
        Shape shiftShape) => new AffineWeights(_memory, scale, scaleShape, shift, shiftShape);

    /// <inheritdoc/>
    public void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        var w = (AffineWeights)weights;
        Launch(output.Shape.Count, new AffineKernel
        {
            ScaleMap = Broadcast(input.Shape, w.ScaleShape), ShiftMap = Broadcast(input.Shape, w.ShiftShape),
            HasScale = w.HasScale, HasShift = w.HasBias, Scale = w.Weight, Shift = w.Bias, X = Floats(input), Y = Floats(output),
        });
    }

    /// <inheritdoc/>
    public void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal)
    {
        var w = (AffineWeights)weights;
        Launch(inputSignal.Shape.Count, new AffineKernel
        {
            ScaleMap = Broadcast(inputSignal.Shape, w.ScaleShape), HasScale = w.HasScale, Scale = w.Weight, Shift = w.Bias,
            X = Floats(outputSignal), Y = Floats(inputSignal),
        });
    }

    /// <summary>Which element of a constant belongs to an element of a tensor: their last axes are aligned.</summary>
    private static AxisMap Broadcast(Shape tensor, Shape constant)
    {
        Span<int> strides = stackalloc int[tensor.Rank];
        strides.Clear();
        for (int k = 1; k <= Math.Min(tensor.Rank, constant.Rank); k++)
            strides[^k] = constant[^k] > 1 ? (int)constant.Product(constant.Rank - k + 1, constant.Rank) : 0;
        return AxisMap.Of(tensor.Lengths, strides);
    }

    private sealed class AffineWeights(GpuMemory memory, ReadOnlyMemory<float> scale, Shape scaleShape,
        ReadOnlyMemory<float> shift, Shape shiftShape) : GpuWeights(memory, scale, shift)
    {
        public Shape ScaleShape { get; } = scaleShape;

        public Shape ShiftShape { get; } = shiftShape;

        public int HasScale { get; } = scale.IsEmpty ? 0 : 1;
    }
}

/// <summary>y(i) = scale(i) x(i) + shift(i), the constants repeated along axes where they have length 1 or none.</summary>
internal struct AffineKernel : IThreadKernel
{
    public AxisMap ScaleMap, ShiftMap;
    public int HasScale, HasShift;
    public ArrayView<float> Scale, Shift, X, Y;

    public readonly void Run(int i)
    {
        float y = X[i];
        if (HasScale != 0) y *= Scale[ScaleMap.SourceOf(i)];
        if (HasShift != 0) y += Shift[ShiftMap.SourceOf(i)];
        Y[i] = y;
    }
}
