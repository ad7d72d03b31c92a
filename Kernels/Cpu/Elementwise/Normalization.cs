using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// By channel on blocks of channels as they lie, sixteen channels side by side; any other parts on row-major copies. Sums run over
// short strips in float32 and over the strips in double, so that large planes lose no digits.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void NormalizationForward(int parts, float epsilon, DeviceTensor input, DeviceTensor output)
    {
        Layout layout = LayoutOf(input);
        if (layout.IsBlocked && parts == layout.Channels)
        {
            var job = new LaneNormalizationJob(layout, epsilon, Pointer(input), Pointer(output));
            For(layout.Images * layout.Blocks, ref job);
            return;
        }

        float* x = Rows(0, input), y = RowsFor(1, output);
        var rows = new NormalizationJob(checked((int)(input.Shape.CountPerImage / parts)), epsilon, x, y);
        For(input.Shape.N * parts, ref rows);
        Commit(y, output);
    }

    /// <inheritdoc/>
    public void NormalizationBackward(int parts, float epsilon, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        Layout layout = LayoutOf(input);
        if (layout.IsBlocked && parts == layout.Channels)
        {
            var job = new LaneNormalizationBackwardJob(layout, epsilon, Pointer(input), Pointer(outputSignal), Pointer(inputSignal));
            For(LayoutOf(inputSignal).Images * layout.Blocks, ref job);
            return;
        }

        float* x = Rows(0, input), above = Rows(1, outputSignal), below = RowsFor(2, inputSignal);
        var rows = new NormalizationBackwardJob(checked((int)(input.Shape.CountPerImage / parts)), input.Shape.N * parts, epsilon, x,
            above, below);
        For(inputSignal.Shape.N * parts, ref rows);
        Commit(below, inputSignal);
    }

    /// <summary>A part's y = Scale (x - Shift) - Rest: the mean in two float32, so that subtracting it loses nothing.</summary>
    private readonly struct PartMoments
    {
        public PartMoments(ReadOnlySpan<float> x, float epsilon)
        {
            // Sums of what lies apart from the first element: small where all numbers are large.
            double mean = 0, squares = 0;
            Span<float> apart = stackalloc float[Strip];
            for (int i = 0; i < x.Length; i += Strip)
            {
                Span<float> d = apart[..Math.Min(Strip, x.Length - i)];
                TensorPrimitives.Subtract(x.Slice(i, d.Length), x[0], d);
                mean += TensorPrimitives.Sum<float>(d);
            }

            mean = x[0] + mean / x.Length;
            Shift = (float)mean;
            for (int i = 0; i < x.Length; i += Strip)
            {
                Span<float> d = apart[..Math.Min(Strip, x.Length - i)];
                TensorPrimitives.Subtract(x.Slice(i, d.Length), Shift, d);
                squares += TensorPrimitives.SumOfSquares<float>(d);
            }

            double scale = 1 / Math.Sqrt(Math.Max(0, squares / x.Length - (mean - Shift) * (mean - Shift)) + epsilon);
            (Scale, Rest) = ((float)scale, (float)((mean - Shift) * scale));
        }

        public const int Strip = 256;

        public float Shift { get; }

        public float Scale { get; }

        public float Rest { get; }

        public void Normalize(ReadOnlySpan<float> x, Span<float> y)
        {
            TensorPrimitives.Subtract(x, Shift, y);
            TensorPrimitives.Multiply(y, Scale, y);
            if (Rest != 0) TensorPrimitives.Subtract(y, Rest, y);
        }
    }

    private readonly struct NormalizationJob(int length, float epsilon, float* input, float* output) : IJob
    {
        public void Run(int index, int worker)
        {
            ReadOnlySpan<float> x = new(input + (long)index * length, length);
            new PartMoments(x, epsilon).Normalize(x, new Span<float>(output + (long)index * length, length));
        }
    }

    private readonly struct NormalizationBackwardJob(int length, int kept, float epsilon, float* input, float* above, float* below)
        : IJob
    {
        public void Run(int index, int worker)
        {
            ReadOnlySpan<float> x = new(input + (long)(index % kept) * length, length), r = new(above + (long)index * length, length);
            Span<float> s = new(below + (long)index * length, length), y = stackalloc float[PartMoments.Strip];
            var moments = new PartMoments(x, epsilon);
            double sum = 0, product = 0;
            for (int i = 0; i < length; i += PartMoments.Strip)
            {
                Span<float> part = y[..Math.Min(PartMoments.Strip, length - i)];
                ReadOnlySpan<float> signal = r.Slice(i, part.Length);
                moments.Normalize(x.Slice(i, part.Length), part);
                sum += TensorPrimitives.Sum(signal);
                product += TensorPrimitives.Dot(signal, part);
            }

            (float mean, float slope) = ((float)(sum / length), (float)(product / length));
            for (int i = 0; i < length; i += PartMoments.Strip)
            {
                Span<float> part = y[..Math.Min(PartMoments.Strip, length - i)], result = s.Slice(i, part.Length);
                moments.Normalize(x.Slice(i, part.Length), part);
                TensorPrimitives.Multiply(part, slope, part);
                TensorPrimitives.Subtract(r.Slice(i, part.Length), mean, result);
                TensorPrimitives.Subtract(result, part, result);
                TensorPrimitives.Multiply(result, moments.Scale, result);
            }
        }
    }

    /// <summary>Mean and scale of sixteen channels, one a lane.</summary>
    private readonly struct LaneMoments
    {
        private const int Strip = 64;

        public LaneMoments(float* x, int area, float epsilon)
        {
            Span<double> mean = stackalloc double[Layout.Lanes], squares = stackalloc double[Layout.Lanes];
            Span<float> shift = stackalloc float[Layout.Lanes], scale = stackalloc float[Layout.Lanes];
            Span<float> rest = stackalloc float[Layout.Lanes];
            mean.Clear();
            squares.Clear();

            // Sums of what lies apart from the first place: small where all numbers are large.
            Vector512<float> first = Vector512.Load(x);
            for (int start = 0; start < area; start += Strip)
            {
                Vector512<float> sum = Vector512<float>.Zero;
                for (int place = start; place < Math.Min(area, start + Strip); place++)
                    sum += Vector512.Load(x + (long)place * Layout.Lanes) - first;
                Add(sum, mean);
            }

            for (int lane = 0; lane < Layout.Lanes; lane++)
            {
                mean[lane] = first[lane] + mean[lane] / area;
                shift[lane] = (float)mean[lane];
            }

            Shift = Vector512.Create<float>(shift);
            for (int start = 0; start < area; start += Strip)
            {
                Vector512<float> sum = Vector512<float>.Zero;
                for (int place = start; place < Math.Min(area, start + Strip); place++)
                {
                    Vector512<float> apart = Vector512.Load(x + (long)place * Layout.Lanes) - Shift;
                    sum += apart * apart;
                }

                Add(sum, squares);
            }

            for (int lane = 0; lane < Layout.Lanes; lane++)
            {
                double left = mean[lane] - shift[lane];
                double factor = 1 / Math.Sqrt(Math.Max(0, squares[lane] / area - left * left) + epsilon);
                (scale[lane], rest[lane]) = ((float)factor, (float)(left * factor));
            }

            (Scale, Rest) = (Vector512.Create<float>(scale), Vector512.Create<float>(rest));
        }

        public Vector512<float> Shift { get; }

        public Vector512<float> Scale { get; }

        public Vector512<float> Rest { get; }

        /// <summary>y at a place.</summary>
        public Vector512<float> At(float* x, int place) =>
            (Vector512.Load(x + (long)place * Layout.Lanes) - Shift) * Scale - Rest;

        /// <summary>The means of a signal and of its product with y.</summary>
        public (Vector512<float> Signal, Vector512<float> Product) Means(float* x, float* r, int area)
        {
            Span<double> signal = stackalloc double[Layout.Lanes], product = stackalloc double[Layout.Lanes];
            Span<float> mean = stackalloc float[Layout.Lanes], slope = stackalloc float[Layout.Lanes];
            signal.Clear();
            product.Clear();
            for (int start = 0; start < area; start += Strip)
            {
                Vector512<float> sum = Vector512<float>.Zero, products = Vector512<float>.Zero;
                for (int place = start; place < Math.Min(area, start + Strip); place++)
                {
                    Vector512<float> above = Vector512.Load(r + (long)place * Layout.Lanes);
                    sum += above;
                    products += above * At(x, place);
                }

                Add(sum, signal);
                Add(products, product);
            }

            for (int lane = 0; lane < Layout.Lanes; lane++)
                (mean[lane], slope[lane]) = ((float)(signal[lane] / area), (float)(product[lane] / area));
            return (Vector512.Create<float>(mean), Vector512.Create<float>(slope));
        }

        private static void Add(Vector512<float> strip, Span<double> sums)
        {
            for (int lane = 0; lane < Layout.Lanes; lane++) sums[lane] += strip[lane];
        }
    }

    private readonly struct LaneNormalizationJob(Layout layout, float epsilon, float* input, float* output) : IJob
    {
        public void Run(int index, int worker)
        {
            float* x = input + index * layout.BlockFloats, y = output + index * layout.BlockFloats;
            var moments = new LaneMoments(x, layout.Area, epsilon);
            for (int place = 0; place < layout.Area; place++) moments.At(x, place).Store(y + (long)place * Layout.Lanes);
        }
    }

    private readonly struct LaneNormalizationBackwardJob(Layout layout, float epsilon, float* input, float* above, float* below) : IJob
    {
        public void Run(int index, int worker)
        {
            float* x = input + index % (layout.Images * layout.Blocks) * layout.BlockFloats;
            float* r = above + index * layout.BlockFloats, s = below + index * layout.BlockFloats;
            var moments = new LaneMoments(x, layout.Area, epsilon);
            (Vector512<float> mean, Vector512<float> slope) = moments.Means(x, r, layout.Area);
            for (int place = 0; place < layout.Area; place++)
            {
                Vector512<float> signal = Vector512.Load(r + (long)place * Layout.Lanes);
                ((signal - mean - moments.At(x, place) * slope) * moments.Scale).Store(s + (long)place * Layout.Lanes);
            }
        }
    }
}
