using System.Numerics.Tensors;
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
/// y(o,y,x) = sum over c,kh,kw of w[o,c,kh,kw] x(c,y',x') + b[o]. Its transpose is a convolution run forward on the signal, with
/// flipped and transposed filters:
///   1. filters    F(c, o, k) = W(o, c, K - 1 - k): input and output channels change places, rows and columns are reversed;
///   2. signal     stride - 1 zeros between neighbours, dilation (K - 1) - pad zeros around (a negative number crops);
///   3. correlate  R_n(c, q) = sum over o, k of F(c, o, k) P(o, q + dilation k), a plain forward convolution of stride 1.
/// </summary>
internal sealed class ConvAnalysis : LayerAnalysis<Conv>
{
    /// <summary>
    /// Elements of a plane that are summed at once: two rows of sums and two of the signal stay in a 32 KB cache.
    /// </summary>
    private const int Block = 1024;

    /// <inheritdoc/>
    public override bool IsByExtension(Layer layer) => false;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Conv layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1} * flipped K", $"convolution with the flipped kernels; {Same}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Conv layer, Passage passage) =>
    [
        "Linear: nothing is zeroed.",
        $"Each value of R_n is a sum of up to {Counts.Of((long)layer.WeightShape[0] / layer.Groups * layer.Window.Area)} "
            + $"products weight x signal{(layer.Bias.Length > 0 ? "; the bias has no part in it" : "")}.",
    ];

    /// <inheritdoc/>
    protected override TracePart Forward(Conv layer, ForwardElement e) =>
        e.Part("y(o,y,x) = sum over c,kh,kw of w[o,c,kh,kw] x(c,y',x')" + (layer.Bias.IsEmpty ? "" : " + b[o]"), null,
            ConvTerms.Inputs(layer.Geometry(e.Input), layer.Weight, e.Index).Select(t => e.Term(t.Name, t.Weight, t.At)),
            layer.Bias.IsEmpty ? null : layer.Bias.Span[e.Index[1]]);

    /// <inheritdoc/>
    protected override TracePart Backward(Conv layer, BackwardElement e) =>
        e.Part("R_n(c,y,x) = sum over o,kh,kw of w[o,c,kh,kw] R_{n+1}(o,y',x')", null,
            ConvTerms.Outputs(layer.Geometry(e.Input), layer.Weight, e.Index).Select(t => e.Term(t.Name, t.Weight, t.At)));

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Conv layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [Deconvolve(layer, inputs[0], output, r)];

    /// <inheritdoc/>
    protected override void Field(Conv layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Windows(above, output, below[0], inputs[0], layer.Geometry(inputs[0]).Window, layer.Groups);

    /// <inheritdoc/>
    protected override Layer WithoutConstants(Conv layer) =>
        new Conv(layer.Name, layer.Weight, layer.WeightShape, default, layer.Window, layer.Groups);

    /// <inheritdoc/>
    protected override (string Name, Func<long, double> At)? Constants(Conv layer, ForwardRecord record, Node node, Shape output)
    {
        if (layer.Bias.IsEmpty) return null;
        long plane = output.Product(2, 4);
        return ("bias", i => layer.Bias.Span[(int)(i / plane % output.C)]);
    }

    /// <inheritdoc/>
    protected override string Description(Conv layer) =>
        WithWindow(layer.Operator, layer.Window) + (layer.Groups > 1 ? $", {layer.Groups} groups" : "");

    private static LiteralSignal Deconvolve(Conv conv, Shape input, Shape output, double[] r)
    {
        LiteralWindow w = LiteralWindow.Of(conv.Window, input, output);
        int channels = input.C / conv.Groups, filters = output.C / conv.Groups;
        var result = new LiteralSignal(new double[input.Count], new double[input.Count], new int[input.Count]);
        double[] bank = FlipAndTranspose(conv.Weight.Span, conv.Groups, filters, channels, w.KH, w.KW);
        for (int image = 0; image < input.N; image++)
        {
            for (int group = 0; group < conv.Groups; group++)
            {
                int firstFilter = image * output.C + group * filters, first = image * input.C + group * channels;
                var signal = new PaddedSignal(w, input.H, input.W, filters, output.H, output.W,
                    r.AsSpan(firstFilter * output.H * output.W, filters * output.H * output.W));
                int filterSize = filters * w.KH * w.KW, bankStart = group * channels * filterSize;
                Parallel.For(0, channels, c => Correlate(signal, bank.AsSpan(bankStart + c * filterSize, filterSize),
                    result, (first + c) * input.H * input.W));
            }
        }

        return result;
    }

    /// <summary>F [groups, C, O, KH, KW] from W [groups, O, C, KH, KW].</summary>
    private static double[] FlipAndTranspose(ReadOnlySpan<float> weight, int groups, int filters, int channels, int kh, int kw)
    {
        var bank = new double[weight.Length];
        int area = kh * kw;
        for (int g = 0; g < groups; g++)
        for (int o = 0; o < filters; o++)
        for (int c = 0; c < channels; c++)
        for (int k = 0; k < area; k++)
        {
            int transposed = (g * channels + c) * filters + o, flipped = area - 1 - k;
            bank[transposed * area + flipped] = weight[((g * filters + o) * channels + c) * area + k];
        }

        return bank;
    }

    /// <summary>
    /// One input channel. A plane is walked as one long row: what runs over its right edge is left out at the end.
    /// </summary>
    private static void Correlate(PaddedSignal p, ReadOnlySpan<double> filters, LiteralSignal result, int at)
    {
        int length = (p.H - 1) * p.Width + p.W;
        var (sums, magnitudes, terms) = (new double[length], new double[length], new double[length]);
        for (int start = 0; start < length; start += Block)
        {
            int count = Math.Min(Block, length - start);
            Span<double> sum = sums.AsSpan(start, count), magnitude = magnitudes.AsSpan(start, count);
            for (int o = 0; o < p.Planes; o++)
            for (int kh = 0; kh < p.Window.KH; kh++)
            for (int kw = 0; kw < p.Window.KW; kw++)
            {
                double f = filters[(o * p.Window.KH + kh) * p.Window.KW + kw];
                int from = o * p.Area + start + kh * p.Window.DilationH * p.Width + kw * p.Window.DilationW;
                TensorPrimitives.MultiplyAdd(p.Values.AsSpan(from, count), f, sum, sum);
                TensorPrimitives.MultiplyAdd(p.Magnitudes.AsSpan(from, count), Math.Abs(f), magnitude, magnitude);
            }

            Span<double> term = terms.AsSpan(start, count);
            for (int kh = 0; kh < p.Window.KH; kh++)
            for (int kw = 0; kw < p.Window.KW; kw++)
            {
                int from = start + kh * p.Window.DilationH * p.Width + kw * p.Window.DilationW;
                TensorPrimitives.Add(term, p.Terms.AsSpan(from, count), term);
            }
        }

        for (int h = 0; h < p.H; h++)
        {
            sums.AsSpan(h * p.Width, p.W).CopyTo(result.Values.AsSpan(at + h * p.W));
            magnitudes.AsSpan(h * p.Width, p.W).CopyTo(result.Magnitudes.AsSpan(at + h * p.W));
            for (int w = 0; w < p.W; w++) result.Roundings[at + h * p.W + w] = (int)terms[h * p.Width + w];
        }
    }

    /// <summary>
    /// The signal of one image and group with zeros inserted and around, P [O, H + dilation (KH - 1), W + dilation (KW - 1)];
    /// its absolute values; and for each place how many of the O signals there are not 0.
    /// </summary>
    private sealed class PaddedSignal
    {
        public PaddedSignal(LiteralWindow w, int h, int width, int planes, int rows, int columns, ReadOnlySpan<double> r)
        {
            (Window, H, W, Planes) = (w, h, width, planes);
            long height = h + (w.KH - 1L) * w.DilationH, across = width + (w.KW - 1L) * w.DilationW;
            if ((double)height * across * planes > 1 << 28)
                throw new NetVizException($"a literal DeconvNet of this convolution takes {planes} planes of {height} x {across}",
                    "proofs do not suit dilations that are far larger than the image");
            (Width, Area) = ((int)across, (int)(height * across));
            (Values, Magnitudes, Terms) = (new double[planes * Area], new double[planes * Area], new double[Area]);
            long top = (w.KH - 1L) * w.DilationH - w.PadTop, left = (w.KW - 1L) * w.DilationW - w.PadLeft;
            for (int o = 0; o < planes; o++)
            for (int oh = 0; oh < rows; oh++)
            for (int ow = 0; ow < columns; ow++)
            {
                long i = top + (long)oh * w.StrideH, j = left + (long)ow * w.StrideW;
                double value = r[(o * rows + oh) * columns + ow];
                if (value == 0 || i < 0 || i >= height || j < 0 || j >= across) continue;
                int place = (int)(i * across + j);
                (Values[o * Area + place], Magnitudes[o * Area + place]) = (value, Math.Abs(value));
                Terms[place]++;
            }
        }

        public LiteralWindow Window { get; }

        public int H { get; }

        public int W { get; }

        public int Planes { get; }

        public int Width { get; }

        public int Area { get; }

        public double[] Values { get; }

        public double[] Magnitudes { get; }

        public double[] Terms { get; }
    }
}
