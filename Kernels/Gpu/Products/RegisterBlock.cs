using System.Runtime.CompilerServices;

namespace NetViz.Kernels.Gpu;

/// <summary>4 x 4 sums in registers: sixteen scalars, since arrays would lie in memory.</summary>
internal struct RegisterBlock
{
    private float _c00, _c01, _c02, _c03, _c10, _c11, _c12, _c13, _c20, _c21, _c22, _c23, _c30, _c31, _c32, _c33;

    /// <summary>c(m, n) += a(m) b(n).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Float4 a, Float4 b)
    {
        _c00 += a.X * b.X;
        _c01 += a.X * b.Y;
        _c02 += a.X * b.Z;
        _c03 += a.X * b.W;
        _c10 += a.Y * b.X;
        _c11 += a.Y * b.Y;
        _c12 += a.Y * b.Z;
        _c13 += a.Y * b.W;
        _c20 += a.Z * b.X;
        _c21 += a.Z * b.Y;
        _c22 += a.Z * b.Z;
        _c23 += a.Z * b.W;
        _c30 += a.W * b.X;
        _c31 += a.W * b.Y;
        _c32 += a.W * b.Z;
        _c33 += a.W * b.W;
    }

    /// <summary>
    /// Hands four rows to the product, the first of them row m. A loop with selections, so that the product's code stands here
    /// once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(PlaneProduct product, int z, int m, int n, int slice, int isFirst, int isLast)
    {
        for (int row = 0; row < 4; row++)
        {
            var values = new Float4(
                row < 2 ? row == 0 ? _c00 : _c10 : row == 2 ? _c20 : _c30,
                row < 2 ? row == 0 ? _c01 : _c11 : row == 2 ? _c21 : _c31,
                row < 2 ? row == 0 ? _c02 : _c12 : row == 2 ? _c22 : _c32,
                row < 2 ? row == 0 ? _c03 : _c13 : row == 2 ? _c23 : _c33);
            product.Store(z, m + row, n, values, slice, isFirst, isLast);
        }
    }
}

/// <summary>
/// Which of a warp's 4 x 8 blocks is whose. A load of 128 bits serves a half of the warp at once where neighbours (lanes i and
/// i ^ 1, or i and i ^ 2) want the same 128 bits, else a quarter; here the former holds for columns and the latter for rows.
/// </summary>
internal static class Lane
{
    /// <summary>Lane bits 0 and 4.</summary>
    public static int Row(int thread) => thread & 1 | thread >> 3 & 2;

    /// <summary>Lane bits 1, 2 and 3.</summary>
    public static int Column(int thread) => thread >> 1 & 7;
}
