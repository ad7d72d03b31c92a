using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>A number known to the compiler, so that what depends on it folds away.</summary>
internal interface INumber
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

/// <summary>
/// The innermost product, shared by Winograd's products and direct convolutions: some rows of the source, pixels or tiles, times
/// a panel of weights of two vectors. sums(r, k) = sum over blocks b and lanes c of source(b, r, c) weight(b, c, k), where row r
/// of block b begins at source + offsets[b] + 16 r: a table of offsets tells a tile's blocks of channels from a kernel's taps.
/// <para>
/// Rows go from 1 to 14 with AVX-512 (28 sums, two vectors of weights and a broadcast fill 31 of 32 registers), to 6 otherwise
/// (15 of 16). The order of summation, blocks, then lanes, is the same for any number of rows.
/// </para>
/// </summary>
internal static unsafe class MicroKernel
{
    /// <summary>Whether vectors of 512 bits are used.</summary>
    public static readonly bool IsWide = Vector512.IsHardwareAccelerated;

    /// <summary>Weights of a panel's line: two vectors.</summary>
    public static readonly int Columns = IsWide ? 32 : 16;

    /// <summary>Rows at most.</summary>
    public static readonly int MostRows = IsWide ? 14 : 6;

    /// <summary>Floats that the weights are fetched ahead: 16 KB.</summary>
    private const int Ahead = 4096;

    /// <summary>Computes the sums.</summary>
    /// <param name="rows">1 .. <see cref="MostRows"/>.</param>
    /// <param name="source">What offsets count from.</param>
    /// <param name="offsets">[blocks].</param>
    /// <param name="blocks">Blocks.</param>
    /// <param name="whole">How many of them, the first ones, have 16 lanes; the others have <paramref name="rest"/>.</param>
    /// <param name="rest">Lanes of a block that is not whole.</param>
    /// <param name="weight">[lanes of all blocks][<see cref="Columns"/>].</param>
    /// <param name="sums">[rows][<see cref="Columns"/>]; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(int rows, float* source, int* offsets, int blocks, int whole, int rest, float* weight, float* sums)
    {
        if (IsWide) Run<Wide, Vector512<float>>(rows, source, offsets, blocks, whole, rest, weight, sums);
        else Run<Narrow, Vector256<float>>(rows, source, offsets, blocks, whole, rest, weight, sums);
    }

    /// <summary>How many rows to take of so many that are left: all alike, none more than <see cref="MostRows"/>.</summary>
    public static int RowsOf(int left)
    {
        int groups = (left + MostRows - 1) / MostRows;
        return (left + groups - 1) / groups;
    }

