namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y(p) = sum over k of x(p stride - pad + k dilation) / divisor(p).</remarks>
    public void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output)
    {
        PoolGeometry g = geometry;
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        for (int plane = 0; plane < g.N * g.C; plane++)
        for (int oh = 0; oh < g.OH; oh++)
        for (int ow = 0; ow < g.OW; ow++)
        {
            double sum = 0;
            for (int kh = 0; kh < g.Window.KH; kh++)
            for (int kw = 0; kw < g.Window.KW; kw++)
            {
                int h = oh * g.Window.StrideH - g.Window.PadTop + kh * g.Window.DilationH;
                int w = ow * g.Window.StrideW - g.Window.PadLeft + kw * g.Window.DilationW;
                if ((uint)h < (uint)g.H && (uint)w < (uint)g.W) sum += Wide(x[(plane * g.H + h) * g.W + w]);
            }

            y[(plane * g.OH + oh) * g.OW + ow] = Rounded(sum / Math.Max(1, g.Divisor(oh, ow)));
        }
    }

    /// <inheritdoc/>
    /// <remarks>r(q) = sum of R(p) / divisor(p) over the windows p that contain q.</remarks>
    public void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        PoolGeometry g = geometry;
        ReadOnlySpan<T> above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        var sums = new double[g.H * g.W];
        for (int plane = 0; plane < g.N * g.C; plane++)
        {
            Array.Clear(sums);
            for (int oh = 0; oh < g.OH; oh++)
            for (int ow = 0; ow < g.OW; ow++)
            {
                double share = Wide(above[(plane * g.OH + oh) * g.OW + ow]) / Math.Max(1, g.Divisor(oh, ow));
                for (int kh = 0; kh < g.Window.KH; kh++)
                for (int kw = 0; kw < g.Window.KW; kw++)
                {
                    int h = oh * g.Window.StrideH - g.Window.PadTop + kh * g.Window.DilationH;
                    int w = ow * g.Window.StrideW - g.Window.PadLeft + kw * g.Window.DilationW;
                    if ((uint)h < (uint)g.H && (uint)w < (uint)g.W) sums[h * g.W + w] += share;
                }
            }

            for (int q = 0; q < sums.Length; q++) below[plane * sums.Length + q] = Rounded(sums[q]);
        }
    }
}
