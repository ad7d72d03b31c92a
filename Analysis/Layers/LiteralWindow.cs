using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// A window's place on a plane, worked out from the shapes below and above it: output position p looks at the rows
/// p StrideH - PadTop + k DilationH, k = 0 .. KH - 1; columns alike.
/// </summary>
internal readonly record struct LiteralWindow(int KH, int KW, int StrideH, int StrideW, int DilationH, int DilationW, int PadTop,
    int PadLeft, int PadBottom, int PadRight)
{
    /// <summary>The window as in the file, automatic padding turned into numbers.</summary>
    public static LiteralWindow Of(Window w, Shape input, Shape output)
    {
        (int top, int bottom) = Pads(w.AutoPad, (w.PadTop, w.PadBottom), input.H, output.H, w.KH, w.StrideH, w.DilationH);
        (int left, int right) = Pads(w.AutoPad, (w.PadLeft, w.PadRight), input.W, output.W, w.KW, w.StrideW, w.DilationW);
        return new LiteralWindow(w.KH, w.KW, w.StrideH, w.StrideW, w.DilationH, w.DilationW, top, left, bottom, right);
    }

    /// <summary>The window of a pooling; null stands for the whole plane.</summary>
    public static LiteralWindow OfPool(Window? window, Shape input, Shape output) =>
        window is Window w ? Of(w, input, output) : Whole(input);

    /// <summary>The window of a pooling over the whole plane.</summary>
    public static LiteralWindow Whole(Shape input) => new(input.H, input.W, 1, 1, 1, 1, 0, 0, 0, 0);

    /// <summary>SAME: as many rows around as the windows need, half on either side, an odd one below or above.</summary>
    private static (int Before, int After) Pads(AutoPad how, (int Before, int After) given, int length, int outputs, int kernel,
        int stride, int dilation)
    {
        long missing = Math.Max(0, (outputs - 1L) * stride + (kernel - 1L) * dilation + 1 - length);
        (int small, int large) = ((int)(missing / 2), (int)(missing - missing / 2));
        return how switch
        {
            AutoPad.None => given,
            AutoPad.Valid => (0, 0),
            AutoPad.SameUpper => (small, large),
            _ => (large, small),
        };
    }

    /// <summary>The row that position kh of the window at output row oh looks at.</summary>
    public int Row(int oh, int kh) => oh * StrideH - PadTop + kh * DilationH;

    /// <summary>The column that position kw of the window at output column ow looks at.</summary>
    public int Column(int ow, int kw) => ow * StrideW - PadLeft + kw * DilationW;
}
