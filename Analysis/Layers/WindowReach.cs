using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>The windows of a convolution or pooling that hold one element of a plane.</summary>
internal static class WindowReach
{
    /// <summary>A window and the element's place in it.</summary>
    /// <param name="Y">The window's output row.</param>
    /// <param name="X">The window's output column.</param>
    /// <param name="KH">The element's row in the window.</param>
    /// <param name="KW">The element's column in the window.</param>
    public readonly record struct Place(int Y, int X, int KH, int KW);

    /// <summary>
    /// Returns the elements of the input that a window reads, each with its position in the window, kh KW + kw.
    /// </summary>
    /// <param name="g">The pooling.</param>
    /// <param name="index">The window's index in the output, [n, c, y, x].</param>
    public static IEnumerable<(int Position, long At)> Inside(PoolGeometry g, int[] index)
    {
        for (int k = 0; k < g.Window.Area; k++)
        {
            if (!g.Reaches(index[2], index[3], k)) continue;
            int y = index[2] * g.Window.StrideH - g.Window.PadTop + k / g.Window.KW * g.Window.DilationH;
            int x = index[3] * g.Window.StrideW - g.Window.PadLeft + k % g.Window.KW * g.Window.DilationW;
            yield return (k, ElementIndex.In(g.Input, [index[0], index[1], y, x]));
        }
    }

    /// <summary>All of them: Y with Y stride - pad + kh dilation = y, columns alike.</summary>
    /// <param name="w">The window, pads resolved.</param>
    /// <param name="y">The element's row.</param>
    /// <param name="x">The element's column.</param>
    /// <param name="outputHeight">Output rows.</param>
    /// <param name="outputWidth">Output columns.</param>
    public static IEnumerable<Place> Of(Window w, int y, int x, int outputHeight, int outputWidth)
    {
        for (int kh = 0; kh < w.KH; kh++)
        {
            (int oh, int restH) = Math.DivRem(y + w.PadTop - kh * w.DilationH, w.StrideH);
            if (restH != 0 || oh < 0 || oh >= outputHeight) continue;
            for (int kw = 0; kw < w.KW; kw++)
            {
                (int ow, int restW) = Math.DivRem(x + w.PadLeft - kw * w.DilationW, w.StrideW);
                if (restW == 0 && ow >= 0 && ow < outputWidth) yield return new Place(oh, ow, kh, kw);
            }
        }
    }
}