    private static void Run<TS, TV>(int rows, float* source, int* offsets, int blocks, int whole, int rest, float* weight,
        float* sums)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        switch (rows)
        {
            case 1: Run<TS, TV, N1>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 2: Run<TS, TV, N2>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 3: Run<TS, TV, N3>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 4: Run<TS, TV, N4>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 5: Run<TS, TV, N5>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 6: Run<TS, TV, N6>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 7: Run<TS, TV, N7>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 8: Run<TS, TV, N8>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 9: Run<TS, TV, N9>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 10: Run<TS, TV, N10>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 11: Run<TS, TV, N11>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 12: Run<TS, TV, N12>(source, offsets, blocks, whole, rest, weight, sums); break;
            case 13: Run<TS, TV, N13>(source, offsets, blocks, whole, rest, weight, sums); break;
            default: Run<TS, TV, N14>(source, offsets, blocks, whole, rest, weight, sums); break;
        }
    }

    // Named locals, since the JIT keeps these in registers and would not keep an array there; and no first tier, since a single
    // saliency map must not wait for the second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TS, TV, TRows>(float* source, int* offsets, int blocks, int whole, int rest, float* weight,
        float* sums)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TRows : struct, INumber
    {
        TV a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default;
        TV a7 = default, a8 = default, a9 = default, a10 = default, a11 = default, a12 = default, a13 = default;
        TV b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default;
        TV b7 = default, b8 = default, b9 = default, b10 = default, b11 = default, b12 = default, b13 = default;
        for (int block = 0; block < blocks; block++)
        {
            float* x = source + offsets[block], end = x + (block < whole ? Layout.Lanes : rest);
            for (; x < end; x++, weight += 2 * TS.Count)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(weight + Ahead);
                    if (TS.Count == 16) Sse.Prefetch0(weight + Ahead + 16);
                }

                TV v = TS.Load(weight), w = TS.Load(weight + TS.Count);
                Add<TS, TV>(x, v, w, ref a0, ref b0);
                if (TRows.Value > 1) Add<TS, TV>(x + 16, v, w, ref a1, ref b1);
                if (TRows.Value > 2) Add<TS, TV>(x + 32, v, w, ref a2, ref b2);
                if (TRows.Value > 3) Add<TS, TV>(x + 48, v, w, ref a3, ref b3);
                if (TRows.Value > 4) Add<TS, TV>(x + 64, v, w, ref a4, ref b4);
                if (TRows.Value > 5) Add<TS, TV>(x + 80, v, w, ref a5, ref b5);
                if (TRows.Value > 6) Add<TS, TV>(x + 96, v, w, ref a6, ref b6);
                if (TRows.Value > 7) Add<TS, TV>(x + 112, v, w, ref a7, ref b7);
                if (TRows.Value > 8) Add<TS, TV>(x + 128, v, w, ref a8, ref b8);
                if (TRows.Value > 9) Add<TS, TV>(x + 144, v, w, ref a9, ref b9);
                if (TRows.Value > 10) Add<TS, TV>(x + 160, v, w, ref a10, ref b10);
                if (TRows.Value > 11) Add<TS, TV>(x + 176, v, w, ref a11, ref b11);
                if (TRows.Value > 12) Add<TS, TV>(x + 192, v, w, ref a12, ref b12);
                if (TRows.Value > 13) Add<TS, TV>(x + 208, v, w, ref a13, ref b13);
            }
        }

        Put<TS, TV>(sums, 0, a0, b0);
        if (TRows.Value > 1) Put<TS, TV>(sums, 1, a1, b1);
        if (TRows.Value > 2) Put<TS, TV>(sums, 2, a2, b2);
        if (TRows.Value > 3) Put<TS, TV>(sums, 3, a3, b3);
        if (TRows.Value > 4) Put<TS, TV>(sums, 4, a4, b4);
        if (TRows.Value > 5) Put<TS, TV>(sums, 5, a5, b5);
        if (TRows.Value > 6) Put<TS, TV>(sums, 6, a6, b6);
        if (TRows.Value > 7) Put<TS, TV>(sums, 7, a7, b7);
        if (TRows.Value > 8) Put<TS, TV>(sums, 8, a8, b8);
        if (TRows.Value > 9) Put<TS, TV>(sums, 9, a9, b9);
        if (TRows.Value > 10) Put<TS, TV>(sums, 10, a10, b10);
        if (TRows.Value > 11) Put<TS, TV>(sums, 11, a11, b11);
        if (TRows.Value > 12) Put<TS, TV>(sums, 12, a12, b12);
        if (TRows.Value > 13) Put<TS, TV>(sums, 13, a13, b13);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TS, TV>(float* x, TV v, TV w, ref TV a, ref TV b)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        TV all = TS.Broadcast(*x);
        a = TS.MultiplyAdd(all, v, a);
        b = TS.MultiplyAdd(all, w, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TS, TV>(float* sums, int row, TV a, TV b)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        TS.Store(a, sums + 2 * row * TS.Count);
        TS.Store(b, sums + (2 * row + 1) * TS.Count);
    }

    private readonly struct N1 : INumber
    {
        public static int Value => 1;
    }

    private readonly struct N2 : INumber
    {
        public static int Value => 2;
    }

    private readonly struct N3 : INumber
    {
        public static int Value => 3;
    }

    private readonly struct N4 : INumber
    {
        public static int Value => 4;
    }

    private readonly struct N5 : INumber
    {
        public static int Value => 5;
    }

    private readonly struct N6 : INumber
    {
        public static int Value => 6;
    }

    private readonly struct N7 : INumber
    {
        public static int Value => 7;
    }

    private readonly struct N8 : INumber
    {
        public static int Value => 8;
    }

    private readonly struct N9 : INumber
    {
        public static int Value => 9;
    }

    private readonly struct N10 : INumber
    {
        public static int Value => 10;
    }

    private readonly struct N11 : INumber
    {
        public static int Value => 11;
    }

    private readonly struct N12 : INumber
    {
        public static int Value => 12;
    }

    private readonly struct N13 : INumber
    {
        public static int Value => 13;
    }

    private readonly struct N14 : INumber
    {
        public static int Value => 14;
    }
}
