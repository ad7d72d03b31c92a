using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// The transforms of Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016): y = A^T [(G g G^T) . (B^T d B)] A, tile
/// d 6x6, filter g 3x3, output y 4x4; 36 products instead of 144.
/// <para>
/// The interpolation points are 0, +-a, +-b and infinity with a = 1/sqrt 2, b = sqrt 2 instead of the usual 0, +-1, +-2: as
/// cheap, and about three times as exact. With m(x) = x (x^2 - 1/2) (x^2 - 2):
/// </para>
/// <code>
///        1  0 -5/2  0  1  0          1   0    0                 1  1    1   1    1   0
///        0 -b  -2   a  1  0        -2/3(1   a  1/2)             0  a   -a   b   -b   0
/// B^T =  0  b  -2  -a  1  0    G = -2/3(1  -a  1/2)       A^T = 0 1/2  1/2  2    2   0
///        0 -a -1/2  b  1  0         1/6(1   b   2 )             0 a/2 -a/2 2b  -2b   1
///        0  a -1/2 -b  1  0         1/6(1  -b   2 )
///        0  1   0 -5/2 0  1          0   0    1
/// </code>
/// Tiles are taken sixteen at a time, one a lane.
/// </summary>
internal static unsafe class WinogradTransforms
{
    /// <summary>Side of an input tile.</summary>
    public const int Side = 6;

    /// <summary>Side of an output tile; also the step from tile to tile.</summary>
    public const int Step = 4;

    /// <summary>Tile positions: 6 x 6.</summary>
    public const int Positions = Side * Side;

    /// <summary>Tiles taken at once.</summary>
    public const int Lanes = MicroKernel.Columns;

    private const double ExactA = 0.70710678118654752440;
    private const double ExactB = 1.41421356237309504880;
    /// <summary>a, the inner points.</summary>
    public const float A = (float)ExactA;

    /// <summary>b, the outer points.</summary>
    public const float B = (float)ExactB;

    /// <summary>G g G^T of sixteen filters, computed in double and rounded once.</summary>
    /// <param name="filters">[3][3][16].</param>
    /// <param name="result">[36][16].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter(float* filters, float* result)
    {
        const int Four = 4;
        double* half = stackalloc double[Side * 3 * Four];
        double* wide = stackalloc double[Side * Four];
        for (int lane = 0; lane < Lanes; lane += Four)
        {
            for (int x = 0; x < 3; x++)
            {
                FilterLine(Widen(filters + x * Lanes + lane), Widen(filters + (3 + x) * Lanes + lane),
                    Widen(filters + (6 + x) * Lanes + lane), half + x * Four, 3 * Four);
            }

            for (int i = 0; i < Side; i++)
            {
                double* line = half + i * 3 * Four;
                FilterLine(Vector256.Load(line), Vector256.Load(line + Four), Vector256.Load(line + 2 * Four), wide, Four);
                for (int j = 0; j < Side; j++)
                {
                    Vector128.Narrow(Vector128.Load(wide + j * Four), Vector128.Load(wide + j * Four + 2))
                        .Store(result + (i * Side + j) * Lanes + lane);
                }
            }
        }
    }

    /// <summary>B^T d B of sixteen tiles.</summary>
    /// <param name="tiles">
    /// The sixteen tiles' first elements; rows are <paramref name="rowStride"/> apart, and 8 numbers a row can be read.
    /// </param>
    /// <param name="rowStride">Floats from a tile's row to the next, for each tile.</param>
    /// <param name="result">Position p goes to result + p * positionStride, [16].</param>
    /// <param name="positionStride">Floats from position to position.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float** tiles, int* rowStride, float* result, long positionStride)
    {
        float* d = stackalloc float[Positions * Lanes];
        for (int y = 0; y < Side; y++)
        {
            // Row y of four tiles at a time: six columns, a tile a lane.
            for (int t = 0; t < Lanes; t += 4)
            {
                float* t0 = tiles[t] + y * rowStride[t], t1 = tiles[t + 1] + y * rowStride[t + 1];
                float* t2 = tiles[t + 2] + y * rowStride[t + 2], t3 = tiles[t + 3] + y * rowStride[t + 3];
                float* to = d + y * Side * Lanes + t;
                Transpose(t0, t1, t2, t3, to, Lanes);
                TransposeHalf(t0 + 4, t1 + 4, t2 + 4, t3 + 4, to + 4 * Lanes, Lanes);
            }
        }

        for (int half = 0; half < Lanes; half += 8)
        {
            for (int y = 0; y < Side; y++) InputLine(d + y * Side * Lanes + half, Lanes, d + y * Side * Lanes + half, Lanes);
            for (int x = 0; x < Side; x++)
                InputLine(d + x * Lanes + half, Side * Lanes, result + x * positionStride + half, Side * positionStride);
        }
    }

