using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// y(n, r) = alpha sum over k of x(n, k) W(r, k) + b(r): dot products of rows, which are shared out among threads.
/// <para>
/// Three rows of W at once meet eight images (four where there are 16 registers), so a weight comes from memory once for up
/// to <see cref="ImagesPerPass"/> images, and 24 sums, each a vector, stay in registers. With few images rows are read from
/// end to end, as three streams at the memory's speed. With more, x is what costs: twelve rows share 512 columns of it while
/// these are in L1, and the twelve rows' next 512 columns are on their way to L2 meanwhile.
/// </para>
/// <para>
/// Lane j of a sum takes the terms whose k is j modulo the lanes. It runs over 512 columns from 0, and such chains are then
/// added: one chain over VGG's 25,088 terms would be 1e-6 off with 8 lanes, and so it is 2e-7. Columns past the last whole
/// vector are a chain of their own. None of this depends on how rows and images are split.
/// </para>
/// </summary>
internal unsafe struct Gemv : IJob
{
    /// <summary>Rows that share columns of x; a job takes a multiple of them.</summary>
    public const int RowsPerStrip = 12;

    private const int RowsAtOnce = 3;
    private const int ChainColumns = 512;
    private const int ImagesPerPass = 32;

    /// <summary>Images from which on x costs more than it does to leave a row after 512 columns.</summary>
    private const int ManyImages = 4;

    /// <summary>The back-end, for working memory.</summary>
    public required CpuKernels Kernels;

    /// <summary>[Rows, Columns], at any alignment.</summary>
    public required float* Weight;

    /// <summary>Rows of the weight.</summary>
    public required int Rows;

    /// <summary>Columns of the weight.</summary>
    public required int Columns;

    /// <summary>x as <see cref="Pack"/> lays it.</summary>
    public required float* Panels;

    /// <summary>The number of images N.</summary>
    public required int Images;

    /// <summary>[Images, Rows].</summary>
    public required float* Y;

    /// <summary>The factor of the product.</summary>
    public required float Alpha;

    /// <summary>[Rows], or null.</summary>
    public required float* Bias;

    /// <summary>The number of rows that one job computes.</summary>
    public required int RowsPerJob;

    /// <summary>The number of jobs.</summary>
    public readonly int Jobs => (Rows + RowsPerJob - 1) / RowsPerJob;

    private static int Lanes => MicroKernel.IsWide ? Wide.Count : MicroKernel.IsSlim ? Slim.Count : Narrow.Count;

    /// <summary>Floats that <see cref="Pack"/> writes.</summary>
    public static long PackedFloats(int images, int columns) => (long)images * Padded(columns);

    /// <summary>
    /// Lays x, [images][columns], into panels of 8, 4 or 1 images, [columns / lanes][images of the panel][lanes] with zeros
    /// past the last column: images of 4096 numbers side by side would all want the same lines of L1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* x, int images, int columns, float* panels)
    {
        int padded = Padded(columns);
        for (int first = 0, width; first < images; first += width)
        {
            width = PanelWidth(images - first);
            for (int i = 0; i < width; i++)
            {
                float* from = x + (long)(first + i) * columns, to = panels + (long)first * padded + i * Lanes;
                int k = 0;
                for (; k + Lanes <= columns; k += Lanes, to += width * Lanes)
                {
                    if (MicroKernel.IsWide) Vector512.Load(from + k).Store(to);
                    else if (MicroKernel.IsSlim) Vector128.Load(from + k).Store(to);
                    else Vector256.Load(from + k).Store(to);
                }

                for (int j = 0; k < padded; k++, j++) to[j] = k < columns ? from[k] : 0f;
            }
        }
    }

    /// <inheritdoc/>
    public readonly void Run(int index, int worker)
    {
        int end = Math.Min(Rows, (index + 1) * RowsPerJob);
        for (int image = 0; image < Images; image += ImagesPerPass)
        {
            int images = Math.Min(ImagesPerPass, Images - image);
            for (int r = index * RowsPerJob; r < end; r += RowsPerStrip)
            {
                int stop = Math.Min(end, r + RowsPerStrip);
                if (MicroKernel.IsWide) RunStrip<Wide, Vector512<float>>(r, stop, image, images, worker);
                else if (MicroKernel.IsSlim) RunStrip<Slim, Vector128<float>>(r, stop, image, images, worker);
                else RunStrip<Narrow, Vector256<float>>(r, stop, image, images, worker);
            }
        }
    }

