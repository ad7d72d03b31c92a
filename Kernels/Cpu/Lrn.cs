using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <summary>Pixels of a plane that one job takes through all channels.</summary>
    private const int LrnStrip = 256;

    /// <inheritdoc/>
    public void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output)
    {
        LrnParameters p = parameters;
        Shape shape = input.Shape;
        float* inputs = Rows(0, input), outputs = RowsFor(1, output);
        ForStrips(shape, (start, count, plane) =>
        {
            Span<float> scale = stackalloc float[LrnStrip];
            for (int c = 0; c < shape.C; c++)
            {
                Span<float> s = scale[..count];
                LrnScale(p, inputs + start, shape.C, c, plane, s);
                TensorPrimitives.Pow(s, -p.Beta, s);
                TensorPrimitives.Multiply(new ReadOnlySpan<float>(inputs + start + (long)c * plane, count), s,
                    new Span<float>(outputs + start + (long)c * plane, count));
            }
        });
        Commit(outputs, output);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// r_j = R_j s_j^-beta - 2 alpha beta / size x_j sum over the c whose window holds j of R_c x_c s_c^(-beta-1).
    /// </remarks>
    public void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        LrnParameters p = parameters;
        Shape shape = inputSignal.Shape;
        long kept = input.Shape.Count;
        float factor = -2f * p.Alpha * p.Beta / p.Size;
        float* inputs = Rows(0, input), signals = Rows(1, outputSignal), results = RowsFor(2, inputSignal);
        ForStrips(shape, (start, count, plane) =>
        {
            float* strip = inputs + start % kept;
            // [C, count]: R_c x_c s_c^(-beta-1); the direct term waits in the output.
            var cross = new float[shape.C * count];
            Span<float> scale = stackalloc float[LrnStrip];
            Span<float> power = stackalloc float[LrnStrip];
            for (int c = 0; c < shape.C; c++)
            {
                Span<float> s = scale[..count], t = power[..count], term = cross.AsSpan(c * count, count);
                var x = new ReadOnlySpan<float>(strip + (long)c * plane, count);
                var above = new ReadOnlySpan<float>(signals + start + (long)c * plane, count);
                LrnScale(p, strip, shape.C, c, plane, s);
                TensorPrimitives.Pow(s, -p.Beta, t);
                TensorPrimitives.Multiply(above, t, t);
                t.CopyTo(new Span<float>(results + start + (long)c * plane, count));
                TensorPrimitives.Divide(t, s, t);
                TensorPrimitives.Multiply(t, x, term);
            }

            for (int j = 0; j < shape.C; j++)
            {
                Span<float> sum = scale[..count];
                sum.Clear();
                for (int c = Math.Max(0, j - p.After); c <= Math.Min(shape.C - 1, j + p.Before); c++)
                    TensorPrimitives.Add(sum, cross.AsSpan(c * count, count), sum);
                TensorPrimitives.Multiply(sum, factor, sum);
                var below = new Span<float>(results + start + (long)j * plane, count);
                TensorPrimitives.MultiplyAdd(sum, new ReadOnlySpan<float>(strip + (long)j * plane, count),
                    below, below);
            }
        });
        Commit(results, inputSignal);
    }

    /// <summary>s_c = bias + alpha / size * sum of x_j^2 over the window of c, for a strip of pixels.</summary>
    private static void LrnScale(in LrnParameters p, float* x, int channels, int c, int plane, Span<float> scale)
    {
        scale.Clear();
        for (int j = Math.Max(0, c - p.Before); j <= Math.Min(channels - 1, c + p.After); j++)
        {
            var values = new ReadOnlySpan<float>(x + (long)j * plane, scale.Length);
            TensorPrimitives.MultiplyAdd(values, values, scale, scale);
        }

        TensorPrimitives.Multiply(scale, p.Alpha / p.Size, scale);
        TensorPrimitives.Add(scale, p.Bias, scale);
    }

    /// <summary>Cuts each image's plane into strips: job(offset of the strip in channel 0, pixels, plane size).</summary>
    private void ForStrips(Shape shape, Action<long, int, int> job)
    {
        int plane = shape.H * shape.W, strips = (plane + LrnStrip - 1) / LrnStrip;
        For(shape.N * strips, i =>
        {
            (int n, int strip) = Math.DivRem(i, strips);
            job((long)n * shape.C * plane + strip * LrnStrip, Math.Min(LrnStrip, plane - strip * LrnStrip), plane);
        });
    }
}
