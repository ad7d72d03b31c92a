using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public PreparedWeights PrepareAffine(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift,
        Shape shiftShape) =>
        new AffineWeights(new Constant(scale, scaleShape), new Constant(shift, shiftShape));

    /// <inheritdoc/>
    public void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        var w = (AffineWeights)weights;
        float* x = Rows(0, input), y = RowsFor(1, output);
        w.Scale.Combine(this, input.Shape, x, y, Multiply, Multiply);
        w.Shift.Combine(this, input.Shape, w.Scale.IsEmpty ? x : y, y, Add, Add);
        if (w.Scale.IsEmpty && w.Shift.IsEmpty) Reshape(input, output);
        else Commit(y, output);
    }

    /// <inheritdoc/>
    public void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal)
    {
        var w = (AffineWeights)weights;
        if (w.Scale.IsEmpty)
        {
            Reshape(outputSignal, inputSignal);
            return;
        }

        float* above = Rows(0, outputSignal), below = RowsFor(1, inputSignal);
        w.Scale.Combine(this, outputSignal.Shape, above, below, Multiply, Multiply);
        Commit(below, inputSignal);
    }

    private delegate void WithNumber(ReadOnlySpan<float> x, float number, Span<float> y);

    private delegate void WithNumbers(ReadOnlySpan<float> x, ReadOnlySpan<float> numbers, Span<float> y);

    private static void Multiply(ReadOnlySpan<float> x, float number, Span<float> y) => TensorPrimitives.Multiply(x, number, y);

    private static void Multiply(ReadOnlySpan<float> x, ReadOnlySpan<float> numbers, Span<float> y) =>
        TensorPrimitives.Multiply(x, numbers, y);

    private static void Add(ReadOnlySpan<float> x, float number, Span<float> y) => TensorPrimitives.Add(x, number, y);

    private static void Add(ReadOnlySpan<float> x, ReadOnlySpan<float> numbers, Span<float> y) =>
        TensorPrimitives.Add(x, numbers, y);

    private sealed class AffineWeights(Constant scale, Constant shift) : PreparedWeights
    {
        public Constant Scale { get; } = scale;

        public Constant Shift { get; } = shift;

        public override long Bytes => 0;
    }

    /// <summary>
    /// A constant that broadcasts. The tensor is walked in runs: the longest stretch of its last axes along which the constant
    /// either does not change or lies in memory like the tensor itself.
    /// </summary>
    private sealed class Constant(ReadOnlyMemory<float> values, Shape shape)
    {
        public bool IsEmpty => values.IsEmpty;

        public void Combine(CpuKernels kernels, Shape tensor, float* input, float* output, WithNumber withNumber,
            WithNumbers withNumbers)
        {
            if (IsEmpty) return;
            int along = shape.Rank > 0 && shape[^1] != 1 ? 1 : 0;
            int axes = 0, run = 1;
            while (axes < tensor.Rank && Length(axes + 1) == (along == 1 ? tensor[^(axes + 1)] : 1))
            {
                axes++;
                run *= tensor[^axes];
            }

            // Without a single such axis (a last axis of length 1 in the tensor too), each run is one element.
            int count = (int)(tensor.Count / Math.Max(1, run));
            const int Grain = 1 << 12;
            kernels.For((count + Grain - 1) / Grain, piece =>
            {
                for (int i = piece * Grain; i < Math.Min(count, (piece + 1) * Grain); i++)
                {
                    Span<float> x = new(input + (long)i * run, run), y = new(output + (long)i * run, run);
                    int at = Index(i, axes, tensor);
                    if (along == 1 && axes > 0) withNumbers(x, values.Span.Slice(at, run), y);
                    else withNumber(x, values.Span[at], y);
                }
            });
        }

        private int Length(int fromEnd) => fromEnd <= shape.Rank ? shape[^fromEnd] : 1;

        /// <summary>The constant's element at the start of run i.</summary>
        private int Index(int i, int axes, Shape tensor)
        {
            int index = 0, stride = 1;
            for (int k = 1; k <= shape.Rank; k++)
            {
                if (k > axes)
                {
                    (i, int position) = Math.DivRem(i, tensor[^k]);
                    if (shape[^k] > 1) index += position * stride;
                }

                stride *= shape[^k];
            }

            return index;
        }
    }
}
