namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output)
    {
        PoolGeometry g = geometry;
        Window w = g.Window;
        float* inputs = Rows(0, input), outputs = RowsFor(1, output);
        For(g.N * g.C, plane =>
        {
            float* x = inputs + (long)plane * g.H * g.W, y = outputs + (long)plane * g.OH * g.OW;
            for (int oh = 0; oh < g.OH; oh++)
            {
                int top = oh * w.StrideH - w.PadTop;
                (int kh0, int kh1) = Inside(top, w.KH, w.DilationH, g.H);
                for (int ow = 0; ow < g.OW; ow++)
                {
                    int left = ow * w.StrideW - w.PadLeft;
                    (int kw0, int kw1) = Inside(left, w.KW, w.DilationW, g.W);
                    float sum = 0f;
                    for (int kh = kh0; kh < kh1; kh++)
                    {
                        float* row = x + (top + kh * w.DilationH) * g.W + left, end = row + kw1 * w.DilationW;
                        float line = 0f;
                        for (float* at = row + kw0 * w.DilationW; at < end; at += w.DilationW) line += *at;

                        // Row by row: one running sum over a whole plane of 112 x 112 would be 3e-6 off.
                        sum += line;
                    }

                    *y++ = sum / Math.Max(1, g.Divisor(oh, ow));
                }
            }
        });
        Commit(outputs, output);
    }

    /// <inheritdoc/>
    public void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        PoolGeometry g = geometry;
        Window w = g.Window;
        float* signals = Rows(0, outputSignal), results = RowsFor(1, inputSignal);
        For(g.N * g.C, plane =>
        {
            float* above = signals + (long)plane * g.OH * g.OW, below = results + (long)plane * g.H * g.W;
            new Span<float>(below, g.H * g.W).Clear();
            for (int oh = 0; oh < g.OH; oh++)
            {
                int top = oh * w.StrideH - w.PadTop;
                (int kh0, int kh1) = Inside(top, w.KH, w.DilationH, g.H);
                for (int ow = 0; ow < g.OW; ow++)
                {
                    int left = ow * w.StrideW - w.PadLeft;
                    (int kw0, int kw1) = Inside(left, w.KW, w.DilationW, g.W);
                    float share = *above++ / Math.Max(1, g.Divisor(oh, ow));
                    for (int kh = kh0; kh < kh1; kh++)
                    {
                        float* row = below + (top + kh * w.DilationH) * g.W + left, end = row + kw1 * w.DilationW;
                        for (float* at = row + kw0 * w.DilationW; at < end; at += w.DilationW) *at += share;
                    }
                }
            }
        });
        Commit(results, inputSignal);
    }
}
