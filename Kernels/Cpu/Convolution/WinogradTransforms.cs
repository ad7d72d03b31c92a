using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
/// A vector holds one place of a tile in several channels. Tiles come in strips side by side in a row of tiles.
/// </summary>
internal static unsafe class WinogradTransforms
{
    /// <summary>Side of an input tile.</summary>
    public const int Side = 6;

    /// <summary>Side of an output tile; also the step from tile to tile.</summary>
    public const int Step = 4;

    /// <summary>Tile positions: 6 x 6.</summary>
    public const int Positions = Side * Side;

    /// <summary>Tiles of a strip at most: its 30 columns in six rows fill a third of a 32 KB L1 cache.</summary>
    public const int MostTiles = 7;

    /// <summary>Columns of a strip's input at most.</summary>
    public const int MostColumns = MostTiles * Step + 2;

    private const int Lanes = Layout.Lanes;
    private const double ExactA = 0.70710678118654752440;
    private const double ExactB = 1.41421356237309504880;

    /// <summary>a, the inner points.</summary>
    public const float A = (float)ExactA;

    /// <summary>b, the outer points.</summary>
    public const float B = (float)ExactB;

    /// <summary>B^T d B of a strip of tiles in sixteen channels.</summary>
    /// <param name="rows">The strip's six rows from its first column on, [columns][16] each.</param>
    /// <param name="first">The first column that lies inside the plane; those before are 0 and are not read.</param>
    /// <param name="end">The first column behind the plane; it and those after are 0 and are not read.</param>
    /// <param name="tiles">1 .. <see cref="MostTiles"/>.</param>
    /// <param name="half">To work in: [6][<see cref="MostColumns"/>][16].</param>
    /// <param name="result">Position p of tile t goes to result + p * positionStride + t * 16.</param>
    /// <param name="positionStride">Floats from position to position.</param>
    public static void Input(float** rows, int first, int end, int tiles, float* half, float* result, long positionStride)
    {
        if (MicroKernel.IsWide) Input<Wide, Vector512<float>>(rows, first, end, tiles, half, result, positionStride);
        else if (MicroKernel.IsSlim) Input<Slim, Vector128<float>>(rows, first, end, tiles, half, result, positionStride);
        else Input<Narrow, Vector256<float>>(rows, first, end, tiles, half, result, positionStride);
    }

    /// <summary>A^T m A + bias of a strip of tiles in sixteen channels.</summary>
    /// <param name="products">Position p of tile t lies at products + p * positionStride + t * tileStride.</param>
    /// <param name="positionStride">Floats from position to position.</param>
    /// <param name="tileStride">Floats from tile to tile.</param>
    /// <param name="tiles">1 .. <see cref="MostTiles"/>.</param>
    /// <param name="bias">[16].</param>
    /// <param name="half">To work in: [4][6][16].</param>
    /// <param name="result">[4][4 tiles][16].</param>
    public static void Output(float* products, long positionStride, int tileStride, int tiles, float* bias, float* half,
        float* result)
    {
        if (MicroKernel.IsWide)
            Output<Wide, Vector512<float>>(products, positionStride, tileStride, tiles, bias, half, result);
        else if (MicroKernel.IsSlim)
            Output<Slim, Vector128<float>>(products, positionStride, tileStride, tiles, bias, half, result);
        else Output<Narrow, Vector256<float>>(products, positionStride, tileStride, tiles, bias, half, result);
    }

