namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha) =>
        new PlainWeights(weight, bias, alpha);

    /// <inheritdoc/>
    /// <remarks>y(n, o) = b(o) + alpha sum over i of x(n, i) w(o, i).</remarks>
    public void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output)
    {
        FullyConnectedGeometry g = geometry;
        var plain = (PlainWeights)weights;
        ReadOnlySpan<T> x = Span(input);
        ReadOnlySpan<float> w = plain.Weight.Span, b = plain.Bias.Span;
        Span<T> y = Span(output);
        for (int n = 0; n < g.N; n++)
        for (int o = 0; o < g.Out; o++)
        {
            double sum = 0;
            for (int i = 0; i < g.In; i++) sum += Wide(x[n * g.In + i]) * w[g.WeightIsInByOut ? i * g.Out + o : o * g.In + i];
            y[n * g.Out + o] = Rounded(plain.Alpha * sum + (b.IsEmpty ? 0 : b[o]));
        }
    }

    /// <inheritdoc/>
    /// <remarks>r(n, i) = alpha sum over o of R(n, o) w(o, i).</remarks>
    public void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        FullyConnectedGeometry g = geometry;
        var plain = (PlainWeights)weights;
        ReadOnlySpan<T> above = Span(outputSignal);
        ReadOnlySpan<float> w = plain.Weight.Span;
        Span<T> below = Span(inputSignal);
        for (int n = 0; n < g.N; n++)
        for (int i = 0; i < g.In; i++)
        {
            double sum = 0;
            for (int o = 0; o < g.Out; o++)
                sum += Wide(above[n * g.Out + o]) * w[g.WeightIsInByOut ? i * g.Out + o : o * g.In + i];
            below[n * g.In + i] = Rounded(plain.Alpha * sum);
        }
    }

    /// <inheritdoc/>
    /// <remarks>dw(o, i) = sum over n of R(n, o) x(n, i).</remarks>
    public void FullyConnectedBackwardToWeights(in FullyConnectedGeometry geometry, DeviceTensor input,
        DeviceTensor outputSignal, DeviceTensor weightSignal)
    {
        FullyConnectedGeometry g = geometry;
        ReadOnlySpan<T> x = Span(input), above = Span(outputSignal);
        Span<T> result = Span(weightSignal);
        for (int o = 0; o < g.Out; o++)
        for (int i = 0; i < g.In; i++)
        {
            double sum = 0;
            for (int n = 0; n < g.N; n++) sum += Wide(above[n * g.Out + o]) * Wide(x[n * g.In + i]);
            result[g.WeightIsInByOut ? i * g.Out + o : o * g.In + i] = Rounded(sum);
        }
    }
}