    private static int Padded(int columns) => (columns + Lanes - 1) / Lanes * Lanes;

    /// <summary>Images of the next panel; passes are whole panels, so it is the same seen from a pass.</summary>
    private static int PanelWidth(int images) => images >= 8 && MicroKernel.IsWide ? 8 : images >= 4 ? 4 : 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void RunStrip<TS, TV>(int first, int end, int image, int images, int worker)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        // Sums [strip's rows / 3][images][3][lanes]; then the ends of three rows past the last whole vector, [3][lanes].
        int groupLength = images * RowsAtOnce * TS.Count, length = RowsPerStrip / RowsAtOnce * groupLength;
        float* sums = Kernels.Scratch(worker, length + RowsAtOnce * TS.Count), ends = sums + length;
        new Span<float>(sums, length).Clear();

        int whole = Columns / TS.Count * TS.Count, span = images < ManyImages ? Columns : ChainColumns;
        float* x = Panels + (long)image * Padded(Columns);
        for (int start = 0; start < whole; start += span)
        {
            float* sum = sums;
            for (int r = first; r < end; r += RowsAtOnce, sum += groupLength)
            {
                for (int k = start; k < Math.Min(whole, start + span); k += ChainColumns)
                {
                    AddChains<TS, TV>(Row(r) + k, Row(r + 1) + k, Row(r + 2) + k, x, k, images,
                        Math.Min(ChainColumns, whole - k), sum);
                }
            }
        }

        if (whole < Columns)
        {
            float* sum = sums;
            for (int r = first; r < end; r += RowsAtOnce, sum += groupLength)
            {
                for (int j = 0; j < RowsAtOnce; j++)
                {
                    for (int k = 0; k < TS.Count; k++)
                        ends[j * TS.Count + k] = whole + k < Columns ? Row(r + j)[whole + k] : 0f;
                }

                AddChains<TS, TV>(ends, ends + TS.Count, ends + 2 * TS.Count, x, whole, images, TS.Count,
                    sum);
            }
        }

