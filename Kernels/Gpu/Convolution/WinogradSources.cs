using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// Where Winograd's tiles come from: a tensor, or, in the backward pass through what follows a convolution, what the
/// rectifier's rule and the pooling's switches make of the signal above them, computed as it is read.
/// </summary>
internal interface ITileSource
{
    /// <summary>The 6 x 6 numbers from row y and column x of a plane of h x w; 0 outside of it.</summary>
    Tile6 Load(int plane, int h, int w, int y, int x);
}

/// <summary>A tensor in its stored layout.</summary>
internal struct TensorSource : ITileSource
{
    public ArrayView<float> X;

    /// <summary>
    /// 1 where rows are a multiple of four and the pad to the left is 1, so that a tile's inner four are 128 bits.
    /// </summary>
    public int IsAligned;

    public readonly Tile6 Load(int plane, int h, int w, int y, int x) => new(Row(plane, h, w, y, x), Row(plane, h, w, y + 1, x),
        Row(plane, h, w, y + 2, x), Row(plane, h, w, y + 3, x), Row(plane, h, w, y + 4, x), Row(plane, h, w, y + 5, x));

    private readonly Line6 Row(int plane, int h, int w, int y, int x)
    {
        if (y < 0 || y >= h) return default;
        int row = (plane * h + y) * w;
        if (IsAligned == 0)
        {
            return new Line6(At(row, w, x), At(row, w, x + 1), At(row, w, x + 2), At(row, w, x + 3), At(row, w, x + 4),
                At(row, w, x + 5));
        }

        Float4 inner = x + 1 < w ? X.Cast<Float4>()[(row + x + 1) / 4] : default;
        return new Line6(At(row, w, x), inner.X, inner.Y, inner.Z, inner.W, At(row, w, x + 5));
    }

    private readonly float At(int row, int w, int x) => x < 0 || x >= w ? 0f : X[row + x];
}

/// <summary>The signal below a rectifier. Rows are a multiple of four and the pad to the left is 1.</summary>
internal struct RectifierSource<TRule, TF> : ITileSource
    where TRule : struct, IReluRule
    where TF : struct, IRectifier<float>
{
    public TF F;
    public ArrayView<float> Above;
    public ArrayView<byte> Bits;

    public readonly Tile6 Load(int plane, int h, int w, int y, int x) => new(Row(plane, h, w, y, x), Row(plane, h, w, y + 1, x),
        Row(plane, h, w, y + 2, x), Row(plane, h, w, y + 3, x), Row(plane, h, w, y + 4, x), Row(plane, h, w, y + 5, x));

    private readonly Line6 Row(int plane, int h, int w, int y, int x)
    {
        if (y < 0 || y >= h) return default;
        int first = (plane * h + y) * w + x + 1, quad = first / 4;
        float left = 0f, right = 0f;
        Float4 inner = default;
        if (x >= 0 && x < w) left = TRule.Backward(Above[first - 1], (Bits[quad - 1] & 8) != 0, F);
        if (x + 1 < w) inner = Rectified.Backward<TRule, TF>(F, Above.Cast<Float4>()[quad], Bits[quad]);
        if (x + 5 < w) right = TRule.Backward(Above[first + 4], (Bits[quad + 1] & 1) != 0, F);
        return new Line6(left, inner.X, inner.Y, inner.Z, inner.W, right);
    }
}

/// <summary>
/// The signal below a rectifier with a max-pooling behind it that halves both sides. Rows are a multiple of four, and the pads
/// above and to the left are 1: a tile's inner four columns are two windows.
/// </summary>
internal struct PoolSource<TRule, TF> : ITileSource
    where TRule : struct, IReluRule
    where TF : struct, IRectifier<float>
{
    public TF F;

    /// <summary>The signal above the pooling, and its switches.</summary>
    public ArrayView<float> Above;
    public ArrayView<byte> Positions, Bits;

    public readonly Tile6 Load(int plane, int h, int w, int y, int x)
    {
        int p = (y + 1) / 2;
        WindowLine before = Windows(plane, h, w, p - 1, x), upper = Windows(plane, h, w, p, x);
        WindowLine lower = Windows(plane, h, w, p + 1, x), after = Windows(plane, h, w, p + 2, x);
        return new Tile6(Row(before.Row(2), plane, h, w, y, x), Row(upper.Row(0), plane, h, w, y + 1, x),
            Row(upper.Row(2), plane, h, w, y + 2, x), Row(lower.Row(0), plane, h, w, y + 3, x),
            Row(lower.Row(2), plane, h, w, y + 4, x), Row(after.Row(0), plane, h, w, y + 5, x));
    }

    /// <summary>Four windows of row p of the pooling's output; the first one's right column is x.</summary>
    private readonly WindowLine Windows(int plane, int h, int w, int p, int x)
    {
        if (p < 0 || p >= h / 2) return default;
        int first = ((plane * h / 2 + p) * w + x + 1) / 2, inner = first / 2;
        var line = default(WindowLine);
        if (x >= 0 && x < w) (line.Left, line.OfLeft) = (Above[first - 1], Positions[first - 1]);
        if (x + 1 < w) (line.Inner, line.OfInner) = (Above.Cast<Float2>()[inner], Positions.Cast<ushort>()[inner]);
        if (x + 5 < w) (line.Right, line.OfRight) = (Above[first + 2], Positions[first + 2]);
        return line;
    }

    private readonly Line6 Row(Line6 r, int plane, int h, int w, int y, int x)
    {
        if (y < 0 || y >= h) return default;
        int quad = ((plane * h + y) * w + x + 1) / 4;
        float left = 0f, right = 0f;
        Float4 inner = default;
        if (x >= 0 && x < w) left = TRule.Backward(r.E0, (Bits[quad - 1] & 8) != 0, F);
        if (x + 1 < w) inner = Rectified.Backward<TRule, TF>(F, new Float4(r.E1, r.E2, r.E3, r.E4), Bits[quad]);
        if (x + 5 < w) right = TRule.Backward(r.E5, (Bits[quad + 1] & 1) != 0, F);
        return new Line6(left, inner.X, inner.Y, inner.Z, inner.W, right);
    }
}

/// <summary>Signals of four windows of 2 x 2 side by side with their switches, those of the inner two in a byte each.</summary>
internal struct WindowLine
{
    public float Left, Right;
    public Float2 Inner;
    public int OfLeft, OfInner, OfRight;

    /// <summary>
    /// What they send to a row, from the first one's right column to the last one's left; the row's first position in a window is
    /// 0 or 2.
    /// </summary>
    public readonly Line6 Row(int first)
    {
        int ofX = OfInner & 255, ofY = OfInner >> 8;
        return new Line6(OfLeft == first + 1 ? Left : 0f, ofX == first ? Inner.X : 0f, ofX == first + 1 ? Inner.X : 0f,
            ofY == first ? Inner.Y : 0f, ofY == first + 1 ? Inner.Y : 0f, OfRight == first ? Right : 0f);
    }
}
