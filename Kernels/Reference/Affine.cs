namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public PreparedWeights PrepareAffine(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift,
        Shape shiftShape) =>
        new AffineWeights(scale, scaleShape, shift, shiftShape);

    /// <inheritdoc/>
    public PreparedWeights PrepareAffine(ReadOnlyMemory<double> scale, Shape scaleShape, ReadOnlyMemory<double> shift,
        Shape shiftShape) =>
        typeof(T) == typeof(double)
            ? new AffineWeights(scale, scaleShape, shift, shiftShape)
            : PrepareAffine(Rounding.ToFloat(scale), scaleShape, Rounding.ToFloat(shift), shiftShape);

    /// <inheritdoc/>
    /// <remarks>y(i) = scale(i) x(i) + shift(i), the constants repeated along axes where they have length 1 or none.</remarks>
    public void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        var w = (AffineWeights)weights;
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        for (int i = 0; i < y.Length; i++)
        {
            double scale = w.Scale.IsEmpty ? 1 : w.Scale.Span[BroadcastIndex(i, input.Shape, w.ScaleShape)];
            double shift = w.Shift.IsEmpty ? 0 : w.Shift.Span[BroadcastIndex(i, input.Shape, w.ShiftShape)];
            y[i] = Rounded(scale * Wide(x[i]) + shift);
        }
    }

    /// <inheritdoc/>
    /// <remarks>r(i) = scale(i) R(i).</remarks>
    public void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal)
    {
        var w = (AffineWeights)weights;
        ReadOnlySpan<T> above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        for (int i = 0; i < below.Length; i++)
        {
            double scale = w.Scale.IsEmpty ? 1 : w.Scale.Span[BroadcastIndex(i, inputSignal.Shape, w.ScaleShape)];
            below[i] = Rounded(scale * Wide(above[i]));
        }
    }

    /// <summary>Which element of a constant belongs to element i of a tensor: their last axes are aligned.</summary>
    private static int BroadcastIndex(int i, Shape tensor, Shape constant)
    {
        int index = 0, stride = 1;
        for (int k = 1; k <= tensor.Rank; k++)
        {
            (i, int position) = Math.DivRem(i, tensor[^k]);
            if (k > constant.Rank) break;
            if (constant[^k] > 1) index += position * stride;
            stride *= constant[^k];
        }

        return index;
    }

    private sealed class AffineWeights(ReadOnlyMemory<double> scale, Shape scaleShape, ReadOnlyMemory<double> shift,
        Shape shiftShape) : PreparedWeights
    {
        private readonly ReadOnlyMemory<float> _scale, _shift;

        public AffineWeights(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift, Shape shiftShape)
            : this(Widened(scale), scaleShape, Widened(shift), shiftShape) => (_scale, _shift) = (scale, shift);

        public ReadOnlyMemory<double> Scale { get; private set; } = scale;

        public Shape ScaleShape { get; } = scaleShape;

        public ReadOnlyMemory<double> Shift { get; private set; } = shift;

        public Shape ShiftShape { get; } = shiftShape;

        public override long Bytes => 0;

        // Constants in float32 may change after they were prepared; those in double do not.
        public override void Refresh()
        {
            if (!_scale.IsEmpty) Scale = Widened(_scale);
            if (!_shift.IsEmpty) Shift = Widened(_shift);
        }

        private static double[] Widened(ReadOnlyMemory<float> values) =>
            Array.ConvertAll(values.ToArray(), value => (double)value);
    }
}
