namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y_i = x_i - max - log of the sum over j of exp(x_j - max).</remarks>
    public void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
        Shape shape = input.Shape;
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        for (int a = 0; a < outer; a++)
        for (int b = 0; b < inner; b++)
        {
            int start = a * length * inner + b;
            double max = double.NegativeInfinity, sum = 0;
            for (int i = 0; i < length; i++) max = Math.Max(max, Wide(x[start + i * inner]));
            for (int i = 0; i < length; i++) sum += Math.Exp(Wide(x[start + i * inner]) - max);
            for (int i = 0; i < length; i++) y[start + i * inner] = Rounded(Wide(x[start + i * inner]) - max - Math.Log(sum));
        }
    }

    /// <inheritdoc/>
    /// <remarks>dy_i/dx_j = 1(i = j) - exp(y_j), so r_j = R_j - exp(y_j) sum over i of R_i.</remarks>
    public void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Shape shape = output.Shape;
        ReadOnlySpan<T> y = Span(output), above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        for (int a = 0; a < outer; a++)
        for (int b = 0; b < inner; b++)
        {
            int start = a * length * inner + b;
            double sum = 0;
            for (int i = 0; i < length; i++) sum += Wide(above[start + i * inner]);
            for (int i = 0; i < length; i++)
                below[start + i * inner] = Rounded(Wide(above[start + i * inner]) - Math.Exp(Wide(y[start + i * inner])) * sum);
        }
    }
}
