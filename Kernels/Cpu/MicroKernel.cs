using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The innermost product: some rows of weights times 16 columns, sums (+)= W^T B over some terms. Two forms, one chosen at
/// start by what the processor has:
/// <list type="bullet">
/// <item>AVX-512: 16 rows. Sixteen sums of 16 columns; a term is one load, sixteen broadcasts from memory and sixteen
/// fused multiply-adds.</item>
/// <item>otherwise: 6 rows. Twelve sums of 8 columns, two columns of B and one weight fill 15 of AVX2's 16 registers; a
/// term is two loads, six broadcasts and twelve multiply-adds.</item>
/// </list>
/// </summary>
internal static unsafe class MicroKernel
{
    /// <summary>Columns.</summary>
    public const int Columns = 16;

    /// <summary>Rows of weights: 16 or 6.</summary>
    public static readonly int Rows = Vector512.IsHardwareAccelerated ? 16 : 6;

    /// <summary>sums[r][j] (+)= sum over k of weight[k][r] b[k][j].</summary>
    /// <param name="weight">[terms][Rows].</param>
    /// <param name="b">[terms][16].</param>
    /// <param name="terms">K.</param>
    /// <param name="sums">[Rows][16].</param>
    /// <param name="add">Whether to add to what is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* weight, float* b, int terms, float* sums, bool add)
    {
        if (Vector512.IsHardwareAccelerated) Run16(weight, b, terms, sums, add);
        else Run6(weight, b, terms, sums, add);
    }

    /// <summary>Rows that <see cref="RunSquare"/> writes: 16, or 18 of which the last two mean nothing.</summary>
    public static readonly int SquareRows = (Columns + Rows - 1) / Rows * Rows;

    /// <summary>
    /// The same for 16 rows in either form: sums[r][j] (+)= sum over k of a[k][r] b[k][j]. Two numbers past the end of a
    /// may be read.
    /// </summary>
    /// <param name="a">[terms][16].</param>
    /// <param name="b">[terms][16].</param>
    /// <param name="terms">K.</param>
    /// <param name="sums">[<see cref="SquareRows"/>][16].</param>
    /// <param name="add">Whether to add to what is there.</param>
    public static void RunSquare(float* a, float* b, int terms, float* sums, bool add)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run16(a, b, terms, sums, add);
            return;
        }

        for (int r = 0; r < Columns; r += 6) Run6(a + r, b, terms, sums + r * Columns, add, Columns);
    }

    /// <summary>a b + c; without FMA in hardware in two roundings, since an emulated one is hundreds of times slower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Fma.IsSupported ? Fma.MultiplyAdd(a, b, c) : a * b + c;

    // In both forms: named locals, since the JIT keeps these in registers and would not keep an array there; and no first
    // tier, since a single saliency map must not wait for the second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run16(float* weight, float* b, int terms, float* sums, bool add)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default,
            s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default,
            s12 = default, s13 = default, s14 = default, s15 = default;
        for (int k = 0; k < terms; k++, weight += 16, b += Columns)
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
    private static void Run6(float* weight, float* b, int terms, float* sums, bool add, int weightStride = 6)
    {
        Vector256<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
        Vector256<float> s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
        for (int k = 0; k < terms; k++, weight += weightStride, b += Columns)
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
