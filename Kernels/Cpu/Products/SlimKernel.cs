using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// <see cref="MicroKernel"/> and <see cref="SquareKernel"/> on vectors of 128 bits: up to 6 rows times 16 columns, as four vectors.
/// 24 sums, four vectors of b and a broadcast fill 29 of 32 registers; where there are 16, the columns are computed in two halves
/// (15 registers). The order of summation is the same in both, and the same as in the wider forms.
/// </summary>
internal static unsafe class SlimKernel
{
    private const int Columns = 16, Half = 8;

    /// <summary>Computes <see cref="MicroKernel"/>'s sums for a panel of 16 columns.</summary>
    public static void Run(int rows, float* source, int* offsets, int blocks, int whole, int rest, float* weight, float* sums)
    {
        if (VectorWidth.HasManyRegisters)
        {
            Blocks<MicroKernel.N4>(rows, source, offsets, blocks, whole, rest, weight, sums);
            return;
        }

        Blocks<MicroKernel.N2>(rows, source, offsets, blocks, whole, rest, weight, sums);
        Blocks<MicroKernel.N2>(rows, source, offsets, blocks, whole, rest, weight + Half, sums + Half);
    }

    /// <summary>Computes six rows of <see cref="SquareKernel"/>'s sums.</summary>
    public static void RunSquare(float* a, float* b, int terms, float* sums, bool add)
    {
        if (VectorWidth.HasManyRegisters)
        {
            Square<MicroKernel.N4>(a, b, terms, sums, add);
            return;
        }

        Square<MicroKernel.N2>(a, b, terms, sums, add);
        Square<MicroKernel.N2>(a, b + Half, terms, sums + Half, add);
    }

    private static void Blocks<TVectors>(int rows, float* source, int* offsets, int blocks, int whole, int rest, float* weight,
        float* sums)
        where TVectors : struct, INumber
    {
        switch (rows)
        {
            case 1: Blocks<TVectors, MicroKernel.N1>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 2: Blocks<TVectors, MicroKernel.N2>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 3: Blocks<TVectors, MicroKernel.N3>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 4: Blocks<TVectors, MicroKernel.N4>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 5: Blocks<TVectors, MicroKernel.N5>(source, offsets, blocks, whole, rest, weight, sums); break;
            default: Blocks<TVectors, MicroKernel.N6>(source, offsets, blocks, whole, rest, weight, sums); break;
        }
    }

