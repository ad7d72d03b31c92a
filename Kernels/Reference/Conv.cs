namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, ForwardSums forward = ForwardSums.Fastest) =>
        new PlainWeights(weight, bias);

    /// <inheritdoc/>
    /// <remarks>y(n, o, p) = b(o) + sum over c, k of x(n, c, p stride - pad + k dilation) w(o, c, k).</remarks>
    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        ConvGeometry g = geometry;
        ReadOnlySpan<T> x = Span(input);
        ReadOnlySpan<float> w = ((PlainWeights)weights).Weight.Span, b = ((PlainWeights)weights).Bias.Span;
        Span<T> y = Span(output);
        for (int n = 0; n < g.N; n++)
        for (int o = 0; o < g.O; o++)
        for (int oh = 0; oh < g.OH; oh++)
        for (int ow = 0; ow < g.OW; ow++)
        {
            double sum = b.IsEmpty ? 0 : b[o];
            for (int cg = 0; cg < g.CG; cg++)
            for (int kh = 0; kh < g.Window.KH; kh++)
            for (int kw = 0; kw < g.Window.KW; kw++)
            {
                int c = o / g.OG * g.CG + cg;
                int h = oh * g.Window.StrideH - g.Window.PadTop + kh * g.Window.DilationH;
                int column = ow * g.Window.StrideW - g.Window.PadLeft + kw * g.Window.DilationW;
                if ((uint)h >= (uint)g.H || (uint)column >= (uint)g.W) continue;
                sum += Wide(x[((n * g.C + c) * g.H + h) * g.W + column])
                    * w[((o * g.CG + cg) * g.Window.KH + kh) * g.Window.KW + kw];
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
        ConvGeometry g = geometry;
        (int outputHeight, int outputWidth) = (g.OH, g.OW);
        ReadOnlySpan<T> above = Span(outputSignal);
        ReadOnlySpan<float> w = ((PlainWeights)weights).Weight.Span;
        Span<T> below = Span(inputSignal);
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
                        * w[((o * g.CG + c % g.CG) * g.Window.KH + kh) * g.Window.KW + kw];
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

    /// <summary>Weights as the file has them.</summary>
    private sealed class PlainWeights(ReadOnlyMemory<float> weight, ReadOnlyMemory<float> bias, float alpha = 1f)
        : PreparedWeights
    {
        public ReadOnlyMemory<float> Weight { get; } = weight;

        public ReadOnlyMemory<float> Bias { get; } = bias;

        public float Alpha { get; } = alpha;

        public override long Bytes => 0;
    }
}
