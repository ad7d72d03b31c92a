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
/// (15 of 16; vectors of 128 bits: <see cref="SlimKernel"/>). The order of summation, blocks, then lanes, is the same for any number of rows.
/// </para>
/// </summary>
internal static unsafe class MicroKernel
{
    /// <summary>Whether vectors of 512 bits are used.</summary>
    public static readonly bool IsWide = VectorWidth.Bits == 512;

    /// <summary>Whether vectors of 128 bits are used.</summary>
    public static readonly bool IsSlim = VectorWidth.Bits == 128;

    /// <summary>Weights of a panel's line at most: two vectors, or four of 128 bits.</summary>
    public static readonly int MostColumns = IsWide ? 32 : 16;

    /// <summary>Rows at most.</summary>
    public static readonly int MostRows = IsWide ? 14 : 6;

    /// <summary>Floats that the weights are fetched ahead into the first-level cache: 4 KB.</summary>
    private const int Ahead = 1024;

    /// <summary>Computes the sums.</summary>
    /// <param name="rows">1 .. <see cref="MostRows"/>.</param>
    /// <param name="source">What offsets count from.</param>
    /// <param name="offsets">[blocks].</param>
    /// <param name="blocks">Blocks.</param>
    /// <param name="whole">How many of them, the first ones, have 16 lanes; the others have <paramref name="rest"/>.</param>
    /// <param name="rest">Lanes of a block that is not whole.</param>
    /// <param name="weight">[lanes of all blocks][columns].</param>
    /// <param name="columns">Of the panel, as <see cref="ColumnsFor"/> says.</param>
    /// <param name="next">
    /// What is fetched into the second-level cache meanwhile, the weights that come after these: memory is at work all the time
    /// and not only when a panel is first read.
    /// </param>
    /// <param name="step">Floats of it for each line of weights, at most as many.</param>
    /// <param name="sums">[rows][columns]; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(int rows, float* source, int* offsets, int blocks, int whole, int rest, float* weight,
        int columns, float* next, int step, float* sums)
    {
        if (IsSlim) SlimKernel.Run(rows, source, offsets, blocks, whole, rest, weight, sums);
        else if (!IsWide) Run<Narrow, Vector256<float>, N2>(rows, source, offsets, blocks, whole, rest, weight, next, step, sums);
        else if (columns == MostColumns)
            Run<Wide, Vector512<float>, N2>(rows, source, offsets, blocks, whole, rest, weight, next, step, sums);
        else Run<Wide, Vector512<float>, N1>(rows, source, offsets, blocks, whole, rest, weight, next, step, sums);
    }

    /// <summary>Weights of a panel's line for the given number of outputs; whole blocks of channels.</summary>
    public static int ColumnsFor(int outputs) => outputs <= Layout.Lanes ? Layout.Lanes : MostColumns;

    /// <summary>
    /// The number of rows to process next, of those that are left: all alike, none more than <see cref="MostRows"/>.
    /// </summary>
    public static int RowsOf(int left)
    {
        int groups = (left + MostRows - 1) / MostRows;
        return (left + groups - 1) / groups;
    }

    private static void Run<TS, TV, TVectors>(int rows, float* source, int* offsets, int blocks, int whole, int rest,
        float* weight, float* next, int step, float* sums)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TVectors : struct, INumber
    {
        switch (rows)
        {
            case 1: Run<TS, TV, TVectors, N1>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 2: Run<TS, TV, TVectors, N2>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 3: Run<TS, TV, TVectors, N3>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 4: Run<TS, TV, TVectors, N4>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 5: Run<TS, TV, TVectors, N5>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 6: Run<TS, TV, TVectors, N6>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 7: Run<TS, TV, TVectors, N7>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 8: Run<TS, TV, TVectors, N8>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 9: Run<TS, TV, TVectors, N9>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 10: Run<TS, TV, TVectors, N10>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 11: Run<TS, TV, TVectors, N11>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 12: Run<TS, TV, TVectors, N12>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            case 13: Run<TS, TV, TVectors, N13>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
            default: Run<TS, TV, TVectors, N14>(source, offsets, blocks, whole, rest, weight, next, step, sums); break;
        }
    }

    // Named locals, since the JIT keeps these in registers and would not keep an array there; and no first tier, since a single
    // saliency map must not wait for the second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TS, TV, TVectors, TRows>(float* source, int* offsets, int blocks, int whole, int rest, float* weight,
        float* next, int step, float* sums)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TVectors : struct, INumber
        where TRows : struct, INumber
    {
        TV a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default;
        TV a7 = default, a8 = default, a9 = default, a10 = default, a11 = default, a12 = default, a13 = default;
        TV b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default;
        TV b7 = default, b8 = default, b9 = default, b10 = default, b11 = default, b12 = default, b13 = default;
        for (int block = 0; block < blocks; block++)
        {
            float* x = source + offsets[block], end = x + (block < whole ? Layout.Lanes : rest);
            for (; x < end; x++, weight += TVectors.Value * TS.Count, next += step)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(weight + Ahead);
                    if (TVectors.Value * TS.Count > 16) Sse.Prefetch0(weight + Ahead + 16);
                    Sse.Prefetch1(next);
                    if (step > 16) Sse.Prefetch1(next + 16);
                }

                TV v = TS.Load(weight), w = TVectors.Value > 1 ? TS.Load(weight + TS.Count) : v;
                Add<TS, TV, TVectors>(x, v, w, ref a0, ref b0);
                if (TRows.Value > 1) Add<TS, TV, TVectors>(x + 16, v, w, ref a1, ref b1);
                if (TRows.Value > 2) Add<TS, TV, TVectors>(x + 32, v, w, ref a2, ref b2);
                if (TRows.Value > 3) Add<TS, TV, TVectors>(x + 48, v, w, ref a3, ref b3);
                if (TRows.Value > 4) Add<TS, TV, TVectors>(x + 64, v, w, ref a4, ref b4);
                if (TRows.Value > 5) Add<TS, TV, TVectors>(x + 80, v, w, ref a5, ref b5);
                if (TRows.Value > 6) Add<TS, TV, TVectors>(x + 96, v, w, ref a6, ref b6);
                if (TRows.Value > 7) Add<TS, TV, TVectors>(x + 112, v, w, ref a7, ref b7);
                if (TRows.Value > 8) Add<TS, TV, TVectors>(x + 128, v, w, ref a8, ref b8);
                if (TRows.Value > 9) Add<TS, TV, TVectors>(x + 144, v, w, ref a9, ref b9);
                if (TRows.Value > 10) Add<TS, TV, TVectors>(x + 160, v, w, ref a10, ref b10);
                if (TRows.Value > 11) Add<TS, TV, TVectors>(x + 176, v, w, ref a11, ref b11);
                if (TRows.Value > 12) Add<TS, TV, TVectors>(x + 192, v, w, ref a12, ref b12);
                if (TRows.Value > 13) Add<TS, TV, TVectors>(x + 208, v, w, ref a13, ref b13);
            }
        }

        Put<TS, TV, TVectors>(sums, 0, a0, b0);
        if (TRows.Value > 1) Put<TS, TV, TVectors>(sums, 1, a1, b1);
        if (TRows.Value > 2) Put<TS, TV, TVectors>(sums, 2, a2, b2);
        if (TRows.Value > 3) Put<TS, TV, TVectors>(sums, 3, a3, b3);
        if (TRows.Value > 4) Put<TS, TV, TVectors>(sums, 4, a4, b4);
        if (TRows.Value > 5) Put<TS, TV, TVectors>(sums, 5, a5, b5);
        if (TRows.Value > 6) Put<TS, TV, TVectors>(sums, 6, a6, b6);
        if (TRows.Value > 7) Put<TS, TV, TVectors>(sums, 7, a7, b7);
        if (TRows.Value > 8) Put<TS, TV, TVectors>(sums, 8, a8, b8);
        if (TRows.Value > 9) Put<TS, TV, TVectors>(sums, 9, a9, b9);
        if (TRows.Value > 10) Put<TS, TV, TVectors>(sums, 10, a10, b10);
        if (TRows.Value > 11) Put<TS, TV, TVectors>(sums, 11, a11, b11);
        if (TRows.Value > 12) Put<TS, TV, TVectors>(sums, 12, a12, b12);
        if (TRows.Value > 13) Put<TS, TV, TVectors>(sums, 13, a13, b13);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TS, TV, TVectors>(float* x, TV v, TV w, ref TV a, ref TV b)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TVectors : struct, INumber
    {
        TV all = TS.Broadcast(*x);
        a = TS.MultiplyAdd(all, v, a);
        if (TVectors.Value > 1) b = TS.MultiplyAdd(all, w, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TS, TV, TVectors>(float* sums, int row, TV a, TV b)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TVectors : struct, INumber
    {
        sums += TVectors.Value * row * TS.Count;
        TS.Store(a, sums);
        if (TVectors.Value > 1) TS.Store(b, sums + TS.Count);
    }

    internal readonly struct N1 : INumber
    {
        public static int Value => 1;
    }

    internal readonly struct N2 : INumber
    {
        public static int Value => 2;
    }

    internal readonly struct N3 : INumber
    {
        public static int Value => 3;
    }

    internal readonly struct N4 : INumber
    {
        public static int Value => 4;
    }

    internal readonly struct N5 : INumber
    {
        public static int Value => 5;
    }

    internal readonly struct N6 : INumber
    {
        public static int Value => 6;
    }

    internal readonly struct N7 : INumber
    {
        public static int Value => 7;
    }

    internal readonly struct N8 : INumber
    {
        public static int Value => 8;
    }

    internal readonly struct N9 : INumber
    {
        public static int Value => 9;
    }

    internal readonly struct N10 : INumber
    {
        public static int Value => 10;
    }

    internal readonly struct N11 : INumber
    {
        public static int Value => 11;
    }

    internal readonly struct N12 : INumber
    {
        public static int Value => 12;
    }

    internal readonly struct N13 : INumber
    {
        public static int Value => 13;
    }

    internal readonly struct N14 : INumber
    {
        public static int Value => 14;
    }
}
