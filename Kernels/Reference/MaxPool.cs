namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>
    /// y(p) = max over k of x(p stride - pad + k dilation); of equal values the first in row-major order is the switch.
    /// </remarks>
    public void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches)
    {
        PoolGeometry g = geometry;
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        int[] positions = Values(switches);
        for (int plane = 0; plane < g.N * g.C; plane++)
        for (int oh = 0; oh < g.OH; oh++)
        for (int ow = 0; ow < g.OW; ow++)
        {
            T best = T.Zero;
            int position = Switches.None;
            for (int kh = 0; kh < g.Window.KH; kh++)
            for (int kw = 0; kw < g.Window.KW; kw++)
            {
                int h = oh * g.Window.StrideH - g.Window.PadTop + kh * g.Window.DilationH;
                int w = ow * g.Window.StrideW - g.Window.PadLeft + kw * g.Window.DilationW;
                if ((uint)h >= (uint)g.H || (uint)w >= (uint)g.W) continue;
                T value = x[(plane * g.H + h) * g.W + w];
                if (position != Switches.None && !(value > best)) continue;
                (best, position) = (value, kh * g.Window.KW + kw);
            }

            int p = (plane * g.OH + oh) * g.OW + ow;
            (y[p], positions[p]) = (best, position);
        }
    }

    /// <inheritdoc/>
    /// <remarks>r(q) = sum of R(p) over the windows p whose switch points at q.</remarks>
    public void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches, DeviceTensor inputSignal)
    {
        PoolGeometry g = geometry;
        ReadOnlySpan<T> above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        int[] positions = Values(switches);
        below.Clear();
        for (int plane = 0; plane < g.N * g.C; plane++)
        for (int oh = 0; oh < g.OH; oh++)
        for (int ow = 0; ow < g.OW; ow++)
        {
            int p = (plane * g.OH + oh) * g.OW + ow;
            if (positions[p] == Switches.None) continue;
            (int kh, int kw) = Math.DivRem(positions[p], g.Window.KW);
            int h = oh * g.Window.StrideH - g.Window.PadTop + kh * g.Window.DilationH;
            int w = ow * g.Window.StrideW - g.Window.PadLeft + kw * g.Window.DilationW;
            below[(plane * g.H + h) * g.W + w] += above[p];
        }
    }
}
