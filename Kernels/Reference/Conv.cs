using System.Numerics;

namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, ForwardSums forward = ForwardSums.Fastest) =>
        new PlainWeights(weight, bias);

    /// <inheritdoc/>
    public bool ComputesInDouble => typeof(T) == typeof(double);

    /// <inheritdoc/>
    public PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<double> weight,
        ReadOnlyMemory<double> bias) =>
        new PlainWeights(weight, bias);

    /// <inheritdoc/>
    /// <remarks>y(n, o, p) = b(o) + sum over c, k of x(n, c, p stride - pad + k dilation) w(o, c, k).</remarks>
    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        var plain = (PlainWeights)weights;
        if (plain.IsExact) Forward(geometry, Span(input), plain.ExactWeight.Span, plain.ExactBias.Span, Span(output));
        else Forward(geometry, Span(input), plain.Weight.Span, plain.Bias.Span, Span(output));
    }

    private static void Forward<TW>(ConvGeometry g, ReadOnlySpan<T> x, ReadOnlySpan<TW> w, ReadOnlySpan<TW> b, Span<T> y)
        where TW : unmanaged, INumber<TW>
    {
        for (int n = 0; n < g.N; n++)
        for (int o = 0; o < g.O; o++)
        for (int oh = 0; oh < g.OH; oh++)
        for (int ow = 0; ow < g.OW; ow++)
        {
            double sum = b.IsEmpty ? 0 : double.CreateChecked(b[o]);
            for (int cg = 0; cg < g.CG; cg++)
            for (int kh = 0; kh < g.Window.KH; kh++)
            for (int kw = 0; kw < g.Window.KW; kw++)
            {
                int c = o / g.OG * g.CG + cg;
                int h = oh * g.Window.StrideH - g.Window.PadTop + kh * g.Window.DilationH;
                int column = ow * g.Window.StrideW - g.Window.PadLeft + kw * g.Window.DilationW;
                if ((uint)h >= (uint)g.H || (uint)column >= (uint)g.W) continue;
                sum += Wide(x[((n * g.C + c) * g.H + h) * g.W + column])
                    * double.CreateChecked(w[((o * g.CG + cg) * g.Window.KH + kh) * g.Window.KW + kw]);
            }

            y[((n * g.O + o) * g.OH + oh) * g.OW + ow] = Rounded(sum);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The transpose: r(n, c, q) = sum over o, p, k with p stride - pad + k dilation = q of R(n, o, p) w(o, c, k).
    /// Written as a gather: each element of the result looks up what reaches it.
    /// </remarks>
    public void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        var plain = (PlainWeights)weights;
        if (plain.IsExact) Backward(geometry, Span(outputSignal), plain.ExactWeight.Span, Span(inputSignal));
        else Backward(geometry, Span(outputSignal), plain.Weight.Span, Span(inputSignal));
    }

    private static void Backward<TW>(ConvGeometry g, ReadOnlySpan<T> above, ReadOnlySpan<TW> w, Span<T> below)
        where TW : unmanaged, INumber<TW>
    {
        (int outputHeight, int outputWidth) = (g.OH, g.OW);
        for (int n = 0; n < g.N; n++)
        for (int c = 0; c < g.C; c++)
        for (int h = 0; h < g.H; h++)
        for (int column = 0; column < g.W; column++)
        {
            double sum = 0;
            int group = c / g.CG;
            for (int o = group * g.OG; o < (group + 1) * g.OG; o++)
            for (int kh = 0; kh < g.Window.KH; kh++)
            {
                (int oh, int restH) = Math.DivRem(h + g.Window.PadTop - kh * g.Window.DilationH, g.Window.StrideH);
                if (restH != 0 || (uint)oh >= (uint)outputHeight) continue;
                for (int kw = 0; kw < g.Window.KW; kw++)
                {
                    (int ow, int restW) = Math.DivRem(column + g.Window.PadLeft - kw * g.Window.DilationW, g.Window.StrideW);
                    if (restW != 0 || (uint)ow >= (uint)outputWidth) continue;
                    sum += Wide(above[((n * g.O + o) * outputHeight + oh) * outputWidth + ow])
                        * double.CreateChecked(w[((o * g.CG + c % g.CG) * g.Window.KH + kh) * g.Window.KW + kw]);
                }
            }

            below[((n * g.C + c) * g.H + h) * g.W + column] = Rounded(sum);
        }
    }

    /// <inheritdoc/>
    /// <remarks>dw(o, c, k) = sum over n, p of R(n, o, p) x(n, c, p stride - pad + k dilation).</remarks>
    public void ConvBackwardToWeights(in ConvGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal)
    {
        ConvGeometry g = geometry;
        ReadOnlySpan<T> x = Span(input), above = Span(outputSignal);
        Span<T> result = Span(weightSignal);
        for (int o = 0; o < g.O; o++)
        for (int cg = 0; cg < g.CG; cg++)
        for (int kh = 0; kh < g.Window.KH; kh++)
        for (int kw = 0; kw < g.Window.KW; kw++)
        {
            double sum = 0;
            int c = o / g.OG * g.CG + cg;
            for (int n = 0; n < g.N; n++)
            for (int oh = 0; oh < g.OH; oh++)
            {
                int h = oh * g.Window.StrideH - g.Window.PadTop + kh * g.Window.DilationH;
                if ((uint)h >= (uint)g.H) continue;
                for (int ow = 0; ow < g.OW; ow++)
                {
                    int column = ow * g.Window.StrideW - g.Window.PadLeft + kw * g.Window.DilationW;
                    if ((uint)column >= (uint)g.W) continue;
                    sum += Wide(above[((n * g.O + o) * g.OH + oh) * g.OW + ow])
                        * Wide(x[((n * g.C + c) * g.H + h) * g.W + column]);
                }
            }

            result[((o * g.CG + cg) * g.Window.KH + kh) * g.Window.KW + kw] = Rounded(sum);
        }
    }

    /// <summary>Weights as the file has them, or, of what is computed from them, in double.</summary>
    private sealed class PlainWeights(ReadOnlyMemory<float> weight, ReadOnlyMemory<float> bias, float alpha = 1f)
        : PreparedWeights
    {
        public PlainWeights(ReadOnlyMemory<double> weight, ReadOnlyMemory<double> bias)
            : this(ReadOnlyMemory<float>.Empty, ReadOnlyMemory<float>.Empty) =>
            (IsExact, ExactWeight, ExactBias) = (true, weight, bias);

        public bool IsExact { get; }

        public ReadOnlyMemory<double> ExactWeight { get; }

        public ReadOnlyMemory<double> ExactBias { get; }

        public ReadOnlyMemory<float> Weight { get; } = weight;

        public ReadOnlyMemory<float> Bias { get; } = bias;

        public float Alpha { get; } = alpha;

        public override long Bytes => 0;
    }
}
