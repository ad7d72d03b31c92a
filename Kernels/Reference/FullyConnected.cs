using System.Numerics;

namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha) =>
        new PlainWeights(weight, bias, alpha);

    /// <inheritdoc/>
    public PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<double> weight,
        ReadOnlyMemory<double> bias) =>
        new PlainWeights(weight, bias);

    /// <inheritdoc/>
    /// <remarks>y(n, o) = b(o) + alpha sum over i of x(n, i) w(o, i).</remarks>
    public void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output)
    {
        var plain = (PlainWeights)weights;
        if (plain.IsExact) Forward(geometry, Span(input), plain.ExactWeight.Span, plain.ExactBias.Span, 1, Span(output));
        else Forward(geometry, Span(input), plain.Weight.Span, plain.Bias.Span, plain.Alpha, Span(output));
    }

    private static void Forward<TW>(FullyConnectedGeometry g, ReadOnlySpan<T> x, ReadOnlySpan<TW> w, ReadOnlySpan<TW> b,
        float alpha, Span<T> y)
        where TW : unmanaged, INumber<TW>
    {
        for (int n = 0; n < g.N; n++)
        for (int o = 0; o < g.Out; o++)
        {
            double sum = 0;
            for (int i = 0; i < g.In; i++)
            {
                sum += Wide(x[n * g.In + i])
                    * double.CreateChecked(w[g.WeightIsInByOut ? i * g.Out + o : o * g.In + i]);
            }

            y[n * g.Out + o] = Rounded(alpha * sum + (b.IsEmpty ? 0 : double.CreateChecked(b[o])));
        }
    }

    /// <inheritdoc/>
    /// <remarks>r(n, i) = alpha sum over o of R(n, o) w(o, i).</remarks>
    public void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        var plain = (PlainWeights)weights;
        if (plain.IsExact) Backward(geometry, Span(outputSignal), plain.ExactWeight.Span, 1, Span(inputSignal));
        else Backward(geometry, Span(outputSignal), plain.Weight.Span, plain.Alpha, Span(inputSignal));
    }

    private static void Backward<TW>(FullyConnectedGeometry g, ReadOnlySpan<T> above, ReadOnlySpan<TW> w, float alpha,
        Span<T> below)
        where TW : unmanaged, INumber<TW>
    {
        for (int n = 0; n < g.N; n++)
        for (int i = 0; i < g.In; i++)
        {
            double sum = 0;
            for (int o = 0; o < g.Out; o++)
            {
                sum += Wide(above[n * g.Out + o])
                    * double.CreateChecked(w[g.WeightIsInByOut ? i * g.Out + o : o * g.In + i]);
            }

            below[n * g.In + i] = Rounded(alpha * sum);
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
