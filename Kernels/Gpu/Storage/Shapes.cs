namespace NetViz.Kernels.Gpu;

// What kernels need of the geometries, as plain ints: Geometry.cs holds flags and computed lengths, which do not belong on a
// device.

/// <summary>A convolution's shapes (see <see cref="ConvGeometry"/>).</summary>
internal readonly struct ConvShape(in ConvGeometry g)
{
    public readonly int N = g.N, C = g.C, H = g.H, W = g.W, O = g.O, OH = g.OH, OW = g.OW, CG = g.CG, OG = g.OG;
    public readonly int KH = g.Window.KH, KW = g.Window.KW, StrideH = g.Window.StrideH, StrideW = g.Window.StrideW;
    public readonly int PadTop = g.Window.PadTop, PadLeft = g.Window.PadLeft;
    public readonly int DilationH = g.Window.DilationH, DilationW = g.Window.DilationW;
}

/// <summary>A pooling's shapes (see <see cref="PoolGeometry"/>).</summary>
internal readonly struct PoolShape(in PoolGeometry g)
{
    public readonly int H = g.H, W = g.W, OH = g.OH, OW = g.OW;
    public readonly int KH = g.Window.KH, KW = g.Window.KW, StrideH = g.Window.StrideH, StrideW = g.Window.StrideW;
    public readonly int PadTop = g.Window.PadTop, PadLeft = g.Window.PadLeft;
    public readonly int PadBottom = g.Window.PadBottom, PadRight = g.Window.PadRight;
    public readonly int DilationH = g.Window.DilationH, DilationW = g.Window.DilationW;
    public readonly int CountsPads = g.CountIncludePad ? 1 : 0;

    /// <summary>The divisor of average pooling at output position (oh, ow); at least 1.</summary>
    public int Divisor(int oh, int ow)
    {
        int rows = CountsPads != 0
            ? Inside(oh * StrideH, KH, DilationH, 0, H + PadTop + PadBottom)
            : Inside(oh * StrideH, KH, DilationH, PadTop, PadTop + H);
        int columns = CountsPads != 0
            ? Inside(ow * StrideW, KW, DilationW, 0, W + PadLeft + PadRight)
            : Inside(ow * StrideW, KW, DilationW, PadLeft, PadLeft + W);
        return rows * columns > 0 ? rows * columns : 1;
    }

    private static int Inside(int start, int kernel, int dilation, int low, int high)
    {
        int count = 0;
        for (int k = 0; k < kernel; k++)
        {
            int position = start + k * dilation;
            if (position >= low && position < high) count++;
        }

        return count;
    }
}
