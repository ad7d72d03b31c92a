namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y_i = s (x_i - m), m = mean of x, s = 1 / sqrt(mean of (x - m)^2 + epsilon).</remarks>
    public void NormalizationForward(int parts, float epsilon, DeviceTensor input, DeviceTensor output)
    {
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        int length = PartLength(parts, input.Shape);
        for (int start = 0; start < x.Length; start += length)
        {
            (double mean, double scale) = Moments(x.Slice(start, length), epsilon);
            for (int i = start; i < start + length; i++) y[i] = Rounded((Wide(x[i]) - mean) * scale);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// dy_i/dx_j = s (1(i = j) - 1 / L - y_i y_j / L), L the part's length; so r_j = s (R_j - mean of R - y_j mean of R y).
    /// </remarks>
    public void NormalizationBackward(int parts, float epsilon, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        ReadOnlySpan<T> x = Span(input), above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        int length = PartLength(parts, input.Shape);
        for (int start = 0; start < x.Length; start += length)
        {
            (double mean, double scale) = Moments(x.Slice(start, length), epsilon);
            double sum = 0, product = 0;
            for (int i = start; i < start + length; i++)
            {
                sum += Wide(above[i]);
                product += Wide(above[i]) * (Wide(x[i]) - mean) * scale;
            }

            for (int i = start; i < start + length; i++)
            {
                double y = (Wide(x[i]) - mean) * scale;
                below[i] = Rounded(scale * (Wide(above[i]) - (sum + y * product) / length));
            }
        }
    }

    private static int PartLength(int parts, Shape shape) => (int)(shape.CountPerImage / parts);

    private static (double Mean, double Scale) Moments(ReadOnlySpan<T> x, float epsilon)
    {
        double mean = 0, variance = 0;
        foreach (T value in x) mean += Wide(value);
        mean /= x.Length;
        foreach (T value in x) variance += (Wide(value) - mean) * (Wide(value) - mean);
        return (mean, 1 / Math.Sqrt(variance / x.Length + epsilon));
    }
}
