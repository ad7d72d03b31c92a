using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The innermost product: 6 rows of weights times 16 columns, sums += W^T B over some terms. Twelve sums, two columns of B
/// and one weight fill 15 of AVX2's 16 registers; each term is two loads, six broadcasts and twelve fused multiply-adds.
/// </summary>
internal static unsafe class MicroKernel
{
    /// <summary>Rows of weights.</summary>
    public const int Rows = 6;

    /// <summary>Columns.</summary>
    public const int Columns = 16;

    /// <summary>sums[r][j] += sum over k of weight[k][r] b[k][j].</summary>
    /// <param name="weight">[terms][6].</param>
    /// <param name="b">[terms][16].</param>
    /// <param name="terms">K.</param>
    /// <param name="sums">[6][16].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // A single saliency map must not wait for the JIT's second tier.
    public static void Run(float* weight, float* b, int terms, float* sums)
    {
        // Named locals: the JIT keeps these in registers, and would not keep an array there.
        Vector256<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
        Vector256<float> s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
        for (int k = 0; k < terms; k++, weight += Rows, b += Columns)
        {
            Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8);
            var w = Vector256.Create(weight[0]);
            s00 = MultiplyAdd(w, b0, s00);
            s01 = MultiplyAdd(w, b1, s01);
            w = Vector256.Create(weight[1]);
            s10 = MultiplyAdd(w, b0, s10);
            s11 = MultiplyAdd(w, b1, s11);
            w = Vector256.Create(weight[2]);
            s20 = MultiplyAdd(w, b0, s20);
            s21 = MultiplyAdd(w, b1, s21);
            w = Vector256.Create(weight[3]);
            s30 = MultiplyAdd(w, b0, s30);
            s31 = MultiplyAdd(w, b1, s31);
            w = Vector256.Create(weight[4]);
            s40 = MultiplyAdd(w, b0, s40);
            s41 = MultiplyAdd(w, b1, s41);
            w = Vector256.Create(weight[5]);
            s50 = MultiplyAdd(w, b0, s50);
            s51 = MultiplyAdd(w, b1, s51);
        }

        Add(sums, s00, s01);
        Add(sums + 16, s10, s11);
        Add(sums + 32, s20, s21);
        Add(sums + 48, s30, s31);
        Add(sums + 64, s40, s41);
        Add(sums + 80, s50, s51);
    }

    /// <summary>a b + c; without FMA in hardware in two roundings, since an emulated one is hundreds of times slower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Fma.IsSupported ? Fma.MultiplyAdd(a, b, c) : a * b + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* sums, Vector256<float> low, Vector256<float> high)
    {
        (Vector256.Load(sums) + low).Store(sums);
        (Vector256.Load(sums + 8) + high).Store(sums + 8);
    }
}
