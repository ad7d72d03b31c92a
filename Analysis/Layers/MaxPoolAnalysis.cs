using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

public static partial class LiteralDeconvNet
{
    /// <summary>
    /// Unpooling: each signal is put where the maximum stood, at position kh KW + kw of its window; signals of overlapping
    /// windows that meet add up, K - 1 roundings for K of them.
    /// </summary>
    private static LiteralSignal Unpool(MaxPool pool, Shape input, Shape output, int[] switches, double[] r)
    {
        var result = new LiteralSignal(new double[input.Count], new double[input.Count], new int[input.Count]);
        for (int p = 0; p < r.Length; p++)
        {
            if (PlaceOf(pool, input, output, switches, p) is not int q || r[p] == 0) continue;
            result.Values[q] += r[p];
            result.Magnitudes[q] += Math.Abs(r[p]);
            result.Roundings[q]++;
        }

        for (int q = 0; q < result.Roundings.Length; q++) result.Roundings[q] = Math.Max(0, result.Roundings[q] - 1);
        return result;
    }

    /// <summary>The element below at which output p's switch points; null for the switch -1, none.</summary>
    internal static int? PlaceOf(MaxPool pool, Shape input, Shape output, int[] switches, int p)
    {
        if (switches[p] == -1) return null;
        LiteralWindow w = WindowOf(pool.Window, input, output);
        (int plane, int place) = Math.DivRem(p, output.H * output.W);
        (int oh, int ow) = Math.DivRem(place, output.W);
        (int kh, int kw) = Math.DivRem(switches[p], w.KW);
        return (plane * input.H + w.Row(oh, kh)) * input.W + w.Column(ow, kw);
    }

    /// <summary>By extension: each signal, over its window's divisor, spread over its window.</summary>
    private static LiteralSignal Spread(AveragePool pool, Shape input, Shape output, double[] r)
    {
        LiteralWindow w = WindowOf(pool.Window, input, output);
        var result = new LiteralSignal(new double[input.Count], new double[input.Count], new int[input.Count]);
        for (int p = 0; p < r.Length; p++)
        {
            if (r[p] == 0) continue;
            (int plane, int place) = Math.DivRem(p, output.H * output.W);
            (int oh, int ow) = Math.DivRem(place, output.W);
            double share = r[p] / Divisor(w, input, oh, ow, pool.CountIncludePad);
            for (int kh = 0; kh < w.KH; kh++)
            for (int kw = 0; kw < w.KW; kw++)
            {
                (int h, int column) = (w.Row(oh, kh), w.Column(ow, kw));
                if (h < 0 || h >= input.H || column < 0 || column >= input.W) continue;
                int q = (plane * input.H + h) * input.W + column;
                result.Values[q] += share;
                result.Magnitudes[q] += Math.Abs(share);
                result.Roundings[q]++;
            }
        }

        return result;
    }

    /// <summary>
    /// The window's positions on the plane, or on the padded plane where padding counts; 1 where there is none.
    /// </summary>
    private static int Divisor(LiteralWindow w, Shape input, int oh, int ow, bool countPadding)
    {
        (int top, int bottom) = countPadding ? (-w.PadTop, input.H + w.PadBottom) : (0, input.H);
        (int left, int right) = countPadding ? (-w.PadLeft, input.W + w.PadRight) : (0, input.W);
        int rows = Enumerable.Range(0, w.KH).Count(kh => w.Row(oh, kh) >= top && w.Row(oh, kh) < bottom);
        int columns = Enumerable.Range(0, w.KW).Count(kw => w.Column(ow, kw) >= left && w.Column(ow, kw) < right);
        return Math.Max(1, rows * columns);
    }

    private static LiteralWindow WindowOf(Window? window, Shape input, Shape output) =>
        window is Window w ? LiteralWindow.Of(w, input, output) : LiteralWindow.Whole(input);
}
