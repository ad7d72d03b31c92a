namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y(i) = f(a(i), b(i)), each repeated along axes where it has length 1 or none.</remarks>
    public void PairForward(PairKind kind, DeviceTensor a, DeviceTensor b, DeviceTensor output)
    {
        ReadOnlySpan<T> first = Span(a), second = Span(b);
        Span<T> y = Span(output);
        for (int i = 0; i < y.Length; i++)
        {
            double x = Wide(first[BroadcastIndex(i, output.Shape, a.Shape)]);
            double z = Wide(second[BroadcastIndex(i, output.Shape, b.Shape)]);
            y[i] = Rounded(kind switch
            {
                PairKind.Sum => x + z,
                PairKind.Difference => x - z,
                PairKind.Product => x * z,
                PairKind.Quotient => x / z,
                PairKind.Minimum => Math.Min(x, z),
                _ => Math.Max(x, z),
            });
        }
    }

    /// <inheritdoc/>
    /// <remarks>r_a(j) = sum over the i at which a(j) is read of R(i) df/da; r_b alike.</remarks>
    public void PairBackward(PairKind kind, int side, DeviceTensor? a, DeviceTensor? b, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        ReadOnlySpan<T> above = Span(outputSignal);
        var sums = new double[inputSignal.Shape.Count];
        for (int i = 0; i < above.Length; i++)
        {
            double r = Wide(above[i]);
            sums[BroadcastIndex(i, outputSignal.Shape, inputSignal.Shape)] += kind switch
            {
                PairKind.Sum => r,
                PairKind.Difference => side == 0 ? r : -r,
                PairKind.Product => r * (side == 0 ? B(i) : A(i)),
                PairKind.Quotient => side == 0 ? r / B(i) : -r * A(i) / (B(i) * B(i)),
                PairKind.Minimum => B(i) < A(i) == (side == 1) ? r : 0,
                _ => B(i) > A(i) == (side == 1) ? r : 0,
            };
        }

        Span<T> below = Span(inputSignal);
        for (int i = 0; i < below.Length; i++) below[i] = Rounded(sums[i]);

        double A(int i) => Wide(Span(a!)[BroadcastIndex(i, outputSignal.Shape, a!.Shape)]);
        double B(int i) => Wide(Span(b!)[BroadcastIndex(i, outputSignal.Shape, b!.Shape)]);
    }
}
