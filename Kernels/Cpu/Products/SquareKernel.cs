using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The product of weight signals: sums(r, j) (+)= sum over k of a(k, r) b(k, j) for 16 x 16 pairs of channels, k running over
/// tiles or points. Sixteen sums of 16 columns with AVX-512; otherwise three times 6 rows of 16, of which the last two mean
/// nothing.
/// </summary>
internal static unsafe class SquareKernel
{
    /// <summary>Rows and columns.</summary>
    public const int Side = 16;

    /// <summary>Rows that are written: 16, or 18 of which the last two mean nothing.</summary>
    public static readonly int Rows = MicroKernel.IsWide ? 16 : 18;

    /// <summary>Computes the sums. Two numbers past the end of a may be read.</summary>
    /// <param name="a">[terms][16].</param>
    /// <param name="b">[terms][16].</param>
    /// <param name="terms">K.</param>
    /// <param name="sums">[<see cref="Rows"/>][16].</param>
    /// <param name="add">Whether to add to what is there.</param>
    public static void Run(float* a, float* b, int terms, float* sums, bool add)
    {
        if (MicroKernel.IsWide)
        {
            Run16(a, b, terms, sums, add);
            return;
        }

        for (int r = 0; r < Side; r += 6)
        {
            if (MicroKernel.IsSlim) SlimKernel.RunSquare(a + r, b, terms, sums + r * Side, add);
            else Run6(a + r, b, terms, sums + r * Side, add);
        }
    }

    // In both forms: named locals, since the JIT keeps these in registers and would not keep an array there; and no first
    // tier, since a single saliency map must not wait for the second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run16(float* weight, float* b, int terms, float* sums, bool add)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default,
            s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default,
            s12 = default, s13 = default, s14 = default, s15 = default;
        for (int k = 0; k < terms; k++, weight += Side, b += Side)
        {
            Vector512<float> x = Vector512.Load(b);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[0]), x, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[1]), x, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[2]), x, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[3]), x, s3);
            s4 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[4]), x, s4);
            s5 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[5]), x, s5);
            s6 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[6]), x, s6);
            s7 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[7]), x, s7);
            s8 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[8]), x, s8);
            s9 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[9]), x, s9);
            s10 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[10]), x, s10);
            s11 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[11]), x, s11);
            s12 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[12]), x, s12);
            s13 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[13]), x, s13);
            s14 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[14]), x, s14);
            s15 = Vector512.FusedMultiplyAdd(Vector512.Create(weight[15]), x, s15);
        }

        Put(sums, s0, add);
        Put(sums + 16, s1, add);
        Put(sums + 32, s2, add);
        Put(sums + 48, s3, add);
        Put(sums + 64, s4, add);
        Put(sums + 80, s5, add);
        Put(sums + 96, s6, add);
        Put(sums + 112, s7, add);
        Put(sums + 128, s8, add);
        Put(sums + 144, s9, add);
        Put(sums + 160, s10, add);
        Put(sums + 176, s11, add);
        Put(sums + 192, s12, add);
        Put(sums + 208, s13, add);
        Put(sums + 224, s14, add);
        Put(sums + 240, s15, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run6(float* weight, float* b, int terms, float* sums, bool add)
    {
        Vector256<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
        Vector256<float> s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
        for (int k = 0; k < terms; k++, weight += Side, b += Side)
        {
            Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8);
            var w = Vector256.Create(weight[0]);
            s00 = Narrow.MultiplyAdd(w, b0, s00);
            s01 = Narrow.MultiplyAdd(w, b1, s01);
            w = Vector256.Create(weight[1]);
            s10 = Narrow.MultiplyAdd(w, b0, s10);
            s11 = Narrow.MultiplyAdd(w, b1, s11);
            w = Vector256.Create(weight[2]);
            s20 = Narrow.MultiplyAdd(w, b0, s20);
            s21 = Narrow.MultiplyAdd(w, b1, s21);
            w = Vector256.Create(weight[3]);
            s30 = Narrow.MultiplyAdd(w, b0, s30);
            s31 = Narrow.MultiplyAdd(w, b1, s31);
            w = Vector256.Create(weight[4]);
            s40 = Narrow.MultiplyAdd(w, b0, s40);
            s41 = Narrow.MultiplyAdd(w, b1, s41);
            w = Vector256.Create(weight[5]);
            s50 = Narrow.MultiplyAdd(w, b0, s50);
            s51 = Narrow.MultiplyAdd(w, b1, s51);
        }

        Put(sums, s00, s01, add);
        Put(sums + 16, s10, s11, add);
        Put(sums + 32, s20, s21, add);
        Put(sums + 48, s30, s31, add);
        Put(sums + 64, s40, s41, add);
        Put(sums + 80, s50, s51, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* sums, Vector512<float> value, bool add) =>
        (add ? Vector512.Load(sums) + value : value).Store(sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* sums, Vector256<float> low, Vector256<float> high, bool add)
    {
        (add ? Vector256.Load(sums) + low : low).Store(sums);
        (add ? Vector256.Load(sums + 8) + high : high).Store(sums + 8);
    }
}