    /// <summary>A r A^T of a strip of tiles in sixteen channels, the transpose of <see cref="Output"/>.</summary>
    /// <param name="rows">The strip's four rows from its first column on, [4 tiles][16] each.</param>
    /// <param name="end">The first column behind the plane; it and those after are 0 and are not read.</param>
    /// <param name="tiles">1 .. <see cref="MostTiles"/>.</param>
    /// <param name="half">To work in: [6][<see cref="MostColumns"/>][16].</param>
    /// <param name="result">Position p of tile t goes to result + p * positionStride + t * 16.</param>
    /// <param name="positionStride">Floats from position to position.</param>
    public static void OutputTransposed(float** rows, int end, int tiles, float* half, float* result, long positionStride)
    {
        if (MicroKernel.IsWide) OutputTransposed<Wide, Vector512<float>>(rows, end, tiles, half, result, positionStride);
        else if (MicroKernel.IsSlim) OutputTransposed<Slim, Vector128<float>>(rows, end, tiles, half, result, positionStride);
        else OutputTransposed<Narrow, Vector256<float>>(rows, end, tiles, half, result, positionStride);
    }

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Input<TS, TV>(float** rows, int first, int end, int tiles, float* half, float* result,
        long positionStride)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        const int Line = MostColumns * Lanes;
        int columns = tiles * Step + 2;
        for (int lane = 0; lane < Lanes; lane += TS.Count)
        {
            float* r0 = rows[0] + lane, r1 = rows[1] + lane, r2 = rows[2] + lane;
            float* r3 = rows[3] + lane, r4 = rows[4] + lane, r5 = rows[5] + lane;
            for (int x = 0; x < columns; x++)
            {
                float* to = half + x * Lanes + lane;
                if (x < first || x >= end)
                {
                    for (int i = 0; i < Side; i++) TS.Store(TS.Broadcast(0f), to + i * Line);
                    continue;
                }

                int at = x * Lanes;
                InputLine<TS, TV>(TS.Load(r0 + at), TS.Load(r1 + at), TS.Load(r2 + at), TS.Load(r3 + at), TS.Load(r4 + at),
                    TS.Load(r5 + at), to, Line);
            }

            for (int t = 0; t < tiles; t++)
            for (int i = 0; i < Side; i++)
            {
                float* line = half + i * Line + t * Step * Lanes + lane;
                InputLine<TS, TV>(TS.Load(line), TS.Load(line + Lanes), TS.Load(line + 2 * Lanes), TS.Load(line + 3 * Lanes),
                    TS.Load(line + 4 * Lanes), TS.Load(line + 5 * Lanes),
                    result + i * Side * positionStride + t * Lanes + lane, positionStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Output<TS, TV>(float* products, long positionStride, int tileStride, int tiles, float* bias, float* half,
        float* result)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        for (int lane = 0; lane < Lanes; lane += TS.Count)
        {
            TV shift = TS.Load(bias + lane), none = TS.Broadcast(0f);
            for (int t = 0; t < tiles; t++)
            {
                float* tile = products + (long)t * tileStride + lane;
                for (int j = 0; j < Side; j++)
                {
                    OutputLine<TS, TV>(tile + j * positionStride, Side * positionStride, none, half + j * Lanes + lane,
                        Side * Lanes);
                }

                for (int r = 0; r < Step; r++)
                {
                    OutputLine<TS, TV>(half + r * Side * Lanes + lane, Lanes, shift,
                        result + (r * tiles + t) * Step * Lanes + lane, Lanes);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OutputTransposed<TS, TV>(float** rows, int end, int tiles, float* half, float* result,
        long positionStride)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        const int Line = MostColumns * Lanes;
        for (int lane = 0; lane < Lanes; lane += TS.Count)
        {
            TV none = TS.Broadcast(0f);
            for (int x = 0; x < tiles * Step; x++)
            {
                int at = x * Lanes + lane;
                bool inside = x < end;
                OutputTransposedLine<TS, TV>(inside ? TS.Load(rows[0] + at) : none, inside ? TS.Load(rows[1] + at) : none,
                    inside ? TS.Load(rows[2] + at) : none, inside ? TS.Load(rows[3] + at) : none, half + at, Line);
            }

            for (int t = 0; t < tiles; t++)
            for (int i = 0; i < Side; i++)
            {
                float* line = half + i * Line + t * Step * Lanes + lane;
                OutputTransposedLine<TS, TV>(TS.Load(line), TS.Load(line + Lanes), TS.Load(line + 2 * Lanes),
                    TS.Load(line + 3 * Lanes), result + i * Side * positionStride + t * Lanes + lane, positionStride);
            }
        }
    }

    /// <summary>B^T of six numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine<TS, TV>(TV d0, TV d1, TV d2, TV d3, TV d4, TV d5, float* to, long stride)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        TV a = TS.Broadcast(A), b = TS.Broadcast(B), c = TS.Broadcast(-2.5f);
        TV even1 = TS.MultiplyAdd(TS.Broadcast(-2f), d2, d4);
        TV odd1 = TS.Subtract(TS.Multiply(a, d3), TS.Multiply(b, d1));
        TV even2 = TS.MultiplyAdd(TS.Broadcast(-0.5f), d2, d4);
        TV odd2 = TS.Subtract(TS.Multiply(b, d3), TS.Multiply(a, d1));
        TS.Store(TS.Add(TS.MultiplyAdd(c, d2, d0), d4), to);
        TS.Store(TS.Add(even1, odd1), to + stride);
        TS.Store(TS.Subtract(even1, odd1), to + 2 * stride);
        TS.Store(TS.Add(even2, odd2), to + 3 * stride);
        TS.Store(TS.Subtract(even2, odd2), to + 4 * stride);
        TS.Store(TS.Add(TS.MultiplyAdd(c, d3, d1), d5), to + 5 * stride);
    }

    /// <summary>A^T of six numbers, plus a bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine<TS, TV>(float* from, long fromStride, TV bias, float* to, long stride)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        TV m0 = TS.Load(from), m1 = TS.Load(from + fromStride), m2 = TS.Load(from + 2 * fromStride);
        TV m3 = TS.Load(from + 3 * fromStride), m4 = TS.Load(from + 4 * fromStride), m5 = TS.Load(from + 5 * fromStride);
        TV plus1 = TS.Add(m1, m2), minus1 = TS.Subtract(m1, m2), plus2 = TS.Add(m3, m4), minus2 = TS.Subtract(m3, m4);
        TS.Store(TS.Add(TS.Add(TS.Add(m0, plus1), plus2), bias), to);
        TS.Store(TS.MultiplyAdd(TS.Broadcast(A), minus1, TS.MultiplyAdd(TS.Broadcast(B), minus2, bias)), to + stride);
        TS.Store(TS.MultiplyAdd(TS.Broadcast(0.5f), plus1, TS.MultiplyAdd(TS.Broadcast(2f), plus2, bias)), to + 2 * stride);
        TV last = TS.MultiplyAdd(TS.Broadcast(2 * B), minus2, TS.Add(m5, bias));
        TS.Store(TS.MultiplyAdd(TS.Broadcast(A / 2), minus1, last), to + 3 * stride);
    }

    /// <summary>A of four numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputTransposedLine<TS, TV>(TV r0, TV r1, TV r2, TV r3, float* to, long stride)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        TV even1 = TS.MultiplyAdd(TS.Broadcast(0.5f), r2, r0);
        TV odd1 = TS.MultiplyAdd(TS.Broadcast(A / 2), r3, TS.Multiply(TS.Broadcast(A), r1));
        TV even2 = TS.MultiplyAdd(TS.Broadcast(2f), r2, r0);
        TV odd2 = TS.MultiplyAdd(TS.Broadcast(2 * B), r3, TS.Multiply(TS.Broadcast(B), r1));
        TS.Store(r0, to);
        TS.Store(TS.Add(even1, odd1), to + stride);
        TS.Store(TS.Subtract(even1, odd1), to + 2 * stride);
        TS.Store(TS.Add(even2, odd2), to + 3 * stride);
        TS.Store(TS.Subtract(even2, odd2), to + 4 * stride);
        TS.Store(r3, to + 5 * stride);
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