    /// <summary>A^T m A of sixteen tiles.</summary>
    /// <param name="products">Position p lies at products + p * positionStride, [16].</param>
    /// <param name="positionStride">Floats from position to position.</param>
    /// <param name="bias">Is added to each output.</param>
    /// <param name="result">[16 tiles][4][4].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* products, long positionStride, float bias, float* result)
    {
        float* half = stackalloc float[Step * Side * Lanes];
        float* y = stackalloc float[Step * Step * Lanes];
        for (int lane = 0; lane < Lanes; lane += 8)
        {
            var none = Vector256<float>.Zero;
            var shift = Vector256.Create(bias);
            for (int x = 0; x < Side; x++)
            {
                OutputLine(products + x * positionStride + lane, Side * positionStride,
                    half + x * Lanes + lane, Side * Lanes, none);
            }
            for (int r = 0; r < Step; r++)
                OutputLine(half + r * Side * Lanes + lane, Lanes, y + r * Step * Lanes + lane, Lanes, shift);
        }

        for (int r = 0; r < Step; r++)
        for (int t = 0; t < Lanes; t += 4)
        {
            float* from = y + r * Step * Lanes + t;
            Transpose(from, from + Lanes, from + 2 * Lanes, from + 3 * Lanes, result + t * Step * Step + r * Step, Step * Step);
        }
    }

    /// <summary>A r A^T of sixteen tiles, the transpose of <see cref="Output"/>.</summary>
    /// <param name="tiles">The sixteen tiles' first elements; four numbers a row are read.</param>
    /// <param name="rowStride">Floats from a tile's row to the next, for each tile.</param>
    /// <param name="result">Position p goes to result + p * positionStride, [16].</param>
    /// <param name="positionStride">Floats from position to position.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OutputTransposed(float** tiles, int* rowStride, float* result, long positionStride)
    {
        float* r = stackalloc float[Step * Step * Lanes];
        float* half = stackalloc float[Step * Side * Lanes];
        for (int y = 0; y < Step; y++)
        for (int t = 0; t < Lanes; t += 4)
        {
            Transpose(tiles[t] + y * rowStride[t], tiles[t + 1] + y * rowStride[t + 1], tiles[t + 2] + y * rowStride[t + 2],
                tiles[t + 3] + y * rowStride[t + 3], r + y * Step * Lanes + t, Lanes);
        }

        for (int lane = 0; lane < Lanes; lane += 8)
        {
            for (int y = 0; y < Step; y++)
                OutputTransposedLine(r + y * Step * Lanes + lane, Lanes, half + y * Side * Lanes + lane, Lanes);
            for (int x = 0; x < Side; x++)
            {
                OutputTransposedLine(half + x * Lanes + lane, Side * Lanes, result + x * positionStride + lane,
                    Side * positionStride);
            }
        }
    }

    /// <summary>G^T u G of sixteen filters, the transpose of <see cref="Filter"/>.</summary>
    /// <param name="positions">Position p lies at positions + p * positionStride, [16].</param>
    /// <param name="positionStride">Floats from position to position.</param>
    /// <param name="result">[3][3][16].</param>
    [SkipLocalsInit]
    public static void FilterTransposed(float* positions, long positionStride, float* result)
    {
        float* half = stackalloc float[3 * Side * Lanes];
        for (int lane = 0; lane < Lanes; lane += 8)
        {
            for (int x = 0; x < Side; x++)
            {
                FilterTransposedLine(positions + x * positionStride + lane, Side * positionStride,
                    half + x * Lanes + lane, Side * Lanes);
            }

            for (int y = 0; y < 3; y++)
                FilterTransposedLine(half + y * Side * Lanes + lane, Lanes, result + y * 3 * Lanes + lane, Lanes);
        }
    }

