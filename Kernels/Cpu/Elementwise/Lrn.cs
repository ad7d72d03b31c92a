using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// A pixel's channels are copied into one line with zeros on both sides; the window's sum is then a sum of the line's vectors
// at neighbouring offsets. Some pixels are taken at a time, each with its own line.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output)
    {
        var job = new LrnJob(parameters, this, LayoutOf(output), Pointer(input), Pointer(output));
        For(job.Lines.Pieces, ref job);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// r_j = R_j s_j^-beta - 2 alpha beta / size x_j sum over the c whose window holds j of R_c x_c s_c^(-beta-1).
    /// </remarks>
    public void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        var job = new LrnBackwardJob(parameters, this, LayoutOf(input), LayoutOf(inputSignal), Pointer(input),
            Pointer(outputSignal), Pointer(inputSignal));
        For(job.Lines.Pieces, ref job);
    }

    /// <summary>x^-beta.</summary>
    private static void InversePower(Span<float> x, float beta)
    {
        if (beta != 0.75f)
        {
            TensorPrimitives.Pow(x, -beta, x);
            return;
        }

        // The usual exponent: four correctly rounded operations instead of a logarithm and an exponential.
        fixed (float* s = x)
        {
            for (int i = 0; i < x.Length; i += Layout.Lanes)
            for (int half = i; half < i + Layout.Lanes; half += 8)
            {
                Vector256<float> root = Vector256.Sqrt(Vector256.Load(s + half));
                (Vector256<float>.One / (root * Vector256.Sqrt(root))).Store(s + half);
            }
        }
    }

    /// <summary>Some pixels of an image, and their lines: [pixel][zeros, channels, zeros].</summary>
    private readonly struct LrnLines
    {
        private const int Strip = 16;

        private readonly Layout _layout;

        public LrnLines(in LrnParameters p, in Layout layout)
        {
            _layout = layout;

            // A file may claim any size: what lies past the channels is 0 anyhow.
            (Before, After) = (Math.Min(p.Before, layout.Channels), Math.Min(p.After, layout.Channels));
            Channels = layout.Blocks * Layout.Lanes;
            Margin = Math.Max(Before, After);
            Stride = Channels + 2 * Margin;
        }

        public int Before { get; }

        public int After { get; }

        /// <summary>Channels in whole blocks.</summary>
        public int Channels { get; }

        /// <summary>Zeros on either side of a line.</summary>
        public int Margin { get; }

        /// <summary>Floats of a line.</summary>
        public int Stride { get; }

        /// <summary>Floats of one line a pixel.</summary>
        public long Floats => (long)Strip * Stride;

        /// <summary>Floats of one number for each channel of a pixel.</summary>
        public long ChannelFloats => (long)Strip * Channels;

        private int Strips => (_layout.Area + Strip - 1) / Strip;

        public int Pieces => _layout.Images * Strips;

        public (int Image, int First, int Count) PixelsOf(int piece)
        {
            (int image, int strip) = Math.DivRem(piece, Strips);
            return (image, strip * Strip, Math.Min(Strip, _layout.Area - strip * Strip));
        }

        /// <summary>Where a pixel's block lies, from the image's first pixel on.</summary>
        public long At(int block, int pixel) => block * _layout.BlockFloats + (long)pixel * Layout.Lanes;

        /// <summary>Lanes of a block that are channels, as a mask of eight lanes.</summary>
        public Vector256<float> Valid(int block, int half) =>
            Vector256.LessThan(Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7) + Vector256.Create(half),
                Vector256.Create(_layout.ChannelsOf(block))).AsSingle();

        /// <summary>Zeros on both sides of some lines.</summary>
        public void ClearMargins(float* lines, int count)
        {
            for (int i = 0; i < count; i++, lines += Stride)
            {
                new Span<float>(lines, Margin).Clear();
                new Span<float>(lines + Margin + Channels, Margin).Clear();
            }
        }

        /// <summary>s_c = bias + alpha / size * sum of x_j^2 over the window of c, [pixel][channels].</summary>
        public void Scale(in LrnParameters p, float* image, int first, int count, float* lines, float* scale)
        {
            ClearMargins(lines, count);
            for (int block = 0; block < _layout.Blocks; block++)
            for (int half = 0; half < Layout.Lanes; half += 8)
            {
                Vector256<float> valid = Valid(block, half);
                float* x = image + At(block, first) + half, square = lines + Margin + block * Layout.Lanes + half;
                for (int i = 0; i < count; i++, x += Layout.Lanes, square += Stride)
                {
                    Vector256<float> value = Vector256.Load(x) & valid;
                    (value * value).Store(square);
                }
            }

            Vector256<float> factor = Vector256.Create(p.Alpha / p.Size), bias = Vector256.Create(p.Bias);
            for (int i = 0; i < count; i++)
            for (int c = 0; c < Channels; c += 8, scale += 8)
                (Window(lines + i * Stride + c, Before, After) * factor + bias).Store(scale);
        }

        /// <summary>The sums of a line's numbers from before each of eight channels to after it.</summary>
        public Vector256<float> Window(float* line, int before, int after)
        {
            Vector256<float> sum = default;
            for (float* j = line + Margin - before; j <= line + Margin + after; j++) sum += Vector256.Load(j);
            return sum;
        }
    }

    private readonly struct LrnJob(LrnParameters p, CpuKernels kernels, Layout layout, float* input, float* output) : IJob
    {
        public LrnLines Lines { get; } = new(p, layout);

        public void Run(int index, int worker)
        {
            (int image, int first, int count) = Lines.PixelsOf(index);
            float* lines = kernels.Scratch(worker, Lines.Floats + Lines.ChannelFloats), power = lines + Lines.Floats;
            float* x = input + image * layout.ImageFloats, y = output + image * layout.ImageFloats;
            Lines.Scale(p, x, first, count, lines, power);
            InversePower(new Span<float>(power, count * Lines.Channels), p.Beta);
            for (int block = 0; block < layout.Blocks; block++)
            for (int i = 0; i < count; i++)
            {
                long at = Lines.At(block, first + i);
                float* t = power + i * Lines.Channels + block * Layout.Lanes;
                (Vector256.Load(x + at) * Vector256.Load(t)).Store(y + at);
                (Vector256.Load(x + at + 8) * Vector256.Load(t + 8)).Store(y + at + 8);
            }
        }
    }

    private readonly struct LrnBackwardJob(LrnParameters p, CpuKernels kernels, Layout kept, Layout layout, float* input,
        float* above, float* below) : IJob
    {
        public LrnLines Lines { get; } = new(p, layout);

        public void Run(int index, int worker)
        {
            (int image, int first, int count) = Lines.PixelsOf(index);
            float* lines = kernels.Scratch(worker, Lines.Floats + 2 * Lines.ChannelFloats);
            float* scale = lines + Lines.Floats, power = scale + Lines.ChannelFloats;
            float* x = input + image % kept.Images * layout.ImageFloats;
            float* signal = above + image * layout.ImageFloats, result = below + image * layout.ImageFloats;
            Lines.Scale(p, x, first, count, lines, scale);
            int numbers = count * Lines.Channels;
            new ReadOnlySpan<float>(scale, numbers).CopyTo(new Span<float>(power, numbers));
            InversePower(new Span<float>(power, numbers), p.Beta);

            // The lines now take R_c x_c s_c^(-beta-1), and power the direct term.
            for (int block = 0; block < layout.Blocks; block++)
            for (int half = 0; half < Layout.Lanes; half += 8)
            {
                Vector256<float> valid = Lines.Valid(block, half);
                for (int i = 0; i < count; i++)
                {
                    long at = Lines.At(block, first + i) + half;
                    int c = block * Layout.Lanes + half;
                    float* t = power + i * Lines.Channels + c;
                    Vector256<float> direct = Vector256.Load(signal + at) * Vector256.Load(t);
                    direct.Store(t);
                    Vector256<float> cross = direct / Vector256.Load(scale + i * Lines.Channels + c) * Vector256.Load(x + at);
                    (cross & valid).Store(lines + i * Lines.Stride + Lines.Margin + c);
                }
            }

            var factor = Vector256.Create(-2f * p.Alpha * p.Beta / p.Size);
            for (int block = 0; block < layout.Blocks; block++)
            for (int i = 0; i < count; i++)
            for (int half = 0; half < Layout.Lanes; half += 8)
            {
                long at = Lines.At(block, first + i) + half;
                int c = block * Layout.Lanes + half;
                Vector256<float> cross = Lines.Window(lines + i * Lines.Stride + c, Lines.After, Lines.Before) * factor;
                (cross * Vector256.Load(x + at) + Vector256.Load(power + i * Lines.Channels + c)).Store(result + at);
            }
        }
    }
}
