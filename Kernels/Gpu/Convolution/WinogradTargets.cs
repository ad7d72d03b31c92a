using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// Where Winograd's output tiles go: to a tensor, or through a rectifier, whose bits are kept, and perhaps a max-pooling, whose
/// switches are kept, to a tensor behind them.
/// </summary>
internal interface ITileTarget
{
    /// <summary>
    /// Takes four rows from row y and column x of a plane of h x w, multiples of four; what lies outside is left.
    /// </summary>
    void Store(int plane, int h, int w, int y, int x, Float4 row0, Float4 row1, Float4 row2, Float4 row3);
}

/// <summary>Writes output tiles to a tensor.</summary>
internal struct TensorTarget : ITileTarget
{
    public ArrayView<float> Y;

    public readonly void Store(int plane, int h, int w, int y, int x, Float4 row0, Float4 row1, Float4 row2, Float4 row3)
    {
        Row(plane, h, w, y, x, row0);
        Row(plane, h, w, y + 1, x, row1);
        Row(plane, h, w, y + 2, x, row2);
        Row(plane, h, w, y + 3, x, row3);
    }

    private readonly void Row(int plane, int h, int w, int y, int x, Float4 row)
    {
        if (y >= h) return;
        int at = (plane * h + y) * w + x;
        if (w % 4 == 0)
        {
            Y.Cast<Float4>()[at / 4] = row;
            return;
        }

        Y[at] = row.X;
        if (x + 1 < w) Y[at + 1] = row.Y;
        if (x + 2 < w) Y[at + 2] = row.Z;
        if (x + 3 < w) Y[at + 3] = row.W;
    }
}

/// <summary>A rectifier, its bits and a tensor behind it. Rows are a multiple of four.</summary>
internal struct RectifierTarget<TF> : ITileTarget
    where TF : struct, IRectifier<float>
{
    public TF F;
    public ArrayView<float> Y;
    public ArrayView<byte> Bits;

    public readonly void Store(int plane, int h, int w, int y, int x, Float4 row0, Float4 row1, Float4 row2, Float4 row3)
    {
        Row(plane, h, w, y, x, row0);
        Row(plane, h, w, y + 1, x, row1);
        Row(plane, h, w, y + 2, x, row2);
        Row(plane, h, w, y + 3, x, row3);
    }

    private readonly void Row(int plane, int h, int w, int y, int x, Float4 row)
    {
        if (y >= h) return;
        int quad = ((plane * h + y) * w + x) / 4;
        Bits[quad] = Rectified.Bits(F, row);
        Y.Cast<Float4>()[quad] = Rectified.Forward(F, row);
    }
}

/// <summary>
/// A rectifier, its bits, a max-pooling that halves both sides, its switches, and a tensor behind it. Rows are a multiple of
/// four; a tile is four windows.
/// </summary>
internal struct PoolTarget<TF> : ITileTarget
    where TF : struct, IRectifier<float>
{
    public TF F;
    public ArrayView<float> Y;
    public ArrayView<byte> Positions, Bits;

    public readonly void Store(int plane, int h, int w, int y, int x, Float4 row0, Float4 row1, Float4 row2, Float4 row3)
    {
        Rows(plane, h, w, y, x, row0, row1);
        if (y + 2 < h) Rows(plane, h, w, y + 2, x, row2, row3);
    }

    private readonly void Rows(int plane, int h, int w, int y, int x, Float4 upper, Float4 lower)
    {
        int quad = ((plane * h + y) * w + x) / 4;
        Bits[quad] = Rectified.Bits(F, upper);
        Bits[quad + w / 4] = Rectified.Bits(F, lower);
        Float4 a = Rectified.Forward(F, upper), b = Rectified.Forward(F, lower);
        HalvingWindow left = new(a.X, a.Y, b.X, b.Y), right = new(a.Z, a.W, b.Z, b.W);
        int pair = (((plane * h + y) / 2 * w) + x) / 4;
        Y.Cast<Float2>()[pair] = new Float2(left.Best, right.Best);
        Positions.Cast<ushort>()[pair] = (ushort)(left.Position | right.Position << 8);
    }
}
