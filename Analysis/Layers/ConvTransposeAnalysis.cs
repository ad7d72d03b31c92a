using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y(o, q) = sum over c, p, k with p stride - pad + k dilation = q of w[c,o,k] x(c,p) + b[o]. Its transpose is a convolution run
/// forward on the signal: R_n(c, p) = sum over o, k of w[c,o,k] R_{n+1}(o, p stride - pad + k dilation).
/// </summary>
internal sealed class ConvTransposeAnalysis : LayerAnalysis<ConvTranspose>
{
    /// <inheritdoc/>
    public override bool IsByExtension(Layer layer) => false;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(ConvTranspose layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1} correlated with K", $"the convolution that this layer transposes; {Same}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(ConvTranspose layer, Passage passage) =>
    [
        "Linear: nothing is zeroed.",
        $"Each value of R_n is a sum of up to {Counts.Of((long)layer.WeightShape[1] * layer.Window.Area)} "
            + $"products weight x signal{(layer.Bias.Length > 0 ? "; the bias has no part in it" : "")}.",
    ];

    /// <inheritdoc/>
    protected override TracePart Forward(ConvTranspose layer, ForwardElement e) =>
        e.Part("y(o,y,x) = sum over c,kh,kw of w[c,o,kh,kw] x(c,y',x')" + (layer.Bias.IsEmpty ? "" : " + b[o]"), null,
            Sources(layer, e.Input, e.Index).Select(t => e.Term(t.Name, t.Weight, t.At)),
            layer.Bias.IsEmpty ? null : layer.Bias.Span[e.Index[1]]);

    /// <inheritdoc/>
    protected override TracePart Backward(ConvTranspose layer, BackwardElement e) =>
        e.Part("R_n(c,y,x) = sum over o,kh,kw of w[c,o,kh,kw] R_{n+1}(o,y',x')", null,
            Targets(layer, layer.Geometry(e.Input), e.Index).Select(t => e.Term(t.Name, t.Weight, t.At)));

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(ConvTranspose layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r)
    {
        Shape input = inputs[0];
        ConvGeometry g = layer.Geometry(input);
        var result = new LiteralSignal(new double[input.Count], new double[input.Count], new int[input.Count]);
        Parallel.For(0, input.N * input.C, plane =>
        {
            for (int y = 0; y < input.H; y++)
            for (int x = 0; x < input.W; x++)
            {
                int at = (plane * input.H + y) * input.W + x;
                int[] index = [plane / input.C, plane % input.C, y, x];
                foreach ((string? _, double weight, long from) in Targets(layer, g, index, isNamed: false))
                {
                    double signal = r[from];
                    if (signal == 0) continue;
                    result.Values[at] += weight * signal;
                    result.Magnitudes[at] += Math.Abs(weight * signal);
                    result.Roundings[at]++;
                }
            }
        });
        return [result];
    }

    /// <inheritdoc/>
    protected override void Field(ConvTranspose layer, bool[] above, Shape output, bool[][] below, Shape[] inputs)
    {
        Shape input = inputs[0];
        ConvGeometry g = layer.Geometry(input);
        int og = g.CG, cg = g.OG, area = output.H * output.W;
        var reached = new bool[input.H * input.W];
        for (int group = 0; group < g.Groups; group++)
        {
            Array.Clear(reached);
            for (int p = 0; p < area; p++)
            {
                bool chosen = false;
                for (int o = group * og; !chosen && o < (group + 1) * og; o++) chosen = above[o * area + p];
                if (!chosen) continue;
                foreach (WindowReach.Place place in WindowReach.Of(g.Window, p / output.W, p % output.W, input.H, input.W))
                    reached[place.Y * input.W + place.X] = true;
            }

            for (int c = group * cg; c < (group + 1) * cg; c++)
            for (int p = 0; p < reached.Length; p++) below[0][c * reached.Length + p] |= reached[p];
        }
    }

    /// <inheritdoc/>
    protected override Layer WithoutConstants(ConvTranspose layer) => new ConvTranspose(layer.Name, layer.Weight, layer.WeightShape,
        default, layer.Window, layer.Groups, layer.Extra, layer.Size);

    /// <inheritdoc/>
    protected override (string Name, Func<long, double> At)? Constants(ConvTranspose layer, ForwardRecord record, Node node,
        Shape output)
    {
        if (layer.Bias.IsEmpty) return null;
        long plane = output.Product(2, 4);
        return ("bias", i => layer.Bias.Span[(int)(i / plane % output.C)]);
    }

    /// <inheritdoc/>
    protected override string Description(ConvTranspose layer) =>
        WithWindow(layer.Operator, layer.Window) + (layer.Groups > 1 ? $", {layer.Groups} groups" : "");

    // What an output is made of.
    private static IEnumerable<(string Name, double Weight, long At)> Sources(ConvTranspose layer, Shape input, int[] index)
    {
        ConvGeometry g = layer.Geometry(input);
        (int n, int o) = (index[0], index[1]);
        int group = o / g.CG;
        for (int c = group * g.OG; c < (group + 1) * g.OG; c++)
        foreach (WindowReach.Place p in WindowReach.Of(g.Window, index[2], index[3], input.H, input.W))
        {
            int at = ((c * g.CG + o % g.CG) * g.Window.KH + p.KH) * g.Window.KW + p.KW;
            yield return ($"w[{c},{o % g.CG},{p.KH},{p.KW}]", layer.Weight.Span[at], ElementIndex.In(input, [n, c, p.Y, p.X]));
        }
    }

    // What an input goes into.
    private static IEnumerable<(string? Name, double Weight, long At)> Targets(ConvTranspose layer, ConvGeometry g, int[] index,
        bool isNamed = true)
    {
        Window w = g.Window;
        (int n, int c) = (index[0], index[1]);
        for (int o = 0; o < g.CG; o++)
        for (int kh = 0; kh < w.KH; kh++)
        for (int kw = 0; kw < w.KW; kw++)
        {
            int y = index[2] * w.StrideH - w.PadTop + kh * w.DilationH, x = index[3] * w.StrideW - w.PadLeft + kw * w.DilationW;
            if (y < 0 || y >= g.H || x < 0 || x >= g.W) continue;
            yield return (isNamed ? $"w[{c},{o},{kh},{kw}]" : null, layer.Weight.Span[((c * g.CG + o) * w.KH + kh) * w.KW + kw],
                (((long)n * g.C + c / g.OG * g.CG + o) * g.H + y) * g.W + x);
        }
    }
}
