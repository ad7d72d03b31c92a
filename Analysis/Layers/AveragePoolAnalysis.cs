using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y(p) = sum over its window of x(q) / divisor(p). Transposed, each signal over its divisor is spread over its window.
/// </summary>
internal sealed class AveragePoolAnalysis : LayerAnalysis<AveragePool>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(AveragePool layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n(q) = sum over p of R_{n+1}(p) / |window p|",
        $"each signal spread evenly over its window; {ByExtension}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(AveragePool layer, Passage passage) =>
        ["Linear: nothing is zeroed; what no window covers gets 0."];

    /// <inheritdoc/>
    protected override TracePart Forward(AveragePool layer, ForwardElement e)
    {
        PoolGeometry g = layer.Geometry(e.Input);
        double share = 1.0 / Math.Max(1, g.Divisor(e.Index[2], e.Index[3]));
        return e.Part("y(p) = sum over its window of x(q) / divisor(p)", null,
            WindowReach.Inside(g, e.Index).Select(place => e.Term(null, share, place.At)));
    }

    /// <inheritdoc/>
    protected override TracePart Backward(AveragePool layer, BackwardElement e) => Spread(layer.Geometry(e.Input), e);

    /// <summary>Returns what windows send down to an element that share their signal evenly.</summary>
    public static TracePart Spread(PoolGeometry g, BackwardElement e)
    {
        int[] index = e.Index;
        return e.Part("R_n(q) = sum over the windows p that hold q of R_{n+1}(p) / divisor(p)", null,
            WindowReach.Of(g.Window, index[2], index[3], g.OH, g.OW).Select(w => e.Term(null,
                1.0 / Math.Max(1, g.Divisor(w.Y, w.X)), ElementIndex.In(e.Output, [index[0], index[1], w.Y, w.X]))));
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(AveragePool layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [Spread(layer, inputs[0], output, r)];

    /// <inheritdoc/>
    protected override void Field(AveragePool layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Windows(above, output, below[0], inputs[0], layer.Geometry(inputs[0]).Window, inputs[0].C);

    /// <inheritdoc/>
    protected override string Description(AveragePool layer) =>
        layer.Window is Window w ? WithWindow(layer.Operator, w) : layer.Operator;

    /// <summary>Each signal, over its window's divisor, spread over its window.</summary>
    private static LiteralSignal Spread(AveragePool pool, Shape input, Shape output, double[] r)
    {
        LiteralWindow w = LiteralWindow.OfPool(pool.Window, input, output);
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
    /// The window's positions on the plane, or on the padded plane where padding counts; 1 if there is none.
    /// </summary>
    private static int Divisor(LiteralWindow w, Shape input, int oh, int ow, bool countPadding)
    {
        (int top, int bottom) = countPadding ? (-w.PadTop, input.H + w.PadBottom) : (0, input.H);
        (int left, int right) = countPadding ? (-w.PadLeft, input.W + w.PadRight) : (0, input.W);
        int rows = Enumerable.Range(0, w.KH).Count(kh => w.Row(oh, kh) >= top && w.Row(oh, kh) < bottom);
        int columns = Enumerable.Range(0, w.KW).Count(kw => w.Column(ow, kw) >= left && w.Column(ow, kw) < right);
        return Math.Max(1, rows * columns);
    }
}
