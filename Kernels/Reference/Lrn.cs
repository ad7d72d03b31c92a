namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y_c = x_c s_c^-beta, s_c = bias + alpha / size * sum of x_j^2, j = c - before .. c + after.</remarks>
    public void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output)
    {
        (LrnParameters p, Shape shape) = (parameters, input.Shape);
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        int plane = shape.H * shape.W;
        for (int n = 0; n < shape.N; n++)
        for (int q = 0; q < plane; q++)
        for (int c = 0; c < shape.C; c++)
        {
            int i = (n * shape.C + c) * plane + q;
            y[i] = Rounded(Wide(x[i]) * Math.Pow(LrnScale(x, p, shape.C, n, c, plane, q), -p.Beta));
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// dy_c/dx_j = 1(j = c) s_c^-beta - 2 alpha beta / size x_c x_j s_c^(-beta-1) for j in the window of c, so
    /// r_j = R_j s_j^-beta - 2 alpha beta / size x_j sum over the c whose window holds j of R_c x_c s_c^(-beta-1).
    /// </remarks>
    public void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        (LrnParameters p, Shape shape) = (parameters, input.Shape);
        ReadOnlySpan<T> x = Span(input), above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        int plane = shape.H * shape.W;
        for (int n = 0; n < shape.N; n++)
        for (int q = 0; q < plane; q++)
        for (int j = 0; j < shape.C; j++)
        {
            double sum = 0;
            for (int c = Math.Max(0, j - p.After); c <= Math.Min(shape.C - 1, j + p.Before); c++)
            {
                int at = (n * shape.C + c) * plane + q;
                sum += Wide(above[at]) * Wide(x[at]) * Math.Pow(LrnScale(x, p, shape.C, n, c, plane, q), -p.Beta - 1.0);
            }

            int i = (n * shape.C + j) * plane + q;
            double direct = Wide(above[i]) * Math.Pow(LrnScale(x, p, shape.C, n, j, plane, q), -p.Beta);
            below[i] = Rounded(direct - 2.0 * p.Alpha * p.Beta / p.Size * Wide(x[i]) * sum);
        }
    }

    private static double LrnScale(ReadOnlySpan<T> x, LrnParameters p, int channels, int n, int c, int plane, int q)
    {
        double squares = 0;
        for (int j = Math.Max(0, c - p.Before); j <= Math.Min(channels - 1, c + p.After); j++)
        {
            double value = Wide(x[(n * channels + j) * plane + q]);
            squares += value * value;
        }

        return p.Bias + (double)p.Alpha / p.Size * squares;
    }
}