    /// <summary>B^T of six numbers in eight lanes; may write over what it reads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine(float* from, long fromStride, float* to, long toStride)
    {
        Vector256<float> d0 = Vector256.Load(from), d1 = Vector256.Load(from + fromStride),
            d2 = Vector256.Load(from + 2 * fromStride);
        Vector256<float> d3 = Vector256.Load(from + 3 * fromStride), d4 = Vector256.Load(from + 4 * fromStride),
            d5 = Vector256.Load(from + 5 * fromStride);
        Vector256<float> a = Vector256.Create(A), b = Vector256.Create(B), c = Vector256.Create(-2.5f);
        Vector256<float> even1 = MicroKernel.MultiplyAdd(Vector256.Create(-2f), d2, d4),
            odd1 = MicroKernel.MultiplyAdd(a, d3, -(b * d1));
        Vector256<float> even2 = MicroKernel.MultiplyAdd(Vector256.Create(-0.5f), d2, d4),
            odd2 = MicroKernel.MultiplyAdd(b, d3, -(a * d1));
        (MicroKernel.MultiplyAdd(c, d2, d0) + d4).Store(to);
        (even1 + odd1).Store(to + toStride);
        (even1 - odd1).Store(to + 2 * toStride);
        (even2 + odd2).Store(to + 3 * toStride);
        (even2 - odd2).Store(to + 4 * toStride);
        (MicroKernel.MultiplyAdd(c, d3, d1) + d5).Store(to + 5 * toStride);
    }

    /// <summary>A^T of six numbers in eight lanes, plus a bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine(float* from, long fromStride, float* to, long toStride, Vector256<float> bias)
    {
        Vector256<float> m0 = Vector256.Load(from), m1 = Vector256.Load(from + fromStride),
            m2 = Vector256.Load(from + 2 * fromStride);
        Vector256<float> m3 = Vector256.Load(from + 3 * fromStride), m4 = Vector256.Load(from + 4 * fromStride),
            m5 = Vector256.Load(from + 5 * fromStride);
        Vector256<float> plus1 = m1 + m2, minus1 = m1 - m2, plus2 = m3 + m4, minus2 = m3 - m4;
        (m0 + plus1 + plus2 + bias).Store(to);
        MicroKernel.MultiplyAdd(Vector256.Create(A), minus1, MicroKernel.MultiplyAdd(Vector256.Create(B), minus2, bias))
            .Store(to + toStride);
        MicroKernel.MultiplyAdd(Vector256.Create(0.5f), plus1, MicroKernel.MultiplyAdd(Vector256.Create(2f), plus2, bias))
            .Store(to + 2 * toStride);
        MicroKernel.MultiplyAdd(Vector256.Create(A / 2), minus1,
            MicroKernel.MultiplyAdd(Vector256.Create(2 * B), minus2, m5 + bias))
            .Store(to + 3 * toStride);
    }

    /// <summary>A of four numbers in eight lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputTransposedLine(float* from, long fromStride, float* to, long toStride)
    {
        Vector256<float> r0 = Vector256.Load(from), r1 = Vector256.Load(from + fromStride),
            r2 = Vector256.Load(from + 2 * fromStride), r3 = Vector256.Load(from + 3 * fromStride);
        Vector256<float> even1 = MicroKernel.MultiplyAdd(Vector256.Create(0.5f), r2, r0),
            odd1 = MicroKernel.MultiplyAdd(Vector256.Create(A / 2), r3, Vector256.Create(A) * r1);
        Vector256<float> even2 = MicroKernel.MultiplyAdd(Vector256.Create(2f), r2, r0),
            odd2 = MicroKernel.MultiplyAdd(Vector256.Create(2 * B), r3, Vector256.Create(B) * r1);
        r0.Store(to);
        (even1 + odd1).Store(to + toStride);
        (even1 - odd1).Store(to + 2 * toStride);
        (even2 + odd2).Store(to + 3 * toStride);
        (even2 - odd2).Store(to + 4 * toStride);
        r3.Store(to + 5 * toStride);
    }

