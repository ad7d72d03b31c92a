using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// y(n, k) = alpha sum over r of x(n, r) W(r, k) + b(k): rows added up, whose columns are shared out among threads.
/// <para>
/// Eight rows are read at once, as eight streams of memory, and added to the sums of up to eight images, which stay in L2. A
/// row whose x is 0 in all these images is not read, so a signal that half the rectifiers stopped costs half. That changes
/// no byte while weights are finite: 0 times a weight added to a sum changes at most the sign of a zero, and a chain's zeros
/// become +0 as it is added to y. An infinite or NaN weight, though, reaches an image whose x is 0 there or does not.
/// </para>
/// <para>
/// A sum runs over 256 rows from 0, one after the other, and such chains are then added to y from +0 on: one chain over VGG's
/// 25,088 rows would be 5e-6 off, and so it is 4e-7. None of this depends on how columns and images are split.
/// </para>
/// </summary>
internal unsafe struct GemvTransposed : IJob
{
    /// <summary>Images whose sums are made together.</summary>
    public const int ImagesAtOnce = 8;

    /// <summary>Rows whose sum is made before it is added to y.</summary>
    public const int ChainRows = 256;

    private const int RowsAtOnce = 8;

    /// <summary>How far a row is asked for ahead, in floats.</summary>
    private const int Ahead = 128;

    /// <summary>The back-end, for working memory.</summary>
    public required CpuKernels Kernels;

    /// <summary>[Rows, Columns], at any alignment.</summary>
    public required float* Weight;

    /// <summary>Rows of the weight.</summary>
    public required int Rows;

    /// <summary>Columns of the weight.</summary>
    public required int Columns;

    /// <summary>x(n, r) = X[n * ImageStride + r * RowStride].</summary>
    public required float* X;

    /// <summary>From image to image in X.</summary>
    public required int ImageStride;

    /// <summary>From row to row in X.</summary>
    public required int RowStride;

    /// <summary>The number of images N.</summary>
    public required int Images;

    /// <summary>[Images, Columns].</summary>
    public required float* Y;

    /// <summary>The factor of the product.</summary>
    public required float Alpha;

    /// <summary>[Columns], or null.</summary>
    public required float* Bias;

    /// <summary>The number of columns that one job computes.</summary>
    public required int ColumnsPerJob;

    /// <summary>The number of images that one job computes.</summary>
    public required int ImagesPerJob;

    /// <summary>The number of jobs.</summary>
    public readonly int Jobs => ColumnJobs * ((Images + ImagesPerJob - 1) / ImagesPerJob);

    private readonly int ColumnJobs => (Columns + ColumnsPerJob - 1) / ColumnsPerJob;

    /// <inheritdoc/>
    public readonly void Run(int index, int worker)
    {
        if (MicroKernel.IsWide) Run<Wide, Vector512<float>>(index, worker);
        else if (MicroKernel.IsSlim) Run<Slim, Vector128<float>>(index, worker);
        else Run<Narrow, Vector256<float>>(index, worker);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Run<TS, TV>(int index, int worker)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        int start = index % ColumnJobs * ColumnsPerJob, length = Math.Min(ColumnsPerJob, Columns - start);
        int firstImage = index / ColumnJobs * ImagesPerJob, endImage = Math.Min(Images, firstImage + ImagesPerJob);

        // Chains [columns / lanes][images][lanes], in whole vectors: what a row has past its end is the next row's beginning,
        // added to sums that are not read. Only where memory may end too, a row's piece is copied.
        int padded = (length + TS.Count - 1) / TS.Count * TS.Count;
        int copied = Columns < TS.Count ? RowsAtOnce : 1;
        float* chains = Kernels.Scratch(worker, (ImagesAtOnce + copied) * padded), copies = chains + ImagesAtOnce * padded;
        int* active = stackalloc int[ChainRows];
        float** w = stackalloc float*[RowsAtOnce];
        float* factors = stackalloc float[ImagesAtOnce * RowsAtOnce];

        for (int i = firstImage; i < endImage; i++) Sums(i, start, length).Clear();
        for (int row = 0; row < Rows; row += ChainRows)
        {
            for (int image = firstImage; image < endImage; image += ImagesAtOnce)
            {
                int images = Math.Min(ImagesAtOnce, endImage - image), count = FindActive(row, image, images, active);
                if (count == 0) continue;
                new Span<float>(chains, images * padded).Clear();
                for (int a = 0, rows; a < count; a += rows)
                {
                    rows = count - a >= RowsAtOnce ? RowsAtOnce : 1;
                    for (int j = 0; j < rows; j++)
                    {
                        int r = active[a + j];
                        w[j] = Piece(r, start, length, padded, copies + j % copied * padded);
                        for (int i = 0; i < images; i++) factors[i * RowsAtOnce + j] = *Factor(image + i, r);
                    }

                    if (rows == 1) AddRows<TS, TV, MicroKernel.N1>(w, factors, images, chains, padded);
                    else AddRows<TS, TV, MicroKernel.N8>(w, factors, images, chains, padded);
                }

                for (int i = 0; i < images; i++)
                {
                    float* y = Y + (long)(image + i) * Columns + start, chain = chains + i * TS.Count;
                    int k = 0;
                    for (; k + TS.Count <= length; k += TS.Count, chain += images * TS.Count)
                        TS.Store(TS.Add(TS.Load(y + k), TS.Load(chain)), y + k);
                    for (int j = 0; k < length; k++, j++) y[k] += chain[j];
                }
            }
        }

        for (int i = firstImage; i < endImage; i++)
        {
            Span<float> y = Sums(i, start, length);
            if (Alpha != 1f) TensorPrimitives.Multiply(y, Alpha, y);
            if (Bias != null) TensorPrimitives.Add(y, new ReadOnlySpan<float>(Bias + start, length), y);
        }
    }

