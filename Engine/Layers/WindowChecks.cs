using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>What every window must fulfil.</summary>
internal static class WindowChecks
{
    /// <summary>
    /// Rows or columns that a window may span, pads and stride included: no image is as long, and sums of it fit an int.
    /// </summary>
    private const int LongestSpan = 1 << 24;

    /// <summary>Refuses sizes, strides and dilations below 1, negative pads, and windows longer than any image.</summary>
    public static void Require(Window w, Layer layer)
    {
        if (w.KH < 1 || w.KW < 1 || w.StrideH < 1 || w.StrideW < 1 || w.DilationH < 1 || w.DilationW < 1)
        {
            throw new NetVizException(
                $"node '{layer.Name}' ({layer.Operator}): kernel {w.KH}x{w.KW}, strides {w.StrideH}x{w.StrideW}, "
                + $"dilations {w.DilationH}x{w.DilationW}; each must be at least 1");
        }
        if (w.PadTop < 0 || w.PadLeft < 0 || w.PadBottom < 0 || w.PadRight < 0)
        {
            throw new NetVizException(
                $"node '{layer.Name}' ({layer.Operator}): pads {w.PadTop}, {w.PadLeft}, {w.PadBottom}, {w.PadRight}; "
                + "negative ones are not supported");
        }
        if (Span(w.KH, w.DilationH, w.StrideH, w.PadTop, w.PadBottom) > LongestSpan
            || Span(w.KW, w.DilationW, w.StrideW, w.PadLeft, w.PadRight) > LongestSpan)
        {
            throw new NetVizException(
                $"node '{layer.Name}' ({layer.Operator}): kernel {w.KH}x{w.KW}, strides {w.StrideH}x{w.StrideW}, "
                + $"dilations {w.DilationH}x{w.DilationW}, pads {w.PadTop}, {w.PadLeft}, {w.PadBottom}, {w.PadRight}; "
                + $"together they may span {LongestSpan} rows or columns");
        }
    }

    /// <summary>Refuses pads of a pooling that are as long as its window: some windows would lie in the pads alone.</summary>
    public static void RequireWindowsReachInput(Window w, Layer layer)
    {
        long high = (w.KH - 1L) * w.DilationH + 1, wide = (w.KW - 1L) * w.DilationW + 1;
        if (Math.Max(w.PadTop, w.PadBottom) < high && Math.Max(w.PadLeft, w.PadRight) < wide) return;
        throw new NetVizException(
            $"node '{layer.Name}' ({layer.Operator}): pads {w.PadTop}, {w.PadLeft}, {w.PadBottom}, {w.PadRight} of a window of "
            + $"{high}x{wide}; pads that are as long as the window are not supported",
            "windows that lie in the pads alone have nothing to pool");
    }

    private static Int128 Span(long kernel, long dilation, long stride, long before, long after) =>
        (Int128)(kernel - 1) * dilation + 1 + stride + before + after;
}
