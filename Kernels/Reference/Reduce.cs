namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y = the sum, mean, extremum or Euclidean norm of x along the axes.</remarks>
    public void ReduceForward(ReduceKind kind, int from, int to, DeviceTensor input, DeviceTensor output)
    {
        Shape shape = input.Shape;
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        for (int o = 0; o < outer; o++)
        for (int k = 0; k < inner; k++)
        {
            int start = o * length * inner + k;
            double value = kind is ReduceKind.Maximum or ReduceKind.Minimum ? Wide(x[start]) : 0;
            for (int i = 0; i < length; i++)
            {
                double next = Wide(x[start + i * inner]);
                value = kind switch
                {
                    ReduceKind.Maximum => Math.Max(value, next),
                    ReduceKind.Minimum => Math.Min(value, next),
                    ReduceKind.Norm => value + next * next,
                    _ => value + next,
                };
            }

            y[o * inner + k] = Rounded(kind == ReduceKind.Mean ? value / length
                : kind == ReduceKind.Norm ? Math.Sqrt(value) : value);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// r_i = R of a sum, R / length of a mean, R at the first extremum and 0 elsewhere, R x_i / y of a norm y, 0 where that is 0.
    /// </remarks>
    public void ReduceBackward(ReduceKind kind, int from, int to, DeviceTensor? input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        Shape shape = inputSignal.Shape;
        ReadOnlySpan<T> above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        for (int o = 0; o < outer; o++)
        for (int k = 0; k < inner; k++)
        {
            int start = o * length * inner + k, first = 0;
            double r = Wide(above[o * inner + k]), squares = 0;
            for (int i = 0; i < length && input is not null; i++)
            {
                double x = X(start + i * inner), best = X(start + first * inner);
                squares += x * x;
                if (kind == ReduceKind.Maximum ? x > best : x < best) first = i;
            }

            for (int i = 0; i < length; i++)
            {
                below[start + i * inner] = Rounded(kind switch
                {
                    ReduceKind.Sum => r,
                    ReduceKind.Mean => r / length,
                    ReduceKind.Norm => squares > 0 ? r * X(start + i * inner) / Math.Sqrt(squares) : 0,
                    _ => i == first ? r : 0,
                });
            }
        }

        double X(int i) => Wide(Span(input!)[i]);
    }
}