    /// <summary>Lists those of a chain's rows whose x is not 0 in every image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int FindActive(int row, int image, int images, int* active)
    {
        int count = 0;
        for (int r = row; r < Math.Min(Rows, row + ChainRows); r++)
        {
            int i = 0;
            while (i < images && *Factor(image + i, r) == 0f) i++;
            if (i < images) active[count++] = r;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float* Factor(int image, int r) => X + (long)image * ImageStride + (long)r * RowStride;

    private readonly Span<float> Sums(int image, int start, int length) => new(Y + (long)image * Columns + start, length);

    private readonly float* Piece(int r, int start, int length, int padded, float* copy)
    {
        long offset = (long)r * Columns + start;
        if (offset + padded <= (long)Rows * Columns) return Weight + offset;
        new ReadOnlySpan<float>(Weight + offset, length).CopyTo(new Span<float>(copy, length));
        return copy;
    }

    /// <summary>sums[k][i] += factors[i][0] w[0][k] + factors[i][1] w[1][k] + ..., in this order, for one row or eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows<TS, TV, TRows>(float** w, float* factors, int images, float* sums, int length)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TRows : struct, INumber
    {
        float* w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5], w6 = w[6], w7 = w[7];
        for (int k = 0; k < length; k += TS.Count)
        {
            TV v0 = Next<TS, TV>(w0 + k), v1 = default, v2 = default, v3 = default;
            TV v4 = default, v5 = default, v6 = default, v7 = default;
            if (TRows.Value > 1)
            {
                v1 = Next<TS, TV>(w1 + k);
                v2 = Next<TS, TV>(w2 + k);
                v3 = Next<TS, TV>(w3 + k);
                v4 = Next<TS, TV>(w4 + k);
                v5 = Next<TS, TV>(w5 + k);
                v6 = Next<TS, TV>(w6 + k);
                v7 = Next<TS, TV>(w7 + k);
            }

            float* f = factors;
            for (int i = 0; i < images; i++, f += RowsAtOnce, sums += TS.Count)
            {
                TV sum = TS.MultiplyAdd(TS.Broadcast(f[0]), v0, TS.Load(sums));
                if (TRows.Value > 1)
                {
                    sum = TS.MultiplyAdd(TS.Broadcast(f[1]), v1, sum);
                    sum = TS.MultiplyAdd(TS.Broadcast(f[2]), v2, sum);
                    sum = TS.MultiplyAdd(TS.Broadcast(f[3]), v3, sum);
                    sum = TS.MultiplyAdd(TS.Broadcast(f[4]), v4, sum);
                    sum = TS.MultiplyAdd(TS.Broadcast(f[5]), v5, sum);
                    sum = TS.MultiplyAdd(TS.Broadcast(f[6]), v6, sum);
                    sum = TS.MultiplyAdd(TS.Broadcast(f[7]), v7, sum);
                }

                TS.Store(sum, sums);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Next<TS, TV>(float* row)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        if (Sse.IsSupported) Sse.Prefetch0(row + Ahead);
        return TS.Load(row);
    }
}
