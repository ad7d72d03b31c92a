using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits)
    {
        var range = new ReluForwardRange(f, Pointer(input), Pointer(output), Words(bits));
        ForRanges(LayoutOf(output).Stored, ref range);
    }

    /// <inheritdoc/>
    public void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits, DeviceTensor inputSignal)
    {
        var range = new ReluBackwardRange(f, rule, Pointer(outputSignal), Words(bits), Pointer(inputSignal));
        ForRanges(LayoutOf(inputSignal).Stored, ref range);
    }

    private readonly struct ReluForwardRange(Rectifier f, float* input, float* output, uint* words) : IRange
    {
        public void Run(int start, int length)
        {
            var kernel = new ReluForwardKernel(input + start, output + start, words + start / 32, length);
            f.Visit<float, ReluForwardKernel>(ref kernel);
        }
    }

    private readonly struct ReluBackwardRange(Rectifier f, ReluRule rule, float* above, uint* words, float* below) : IRange
    {
        public void Run(int start, int length)
        {
            var kernel = new ReluBackwardKernel(above + start, words + start / 32, below + start, length);
            f.Visit<float, ReluBackwardKernel>(rule, ref kernel);
        }
    }

    /// <summary>y = f(x), one bit an element; 32 elements fill a word.</summary>
    private readonly struct ReluForwardKernel(float* input, float* output, uint* words, int count) : IRectifierKernel<float>
    {
        public void Run<TF>(TF f)
            where TF : struct, IRectifier<float>
        {
            for (int i = 0; i < count; i += 32)
            {
                uint word = 0;
                if (count - i >= 32)
                {
                    for (int lane = 0; lane < 32; lane += 8)
                    {
                        Vector256<float> x = Vector256.Load(input + i + lane);
                        word |= f.IsActive(x).ExtractMostSignificantBits() << lane;
                        f.Forward(x).Store(output + i + lane);
                    }
                }
                else
                {
                    for (int lane = 0; i + lane < count; lane++)
                    {
                        float x = input[i + lane];
                        word |= (f.IsActive(x) ? 1u : 0u) << lane;
                        output[i + lane] = f.Forward(x);
                    }
                }

                words[i / 32] = word;
            }
        }
    }

    /// <summary>R_n = rule(R_{n+1}, bit).</summary>
    private readonly struct ReluBackwardKernel(float* above, uint* words, float* below, int count) : IRuleKernel<float>
    {
        public void Run<TRule, TF>(TF f)
            where TRule : struct, IReluRule
            where TF : struct, IRectifier<float>
        {
            for (int i = 0; i < count; i += 32)
            {
                uint word = words[i / 32];
                if (count - i >= 32)
                {
                    for (int lane = 0; lane < 32; lane += 8)
                        TRule.Backward(Vector256.Load(above + i + lane), Mask(word >> lane), f).Store(below + i + lane);
                }
                else
                {
                    for (int lane = 0; i + lane < count; lane++)
                        below[i + lane] = TRule.Backward(above[i + lane], (word >> lane & 1) != 0, f);
                }
            }
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
