namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>p_i = exp(x_i - max) / sum over j of exp(x_j - max).</remarks>
    public void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
        Shape shape = input.Shape;
        ReadOnlySpan<T> x = Span(input);
        Span<T> p = Span(output);
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        for (int a = 0; a < outer; a++)
        for (int b = 0; b < inner; b++)
        {
            int start = a * length * inner + b;
            double max = double.NegativeInfinity, sum = 0;
            for (int i = 0; i < length; i++) max = Math.Max(max, Wide(x[start + i * inner]));
            for (int i = 0; i < length; i++) sum += Math.Exp(Wide(x[start + i * inner]) - max);
            for (int i = 0; i < length; i++) p[start + i * inner] = Rounded(Math.Exp(Wide(x[start + i * inner]) - max) / sum);
        }
    }

    /// <inheritdoc/>
    /// <remarks>dp_i/dx_j = p_i (1(i = j) - p_j), so r_j = p_j (R_j - sum over i of p_i R_i).</remarks>
    public void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Shape shape = output.Shape;
        ReadOnlySpan<T> p = Span(output), above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        (int outer, int length, int inner) =
            ((int)shape.Product(0, from), (int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        for (int a = 0; a < outer; a++)
        for (int b = 0; b < inner; b++)
        {
            int start = a * length * inner + b;
            double mean = 0;
            for (int i = 0; i < length; i++) mean += Wide(p[start + i * inner]) * Wide(above[start + i * inner]);
            for (int i = 0; i < length; i++)
                below[start + i * inner] = Rounded(Wide(p[start + i * inner]) * (Wide(above[start + i * inner]) - mean));
        }
    }
}
