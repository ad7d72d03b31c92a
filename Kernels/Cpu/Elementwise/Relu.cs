using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits)
    {
        var range = new ReluForwardRange(f, Pointer(input), Pointer(output), BitsOf(bits));
        ForRanges(LayoutOf(output).Stored, ref range);
    }

    /// <inheritdoc/>
    public void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits, DeviceTensor inputSignal)
    {
        long kept = ((CpuBits)bits).Layout.Stored;
        for (long first = 0; first < LayoutOf(inputSignal).Stored; first += kept)
        {
            var range = new ReluBackwardRange(f, rule, Pointer(outputSignal) + first, BitsOf(bits), Pointer(inputSignal) + first);
            ForRanges(kept, ref range);
        }
    }

    /// <summary>The bits of sixteen numbers are one ushort.</summary>
    private static ushort* BitsOf(ActiveBits bits) => ((CpuBits)bits).Bits;

    private readonly struct ReluForwardRange(Rectifier f, float* input, float* output, ushort* bits) : IRange
    {
        public void Run(int start, int length) => Rectify.Forward(f, input + start, output + start, bits + start / 16, length);
    }

    private readonly struct ReluBackwardRange(Rectifier f, ReluRule rule, float* above, ushort* bits, float* below) : IRange
    {
        public void Run(int start, int length) =>
            Rectify.Backward(f, rule, above + start, bits + start / 16, below + start, length);
    }
}

/// <summary>A rectifier and its rules along numbers that lie side by side, with one bit a number.</summary>
internal static unsafe class Rectify
{
    /// <summary>y = f(x); may be written over x.</summary>
    public static void Forward(Rectifier f, float* input, float* output, ushort* bits, int count)
    {
        var kernel = new ForwardKernel(input, output, bits, count);
        f.Visit<float, ForwardKernel>(ref kernel);
    }

    /// <summary>R_n = rule(R_{n+1}, bit); may be written over R_{n+1}.</summary>
    public static void Backward(Rectifier f, ReluRule rule, float* above, ushort* bits, float* below, int count)
    {
        var kernel = new BackwardKernel(above, bits, below, count);
        f.Visit<float, BackwardKernel>(rule, ref kernel);
    }

    private readonly struct ForwardKernel(float* input, float* output, ushort* bits, int count) : IRectifierKernel<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TF>(TF f)
            where TF : struct, IRectifier<float>
        {
            int i = 0;
            for (; i + 16 <= count; i += 16)
            {
                Vector256<float> x = Vector256.Load(input + i), x8 = Vector256.Load(input + i + 8);
                bits[i / 16] = (ushort)(f.IsActive(x).ExtractMostSignificantBits()
                    | f.IsActive(x8).ExtractMostSignificantBits() << 8);
                f.Forward(x).Store(output + i);
                f.Forward(x8).Store(output + i + 8);
            }

            if (i == count) return;
            uint last = 0;
            for (int lane = 0; i + lane < count; lane++)
            {
                float x = input[i + lane];
                last |= (f.IsActive(x) ? 1u : 0u) << lane;
                output[i + lane] = f.Forward(x);
            }

            bits[i / 16] = (ushort)last;
        }
    }

    private readonly struct BackwardKernel(float* above, ushort* bits, float* below, int count) : IRuleKernel<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TRule, TF>(TF f)
            where TRule : struct, IReluRule
            where TF : struct, IRectifier<float>
        {
            int i = 0;
            for (; i + 16 <= count; i += 16)
            {
                uint word = bits[i / 16];
                TRule.Backward(Vector256.Load(above + i), Mask(word), f).Store(below + i);
                TRule.Backward(Vector256.Load(above + i + 8), Mask(word >> 8), f).Store(below + i + 8);
            }

            for (int lane = 0; i + lane < count; lane++)
                below[i + lane] = TRule.Backward(above[i + lane], (bits[i / 16] >> lane & 1) != 0, f);
        }

        /// <summary>The lowest eight bits as all ones or all zeros in eight lanes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Mask(uint bits)
        {
            Vector256<uint> lanes = Vector256.Create(1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u);
            return Vector256.Equals(Vector256.Create(bits) & lanes, lanes).AsSingle();
        }
    }
}
