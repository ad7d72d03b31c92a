using System.Globalization;
using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y(p) = max over its window of x(q). The signal goes to the element that the switch names, the first of the largest values;
/// signals
/// of windows that overlap are added.
/// </summary>
internal sealed class MaxPoolAnalysis : LayerAnalysis<MaxPool>
{
    // Windows of more elements are not written out in a note.
    private const int LargestShownWindow = 9;

    /// <inheritdoc/>
    public override bool IsByExtension(Layer layer) => false;

    /// <inheritdoc/>
    public override bool HasRecordedState => true;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(MaxPool layer, ReluRule rule, Unpooling unpooling) =>
        unpooling == Unpooling.Even
        ? ("R_n(q) = sum over p of R_{n+1}(p) / |window p|", "switches dropped: each signal spread over its window [ours]")
        : ("R_n(q) = sum of R_{n+1}(p), switch(p) = q", $"each signal goes to where its window's maximum stood; {Same}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(MaxPool layer, Passage passage) =>
        ReasonsOf(passage.Unpooling, passage.Pool!);

    /// <inheritdoc/>
    protected override TracePart Forward(MaxPool layer, ForwardElement e)
    {
        PoolGeometry g = layer.SwitchGeometry(e.Input);
        double[] x = e.Activation();
        (int Position, long At)[] inside = [.. WindowReach.Inside(g, e.Index)];
        if (inside.Length == 0) return e.Part("y(p) = max over its window of x(q)", "the window lies in the padding", [], 0);
        // Of equal values the first in row-major order is the maximum.
        (int position, long at) = inside.MaxBy(place => x[place.At]);
        string place = $"place {position / g.Window.KW},{position % g.Window.KW}";
        string values = inside.Length > LargestShownWindow
            ? $"its {inside.Length} elements"
            : string.Join(", ", inside.Select(p => x[p.At].ToString("g6", CultureInfo.InvariantCulture)));
        string note = $"of {values} the maximum is at {place}";
        return e.Part("y(p) = max over its window of x(q)", note, [e.Term(null, 1, at)]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(MaxPool layer, BackwardElement e) =>
        e.Rule.UnpoolingAt(layer) == Unpooling.Switches ? Unpooled(layer, e) : AveragePoolAnalysis.Spread(layer.SwitchGeometry(e.Input), e);

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(MaxPool layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [Unpool(layer, inputs[0], output, kept.Switches, r)];

    /// <summary>(A x)(p) = x at the place of p's switch; transposed, the switch's place gets the signal.</summary>
    protected override LiteralSignal? Derivative(MaxPool layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed)
    {
        if (transposed) return Unpool(layer, input, output, kept.Switches, v);
        var gathered = new double[output.Count];
        for (int p = 0; p < gathered.Length; p++)
            gathered[p] = PlaceOf(layer, input, output, kept.Switches, p) is int q ? v[q] : 0;
        return LiteralSignal.Moved(gathered);
    }

    /// <summary>d_{n+1}(p) = d(switch of p); the switch moves to j where x_j + t d_j overtakes the maximum.</summary>
    protected override double[] Tangent(MaxPool layer, TangentStep step, double[][] inputs)
    {
        (Node node, double[] tangent, FlipSearch flips) = (step.Node, inputs[0], step.Flips);
        double[] x = step.Activation;
        PoolGeometry g = layer.SwitchGeometry(step.InputShapes[0]);
        int[] switches = step.Piece.At(node).Switches;
        var above = new double[switches.Length];
        (int oh, int ow) = (g.OH, g.OW);
        for (int p = 0; p < above.Length; p++)
        {
            if (switches[p] == Switches.None) continue;
            (int plane, int place) = Math.DivRem(p, oh * ow);
            (int y, int column) = Math.DivRem(place, ow);
            int At(int position) => (plane * g.H + y * g.Window.StrideH - g.Window.PadTop
                + position / g.Window.KW * g.Window.DilationH) * g.W
                + column * g.Window.StrideW - g.Window.PadLeft + position % g.Window.KW * g.Window.DilationW;

            int best = switches[p], max = At(best);
            for (int k = 0; k < g.Window.Area; k++)
            {
                // Of equal values that grows to be the maximum which grows fastest; of equally fast ones the first.
                if (!g.Reaches(y, column, k) || x[At(k)] != x[max] || !(tangent[At(k)] > tangent[At(best)])) continue;
                best = k;
            }

            if (best != switches[p])
            {
                flips.AddAtOnce(node);
                switches[p] = best;
                max = At(best);
            }

            above[p] = tangent[max];
            (double nearest, int next) = (double.PositiveInfinity, -1);
            for (int k = 0; k < g.Window.Area; k++)
            {
                if (k == best || !g.Reaches(y, column, k)) continue;
                double rate = tangent[At(k)] - tangent[max], t = (x[max] - x[At(k)]) / rate;
                if (rate > 0 && t < nearest) (nearest, next) = (t, k);
            }

            if (next < 0 || !flips.Add(node, nearest)) continue;
            flips.SetFirst(node, step.FlipOf( FlipKind.SwitchMoves, p, nearest, x[max], x[At(next)],
                tangent[At(next)] - tangent[max], best, next));
        }

        return above;
    }

    /// <inheritdoc/>
    protected override void Field(MaxPool layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Windows(above, output, below[0], inputs[0], layer.SwitchGeometry(inputs[0]).Window, inputs[0].C);

    /// <summary>The switch must be the first of the largest values in its window, in row-major order.</summary>
    protected override string? RecordedFault(MaxPool layer, Shape input, Shape output, PortableLayer kept, double[] x)
    {
        int[] switches = kept.Switches;
        LiteralWindow w = LiteralWindow.OfPool(layer.Window, input, output);
        for (int p = 0; p < switches.Length; p++)
        {
            (int plane, int place) = Math.DivRem(p, output.H * output.W);
            (int oh, int ow) = Math.DivRem(place, output.W);
            (int position, double largest) = (-1, double.NegativeInfinity);
            for (int k = 0; k < w.KH * w.KW; k++)
            {
                (int h, int column) = (w.Row(oh, k / w.KW), w.Column(ow, k % w.KW));
                if (h < 0 || h >= input.H || column < 0 || column >= input.W) continue;
                double value = x[(plane * input.H + h) * input.W + column];
                if (position < 0 || value > largest) (position, largest) = (k, value);
            }

            if (switches[p] != position)
                return $"the recorded switch of output {p} is {switches[p]}, and the maximum stands at {position}";
        }

        return null;
    }

    /// <inheritdoc/>
    protected override string Description(MaxPool layer) =>
        layer.Window is Window w ? WithWindow(layer.Operator, w) : layer.Operator;

    private static TracePart Unpooled(MaxPool layer, BackwardElement e)
    {
        PoolGeometry g = layer.SwitchGeometry(e.Input);
        int[] index = e.Index, switches = e.Kept.Switches;
        WindowReach.Place[] windows = [.. WindowReach.Of(g.Window, index[2], index[3], g.OH, g.OW)];
        long At(WindowReach.Place p) => ElementIndex.In(g.Output, [index[0], index[1], p.Y, p.X]);
        WindowReach.Place[] won = [.. windows.Where(p => switches[At(p)] == p.KH * g.Window.KW + p.KW)];
        string note = (windows, won) switch
        {
            ([var own], [_]) => $"it is its window's maximum: place {own.KH},{own.KW}",
            ([var own], []) => $"its window's maximum is at place {Place(switches[At(own)])}, not here at {own.KH},{own.KW}",
            _ => $"it is the maximum of {won.Length} of the {Counted.Of(windows.Length, "window")} that hold it",
        };
        return e.Part("R_n(q) = sum over the windows whose switch is q of R_{n+1}", note,
            won.Select(p => e.Term(null, 1, At(p))));

        string Place(int position) => $"{position / g.Window.KW},{position % g.Window.KW}";
    }

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
    private static int? PlaceOf(MaxPool pool, Shape input, Shape output, int[] switches, int p)
    {
        if (switches[p] == -1) return null;
        LiteralWindow w = LiteralWindow.OfPool(pool.Window, input, output);
        (int plane, int place) = Math.DivRem(p, output.H * output.W);
        (int oh, int ow) = Math.DivRem(place, output.W);
        (int kh, int kw) = Math.DivRem(switches[p], w.KW);
        return (plane * input.H + w.Row(oh, kh)) * input.W + w.Column(ow, kw);
    }

    private static string[] ReasonsOf(Unpooling unpooling, UnpoolingCounts pool)
    {
        string windows = $"{Counts.Of(pool.WithSignal)} of {Counts.Of(pool.Windows)} windows carry a signal"
            + $"{(pool.WithoutSwitch > 0 ? $"; {Counts.Of(pool.WithoutSwitch)} lie in the padding" : "")}.";
        string reached = $"It reaches {Counts.Of(pool.Reached)} of {Counts.Of(pool.Positions)} positions; at the others R_n = 0, "
            + (unpooling == Unpooling.Even ? "as no such window covers them." : "as no such window had its maximum there.");
        string shared = !pool.Overlap ? "Windows do not overlap: no two signals meet."
            : $"Positions where several meet and are added: {Counts.Of(pool.Shared)}.";
        return [windows, reached, shared];
    }
}
