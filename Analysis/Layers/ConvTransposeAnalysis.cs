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
            ConvTerms.Outputs(layer.Geometry(e.Input), layer.Weight, e.Index).Select(t => e.Term(t.Name, t.Weight, t.At)),
            layer.Bias.IsEmpty ? null : layer.Bias.Span[e.Index[1]]);

    /// <inheritdoc/>
    protected override TracePart Backward(ConvTranspose layer, BackwardElement e) =>
        e.Part("R_n(c,y,x) = sum over o,kh,kw of w[c,o,kh,kw] R_{n+1}(o,y',x')", null,
            ConvTerms.Inputs(layer.Geometry(e.Input), layer.Weight, e.Index).Select(t => e.Term(t.Name, t.Weight, t.At)));

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
                foreach (ConvTerm term in ConvTerms.Inputs(g, layer.Weight, index))
                {
                    double product = term.Weight * r[term.At];
                    if (r[term.At] == 0) continue;
                    result.Values[at] += product;
                    result.Magnitudes[at] += Math.Abs(product);
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
}
