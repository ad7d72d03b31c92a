using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// Sums run in float32 within some places of a plane and in double over them (Moments.cs); squares are taken about a pilot, the
// first plane's mean, so that nothing cancels where a channel's mean is far from 0. A tensor of another rank than 4 is
// brought into channel blocks and back.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void BatchNormalizationForward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor shift,
        DeviceTensor output, DeviceTensor mean, DeviceTensor variance)
    {
        Layout layout = Layout.OfChannels(input.Shape);
        float* x = Blocks(0, input, layout), y = BlocksFor(1, output, layout);
        Moments moments = MomentsOf(layout);
        int width = layout.Blocks * Layout.Lanes;
        float* pilot = moments.Numbers, factors = pilot + width, means = factors + width, shifts = means + width;
        new Span<float>(pilot, width).Clear();
        Sum(layout with { Images = 1 }, x, pilot, x, pilot, moments);
        for (int c = 0; c < layout.Channels; c++) pilot[c] = (float)(moments.FirstOf(c, images: 1) / layout.Area);

        Sum(layout, x, pilot, x, pilot, moments);
        double count = (double)layout.Images * layout.Area;
        for (int c = 0; c < layout.Channels; c++)
        {
            double off = moments.FirstOf(c, layout.Images) / count;
            double m = pilot[c] + off, v = Math.Max(0, moments.SecondOf(c, layout.Images) / count - off * off);
            (Pointer(mean)[c], Pointer(variance)[c]) = ((float)m, (float)v);
            double factor = Pointer(scale)[c] / Math.Sqrt(v + epsilon);

            // What rounding took from the mean goes into the shift: at mean 100 and deviation 0.1 it is 4e-5 of a deviation.
            double shifted = Pointer(shift)[c] + ((float)m - m) * factor;
            (factors[c], means[c], shifts[c]) = ((float)factor, (float)m, (float)shifted);
        }

        var range = new LineRange(x, factors, means, shifts, y);
        ForBlocks(layout, ref range);
        CommitBlocks(y, output, layout);
    }

    /// <inheritdoc/>
    public void BatchNormalizationBackward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor mean,
        DeviceTensor variance, DeviceTensor outputSignal, DeviceTensor inputSignal, DeviceTensor scaleSignal,
        DeviceTensor shiftSignal)
    {
        Layout layout = Layout.OfChannels(input.Shape);
        float* x = Blocks(0, input, layout), above = Blocks(1, outputSignal, layout), below = BlocksFor(2, inputSignal, layout);
        Moments moments = MomentsOf(layout);
        int width = layout.Blocks * Layout.Lanes;
        float* none = moments.Numbers, means = none + width, a = means + width, b = a + width, d = b + width;
        new Span<float>(none, width).Clear();
        new ReadOnlySpan<float>(Pointer(mean), layout.Channels).CopyTo(new Span<float>(means, width));
        Sum(layout, above, none, x, means, moments);
        double count = (double)layout.Images * layout.Area;
        for (int c = 0; c < layout.Channels; c++)
        {
            double inverse = 1 / Math.Sqrt(Pointer(variance)[c] + (double)epsilon);
            double sum = moments.FirstOf(c, layout.Images), product = moments.SecondOf(c, layout.Images) * inverse;
            (Pointer(shiftSignal)[c], Pointer(scaleSignal)[c]) = ((float)sum, (float)product);

            // r = a R - b (x - m) - d, the equation of IKernels with its constants drawn together.
            double factor = Pointer(scale)[c] * inverse;
            (a[c], b[c], d[c]) = ((float)factor, (float)(factor * inverse * product / count), (float)(factor * sum / count));
        }

        var range = new NormalizedRange(above, a, x, means, b, d, below);
        ForBlocks(layout, ref range);
        CommitBlocks(below, inputSignal, layout);
    }

    /// <summary>y = (x - mean) factor + shift.</summary>
    private readonly struct LineRange(float* input, float* factor, float* mean, float* shift, float* output) : IBlockRange
    {
        public void Run(int block, long start, int places)
        {
            for (int half = 0; half < Layout.Lanes; half += 8)
            {
                int c = block * Layout.Lanes + half;
                Vector256<float> f = Vector256.Load(factor + c), m = Vector256.Load(mean + c), s = Vector256.Load(shift + c);
                float* x = input + start + half, y = output + start + half;
                for (int i = 0; i < places; i++, x += Layout.Lanes, y += Layout.Lanes)
                    ((Vector256.Load(x) - m) * f + s).Store(y);
            }
        }
    }

    /// <summary>r = a R - b (x - mean) - d.</summary>
    private readonly struct NormalizedRange(float* above, float* a, float* input, float* mean, float* b, float* d, float* below)
        : IBlockRange
    {
        public void Run(int block, long start, int places)
        {
            for (int half = 0; half < Layout.Lanes; half += 8)
            {
                int c = block * Layout.Lanes + half;
                Vector256<float> va = Vector256.Load(a + c), vm = Vector256.Load(mean + c), vb = Vector256.Load(b + c),
                    vd = Vector256.Load(d + c);
                float* signal = above + start + half, x = input + start + half, r = below + start + half;
                for (int i = 0; i < places; i++, signal += Layout.Lanes, x += Layout.Lanes, r += Layout.Lanes)
                    (Vector256.Load(signal) * va - (Vector256.Load(x) - vm) * vb - vd).Store(r);
            }
        }
    }
}