    // In both forms: named locals, since the JIT keeps these in registers and would not keep an array there; and no first
    // tier, since a single saliency map must not wait for the second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blocks<TVectors, TRows>(float* source, int* offsets, int blocks, int whole, int rest, float* weight,
        float* sums)
        where TVectors : struct, INumber
        where TRows : struct, INumber
    {
        Vector128<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default,
            b3 = default, c0 = default, c1 = default, c2 = default, c3 = default;
        Vector128<float> d0 = default, d1 = default, d2 = default, d3 = default, e0 = default, e1 = default, e2 = default,
            e3 = default, f0 = default, f1 = default, f2 = default, f3 = default;
        for (int block = 0; block < blocks; block++)
        {
            float* x = source + offsets[block], end = x + (block < whole ? Layout.Lanes : rest);
            for (; x < end; x++, weight += Columns)
            {
                Vector128<float> w0 = Vector128.Load(weight), w1 = Vector128.Load(weight + 4), w2 = default, w3 = default;
                if (TVectors.Value > 2) (w2, w3) = (Vector128.Load(weight + 8), Vector128.Load(weight + 12));
                Add<TVectors>(*x, w0, w1, w2, w3, ref a0, ref a1, ref a2, ref a3);
                if (TRows.Value > 1) Add<TVectors>(x[16], w0, w1, w2, w3, ref b0, ref b1, ref b2, ref b3);
                if (TRows.Value > 2) Add<TVectors>(x[32], w0, w1, w2, w3, ref c0, ref c1, ref c2, ref c3);
                if (TRows.Value > 3) Add<TVectors>(x[48], w0, w1, w2, w3, ref d0, ref d1, ref d2, ref d3);
                if (TRows.Value > 4) Add<TVectors>(x[64], w0, w1, w2, w3, ref e0, ref e1, ref e2, ref e3);
                if (TRows.Value > 5) Add<TVectors>(x[80], w0, w1, w2, w3, ref f0, ref f1, ref f2, ref f3);
            }
        }

        Put<TVectors>(sums, a0, a1, a2, a3, add: false);
        if (TRows.Value > 1) Put<TVectors>(sums + Columns, b0, b1, b2, b3, add: false);
        if (TRows.Value > 2) Put<TVectors>(sums + 2 * Columns, c0, c1, c2, c3, add: false);
        if (TRows.Value > 3) Put<TVectors>(sums + 3 * Columns, d0, d1, d2, d3, add: false);
        if (TRows.Value > 4) Put<TVectors>(sums + 4 * Columns, e0, e1, e2, e3, add: false);
        if (TRows.Value > 5) Put<TVectors>(sums + 5 * Columns, f0, f1, f2, f3, add: false);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Square<TVectors>(float* weight, float* b, int terms, float* sums, bool add)
        where TVectors : struct, INumber
    {
        Vector128<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default,
            b3 = default, c0 = default, c1 = default, c2 = default, c3 = default;
        Vector128<float> d0 = default, d1 = default, d2 = default, d3 = default, e0 = default, e1 = default, e2 = default,
            e3 = default, f0 = default, f1 = default, f2 = default, f3 = default;
        for (int k = 0; k < terms; k++, weight += Columns, b += Columns)
        {
            Vector128<float> w0 = Vector128.Load(b), w1 = Vector128.Load(b + 4), w2 = default, w3 = default;
            if (TVectors.Value > 2) (w2, w3) = (Vector128.Load(b + 8), Vector128.Load(b + 12));
            Add<TVectors>(weight[0], w0, w1, w2, w3, ref a0, ref a1, ref a2, ref a3);
            Add<TVectors>(weight[1], w0, w1, w2, w3, ref b0, ref b1, ref b2, ref b3);
            Add<TVectors>(weight[2], w0, w1, w2, w3, ref c0, ref c1, ref c2, ref c3);
            Add<TVectors>(weight[3], w0, w1, w2, w3, ref d0, ref d1, ref d2, ref d3);
            Add<TVectors>(weight[4], w0, w1, w2, w3, ref e0, ref e1, ref e2, ref e3);
            Add<TVectors>(weight[5], w0, w1, w2, w3, ref f0, ref f1, ref f2, ref f3);
        }

        Put<TVectors>(sums, a0, a1, a2, a3, add);
        Put<TVectors>(sums + Columns, b0, b1, b2, b3, add);
        Put<TVectors>(sums + 2 * Columns, c0, c1, c2, c3, add);
        Put<TVectors>(sums + 3 * Columns, d0, d1, d2, d3, add);
        Put<TVectors>(sums + 4 * Columns, e0, e1, e2, e3, add);
        Put<TVectors>(sums + 5 * Columns, f0, f1, f2, f3, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVectors>(float x, Vector128<float> w0, Vector128<float> w1, Vector128<float> w2, Vector128<float> w3,
        ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2, ref Vector128<float> s3)
        where TVectors : struct, INumber
    {
        Vector128<float> all = Vector128.Create(x);
        s0 = Slim.MultiplyAdd(all, w0, s0);
        s1 = Slim.MultiplyAdd(all, w1, s1);
        if (TVectors.Value > 2)
        {
            s2 = Slim.MultiplyAdd(all, w2, s2);
            s3 = Slim.MultiplyAdd(all, w3, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TVectors>(float* sums, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2,
        Vector128<float> s3, bool add)
        where TVectors : struct, INumber
    {
        Put(sums, s0, add);
        Put(sums + 4, s1, add);
        if (TVectors.Value > 2)
        {
            Put(sums + 8, s2, add);
            Put(sums + 12, s3, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* sums, Vector128<float> value, bool add) =>
        (add ? Vector128.Load(sums) + value : value).Store(sums);
}
