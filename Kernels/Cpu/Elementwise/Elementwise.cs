using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// Elementwise on the numbers in their stored layout. Lanes past the last channel are computed too, and mean nothing. The
// functions of the networks that are used most go eight numbers at a time, the last few as well, so that a number's result
// does not depend on where it lies.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void ElementwiseForward(ElementFunction f, DeviceTensor input, DeviceTensor output) =>
        Elementwise(f, LayoutOf(output).Stored, Pointer(input), null, Pointer(output));

    /// <inheritdoc/>
    public void ElementwiseBackward(ElementFunction f, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        long kept = LayoutOf(input).Stored;
        for (long first = 0; first < LayoutOf(inputSignal).Stored; first += kept)
            Elementwise(f, kept, Pointer(input), Pointer(outputSignal) + first, Pointer(inputSignal) + first);
    }

    /// <summary>f(x), or with a signal above the signal below.</summary>
    private void Elementwise(ElementFunction f, long count, float* input, float* above, float* output)
    {
        switch (f.Kind)
        {
            case FunctionKind.Sigmoid: Run(new SigmoidVectors()); break;
            case FunctionKind.Swish: Run(new SwishVectors(f.Alpha)); break;
            case FunctionKind.HardSigmoid: Run(new HardSigmoidVectors(f.Alpha, f.Beta)); break;
            case FunctionKind.HardSwish: Run(new HardSwishVectors()); break;
            case FunctionKind.Exp: Run(new ExpVectors()); break;
            default:
                if (above == null)
                {
                    var forward = new FunctionRange(f, input, output);
                    ForRanges(count, ref forward);
                }
                else
                {
                    var backward = new DerivativeRange(f, input, above, output);
                    ForRanges(count, ref backward);
                }

                break;
        }

        void Run<TFunction>(TFunction function)
            where TFunction : struct, IVectorFunction
        {
            var range = new VectorRange<TFunction>(function, input, above, output);
            ForRanges(count, ref range);
        }
    }

    private readonly struct FunctionRange(ElementFunction f, float* input, float* output) : IRange
    {
        public void Run(int start, int length)
        {
            for (int i = start; i < start + length; i++) output[i] = f.Value(input[i]);
        }
    }

    private readonly struct DerivativeRange(ElementFunction f, float* input, float* above, float* below) : IRange
    {
        public void Run(int start, int length)
        {
            for (int i = start; i < start + length; i++) below[i] = above[i] * f.Derivative(input[i]);
        }
    }

    private readonly struct VectorRange<TFunction>(TFunction function, float* input, float* above, float* output) : IRange
        where TFunction : struct, IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int start, int length)
        {
            int i = start, end = start + length;
            if (above == null)
            {
                for (; i + 8 <= end; i += 8) function.Value(Vector256.Load(input + i)).Store(output + i);
            }
            else
            {
                for (; i + 8 <= end; i += 8)
                    (Vector256.Load(above + i) * function.Slope(Vector256.Load(input + i))).Store(output + i);
            }

            if (i == end) return;
            float* x = stackalloc float[8], y = stackalloc float[8];
            for (int k = 0; k < end - i; k++) (x[k], y[k]) = (input[i + k], above == null ? 0 : above[i + k]);
            (above == null ? function.Value(Vector256.Load(x)) : Vector256.Load(y) * function.Slope(Vector256.Load(x))).Store(y);
            for (int k = 0; k < end - i; k++) output[i + k] = y[k];
        }
    }

    /// <summary>
    /// A function and its derivative, eight numbers at a time, by the formulas of <see cref="ElementFunction"/>.
    /// </summary>
    private interface IVectorFunction
    {
        /// <summary>f(x).</summary>
        Vector256<float> Value(Vector256<float> x);

        /// <summary>f'(x).</summary>
        Vector256<float> Slope(Vector256<float> x);
    }

    private readonly struct SigmoidVectors : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Value(Vector256<float> x)
        {
            Vector256<float> e = Vector256.Exp(-Vector256.Abs(x)), one = Vector256<float>.One;
            return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), e, one) / (one + e);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Slope(Vector256<float> x)
        {
            Vector256<float> e = Vector256.Exp(-Vector256.Abs(x)), sum = Vector256<float>.One + e;
            return e / (sum * sum);
        }
    }

    private readonly struct SwishVectors(float alpha) : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Value(Vector256<float> x) => x * default(SigmoidVectors).Value(Vector256.Create(alpha) * x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Slope(Vector256<float> x)
        {
            Vector256<float> scaled = Vector256.Create(alpha) * x;
            return default(SigmoidVectors).Value(scaled) + scaled * default(SigmoidVectors).Slope(scaled);
        }
    }

    private readonly struct HardSigmoidVectors(float alpha, float beta) : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Value(Vector256<float> x) =>
            Vector256.Min(Vector256.Max(Line(x), Vector256<float>.Zero), Vector256<float>.One);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Slope(Vector256<float> x)
        {
            Vector256<float> line = Line(x);
            return Vector256.Create(alpha) & Vector256.GreaterThan(line, Vector256<float>.Zero)
                & Vector256.LessThan(line, Vector256<float>.One);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Line(Vector256<float> x) => Vector256.Create(alpha) * x + Vector256.Create(beta);
    }

    private readonly struct HardSwishVectors : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Value(Vector256<float> x) => x * Vector256.Min(
            Vector256.Max(x / Vector256.Create(6f) + Vector256.Create(0.5f), Vector256<float>.Zero), Vector256<float>.One);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Slope(Vector256<float> x)
        {
            Vector256<float> line = x / Vector256.Create(3f) + Vector256.Create(0.5f);
            Vector256<float> above = Vector256.GreaterThanOrEqual(x, Vector256.Create(3f));
            return Vector256.AndNot(Vector256.ConditionalSelect(above, Vector256<float>.One, line),
                Vector256.LessThanOrEqual(x, Vector256.Create(-3f)));
        }
    }

    private readonly struct ExpVectors : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Value(Vector256<float> x) => Vector256.Exp(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Slope(Vector256<float> x) => Vector256.Exp(x);
    }
}