    /// <summary>G^T of six numbers in eight lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterTransposedLine(float* from, long fromStride, float* to, long toStride)
    {
        Vector256<float> u0 = Vector256.Load(from), u1 = Vector256.Load(from + fromStride),
            u2 = Vector256.Load(from + 2 * fromStride);
        Vector256<float> u3 = Vector256.Load(from + 3 * fromStride), u4 = Vector256.Load(from + 4 * fromStride),
            u5 = Vector256.Load(from + 5 * fromStride);
        Vector256<float> plus1 = u1 + u2, minus1 = u1 - u2, plus2 = u3 + u4, minus2 = u3 - u4;
        (u0 + plus1 * (-2f / 3) + plus2 * (1f / 6)).Store(to);
        (minus1 * (-2f / 3 * A) + minus2 * (1f / 6 * B)).Store(to + toStride);
        (plus1 * (-1f / 3) + plus2 * (1f / 3) + u5).Store(to + 2 * toStride);
    }

    /// <summary>Four numbers from each of four places become four vectors of one number from each place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(float* r0, float* r1, float* r2, float* r3, float* to, int stride)
    {
        if (!Sse.IsSupported)
        {
            for (int k = 0; k < 4; k++)
                (to[k * stride], to[k * stride + 1], to[k * stride + 2], to[k * stride + 3]) = (r0[k], r1[k], r2[k], r3[k]);
            return;
        }

        Vector128<float> a = Vector128.Load(r0), b = Vector128.Load(r1), c = Vector128.Load(r2), d = Vector128.Load(r3);
        Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b),
            cdHigh = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(ab, cd).Store(to);
        Sse.MoveHighToLow(cd, ab).Store(to + stride);
        Sse.MoveLowToHigh(abHigh, cdHigh).Store(to + 2 * stride);
        Sse.MoveHighToLow(cdHigh, abHigh).Store(to + 3 * stride);
    }

    /// <summary>The same for two numbers from each place; four are read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeHalf(float* r0, float* r1, float* r2, float* r3, float* to, int stride)
    {
        if (!Sse.IsSupported)
        {
            for (int k = 0; k < 2; k++)
                (to[k * stride], to[k * stride + 1], to[k * stride + 2], to[k * stride + 3]) = (r0[k], r1[k], r2[k], r3[k]);
            return;
        }

        Vector128<float> ab = Sse.UnpackLow(Vector128.Load(r0), Vector128.Load(r1)),
            cd = Sse.UnpackLow(Vector128.Load(r2), Vector128.Load(r3));
        Sse.MoveLowToHigh(ab, cd).Store(to);
        Sse.MoveHighToLow(cd, ab).Store(to + stride);
    }

    /// <summary>
    /// G of three numbers in four lanes: the rows of +-a and of +-b are sums and differences of an even and an odd part.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterLine(Vector256<double> g0, Vector256<double> g1, Vector256<double> g2, double* to, int toStride)
    {
        Vector256<double> even1 = (g0 + g2 * 0.5) * (-2.0 / 3), odd1 = g1 * (-2.0 / 3 * ExactA);
        Vector256<double> even2 = (g0 + g2 * 2.0) * (1.0 / 6), odd2 = g1 * (1.0 / 6 * ExactB);
        g0.Store(to);
        (even1 + odd1).Store(to + toStride);
        (even1 - odd1).Store(to + 2 * toStride);
        (even2 + odd2).Store(to + 3 * toStride);
        (even2 - odd2).Store(to + 4 * toStride);
        g2.Store(to + 5 * toStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(float* from)
    {
        (Vector128<double> low, Vector128<double> high) = Vector128.Widen(Vector128.Load(from));
        return Vector256.Create(low, high);
    }
}
