using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// A place of either plane in sixteen channels is two vectors of eight lanes.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output)
    {
        var job = new AveragePoolJob(geometry, Pointer(input), Pointer(output), LayoutOf(output));
        For(job.Pieces, ref job);
    }

    /// <inheritdoc/>
    public void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        var job = new AverageUnpoolJob(geometry, Pointer(outputSignal), LayoutOf(outputSignal), Pointer(inputSignal));
        For(job.Pieces, ref job);
    }

    /// <summary>One row of the output in one block of channels.</summary>
    private readonly struct AveragePoolJob(PoolGeometry g, float* input, float* output, Layout layout) : IJob
    {
        public int Pieces => layout.Images * layout.Blocks * layout.Height;

        public void Run(int index, int worker)
        {
            Window w = g.Window;
            (int block, int oh) = Math.DivRem(index, layout.Height);
            float* plane = input + (long)block * g.H * g.W * Layout.Lanes;
            float* y = output + (long)index * layout.Width * Layout.Lanes;
            int top = oh * w.StrideH - w.PadTop;
            (int kh0, int kh1) = Inside(top, w.KH, w.DilationH, g.H);
            for (int ow = 0; ow < layout.Width; ow++, y += Layout.Lanes)
            {
                int left = ow * w.StrideW - w.PadLeft;
                (int kw0, int kw1) = Inside(left, w.KW, w.DilationW, g.W);
                Vector256<float> low = default, high = default;
                for (int kh = kh0; kh < kh1; kh++)
                {
                    float* x = plane + ((long)(top + kh * w.DilationH) * g.W + left + kw0 * w.DilationW) * Layout.Lanes;
                    Vector256<float> rowLow = default, rowHigh = default;
                    for (int kw = kw0; kw < kw1; kw++, x += w.DilationW * Layout.Lanes)
                    {
                        rowLow += Vector256.Load(x);
                        rowHigh += Vector256.Load(x + 8);
                    }

                    // Row by row: one running sum over a whole plane of 112 x 112 would be 3e-6 off.
                    low += rowLow;
                    high += rowHigh;
                }

                var divisor = Vector256.Create((float)Math.Max(1, g.Divisor(oh, ow)));
                (low / divisor).Store(y);
                (high / divisor).Store(y + 8);
            }
        }
    }

    /// <summary>One block of channels of one image: each signal's share is added over its window.</summary>
    private readonly struct AverageUnpoolJob(PoolGeometry g, float* above, Layout layout, float* below) : IJob
    {
        public int Pieces => layout.Images * layout.Blocks;

        public void Run(int index, int worker)
        {
            Window w = g.Window;
            float* signal = above + index * layout.BlockFloats, plane = below + (long)index * g.H * g.W * Layout.Lanes;
            new Span<float>(plane, g.H * g.W * Layout.Lanes).Clear();
            for (int oh = 0; oh < layout.Height; oh++)
            {
                int top = oh * w.StrideH - w.PadTop;
                (int kh0, int kh1) = Inside(top, w.KH, w.DilationH, g.H);
                for (int ow = 0; ow < layout.Width; ow++, signal += Layout.Lanes)
                {
                    int left = ow * w.StrideW - w.PadLeft;
                    (int kw0, int kw1) = Inside(left, w.KW, w.DilationW, g.W);
                    var divisor = Vector256.Create((float)Math.Max(1, g.Divisor(oh, ow)));
                    Vector256<float> low = Vector256.Load(signal) / divisor, high = Vector256.Load(signal + 8) / divisor;
                    for (int kh = kh0; kh < kh1; kh++)
                    {
                        float* r = plane + ((long)(top + kh * w.DilationH) * g.W + left + kw0 * w.DilationW) * Layout.Lanes;
                        for (int kw = kw0; kw < kw1; kw++, r += w.DilationW * Layout.Lanes)
                        {
                            (Vector256.Load(r) + low).Store(r);
                            (Vector256.Load(r + 8) + high).Store(r + 8);
                        }
                    }
                }
            }
        }
    }
}