        for (int r = first; r < end; r++)
        {
            float* sum = sums + (r - first) / RowsAtOnce * groupLength + (r - first) % RowsAtOnce * TS.Count;
            for (int i = 0; i < images; i++, sum += RowsAtOnce * TS.Count)
            {
                float y = Alpha * Total(sum);
                Y[(long)(image + i) * Rows + r] = Bias == null ? y : y + Bias[r];
            }
        }
    }

    /// <summary>A row; past the last one the last one again, whose products are not read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float* Row(int r) => Weight + (long)Math.Min(r, Rows - 1) * Columns;

    /// <summary>The sum of a vector's lanes: the upper half on the lower, until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Total(float* lanes)
    {
        Vector128<float> four = Vector128.Load(lanes);
        if (!MicroKernel.IsSlim)
        {
            Vector256<float> eight = Vector256.Load(lanes);
            if (MicroKernel.IsWide) eight += Vector256.Load(lanes + 8);
            four = eight.GetLower() + eight.GetUpper();
        }

        Vector64<float> two = four.GetLower() + four.GetUpper();
        return two.GetElement(0) + two.GetElement(1);
    }

    /// <summary>sums[i][j] += sum over the columns k .. k + length - 1 of x(i, .) w_j, for all images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void AddChains<TS, TV>(float* w0, float* w1, float* w2, float* x, int k, int images, int length,
        float* sums)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        int padded = Padded(Columns);
        for (int i = 0, width; i < images; i += width, sums += width * RowsAtOnce * TS.Count)
        {
            width = PanelWidth(images - i);
            float* panel = x + (long)i * padded + (long)k * width;
            bool ahead = i == 0 && images >= ManyImages;
            if (width == 8) AddChain<TS, TV, MicroKernel.N8>(w0, w1, w2, panel, length, ahead, sums);
            else if (width == 4) AddChain<TS, TV, MicroKernel.N4>(w0, w1, w2, panel, length, ahead, sums);
            else AddChain<TS, TV, MicroKernel.N1>(w0, w1, w2, panel, length, ahead, sums);
        }
    }

    /// <summary>The same for one panel; <paramref name="length"/> is a multiple of the lanes.</summary>
    /// <remarks>
    /// The sums are named locals, since the JIT keeps these in registers and would not keep an array there; and there is no
    /// first tier, since a single saliency map must not wait for the second.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddChain<TS, TV, TImages>(float* w0, float* w1, float* w2, float* x, int length, bool ahead,
        float* sums)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TImages : struct, INumber
    {
        TV s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default;
        TV s20 = default, s21 = default, s22 = default, s30 = default, s31 = default, s32 = default;
        TV s40 = default, s41 = default, s42 = default, s50 = default, s51 = default, s52 = default;
        TV s60 = default, s61 = default, s62 = default, s70 = default, s71 = default, s72 = default;
        for (int k = 0; k < length; k += TS.Count, x += TImages.Value * TS.Count)
        {
            if (ahead && Sse.IsSupported)
            {
                Sse.Prefetch1(w0 + k + ChainColumns);
                Sse.Prefetch1(w1 + k + ChainColumns);
                Sse.Prefetch1(w2 + k + ChainColumns);
            }

            TV v0 = TS.Load(w0 + k), v1 = TS.Load(w1 + k), v2 = TS.Load(w2 + k), y = TS.Load(x);
            s00 = TS.MultiplyAdd(y, v0, s00);
            s01 = TS.MultiplyAdd(y, v1, s01);
            s02 = TS.MultiplyAdd(y, v2, s02);
            if (TImages.Value > 1)
            {
                y = TS.Load(x + TS.Count);
                s10 = TS.MultiplyAdd(y, v0, s10);
                s11 = TS.MultiplyAdd(y, v1, s11);
                s12 = TS.MultiplyAdd(y, v2, s12);
                y = TS.Load(x + 2 * TS.Count);
                s20 = TS.MultiplyAdd(y, v0, s20);
                s21 = TS.MultiplyAdd(y, v1, s21);
                s22 = TS.MultiplyAdd(y, v2, s22);
                y = TS.Load(x + 3 * TS.Count);
                s30 = TS.MultiplyAdd(y, v0, s30);
                s31 = TS.MultiplyAdd(y, v1, s31);
                s32 = TS.MultiplyAdd(y, v2, s32);
            }

            if (TImages.Value > 4)
            {
                y = TS.Load(x + 4 * TS.Count);
                s40 = TS.MultiplyAdd(y, v0, s40);
                s41 = TS.MultiplyAdd(y, v1, s41);
                s42 = TS.MultiplyAdd(y, v2, s42);
                y = TS.Load(x + 5 * TS.Count);
                s50 = TS.MultiplyAdd(y, v0, s50);
                s51 = TS.MultiplyAdd(y, v1, s51);
                s52 = TS.MultiplyAdd(y, v2, s52);
                y = TS.Load(x + 6 * TS.Count);
                s60 = TS.MultiplyAdd(y, v0, s60);
                s61 = TS.MultiplyAdd(y, v1, s61);
                s62 = TS.MultiplyAdd(y, v2, s62);
                y = TS.Load(x + 7 * TS.Count);
                s70 = TS.MultiplyAdd(y, v0, s70);
                s71 = TS.MultiplyAdd(y, v1, s71);
                s72 = TS.MultiplyAdd(y, v2, s72);
            }
        }

        Add<TS, TV>(ref sums, s00, s01, s02);
        if (TImages.Value > 1)
        {
            Add<TS, TV>(ref sums, s10, s11, s12);
            Add<TS, TV>(ref sums, s20, s21, s22);
            Add<TS, TV>(ref sums, s30, s31, s32);
        }

        if (TImages.Value > 4)
        {
            Add<TS, TV>(ref sums, s40, s41, s42);
            Add<TS, TV>(ref sums, s50, s51, s52);
            Add<TS, TV>(ref sums, s60, s61, s62);
            Add<TS, TV>(ref sums, s70, s71, s72);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TS, TV>(ref float* sums, TV s0, TV s1, TV s2)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        TS.Store(TS.Add(TS.Load(sums), s0), sums);
        TS.Store(TS.Add(TS.Load(sums + TS.Count), s1), sums + TS.Count);
        TS.Store(TS.Add(TS.Load(sums + 2 * TS.Count), s2), sums + 2 * TS.Count);
        sums += RowsAtOnce * TS.Count;
    }
}
