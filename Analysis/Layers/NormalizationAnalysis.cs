using System.Globalization;
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
/// y = scale (x - m) / sqrt(v + epsilon) + shift, m and v of a part of the image. Every rule differentiates it, through m and v.
/// </summary>
internal sealed class NormalizationAnalysis : LayerAnalysis<Normalization>
{
    /// <inheritdoc/>
    public override bool IsCurved(Layer layer) => true;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Normalization layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = s (u - mean u - z mean u z), u = scale R_{n+1}",
            "differentiated through mean and variance, z the normalised input, under all rules");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Normalization layer, Passage passage) =>
        ["Nothing is zeroed, but all values with one mean mix."];

    /// <inheritdoc/>
    protected override TracePart Forward(Normalization layer, ForwardElement e)
    {
        var part = new Part(layer, e.Input, e.Activation(), e.Element);
        double scale = ScaleAt(layer, e.Index);
        return e.Part("y = scale (x - m) s + shift", string.Create(CultureInfo.InvariantCulture,
                $"m = {NumberText.Fixed(part.Mean, "g9")}, s = {NumberText.Fixed(part.Scale, "g9")} over {part.Length}"),
            [e.Term("scale s", scale * part.Scale, e.Element)],
            (layer.Affine.Shift.IsEmpty ? 0 : layer.Affine.Shift.Span[ElementIndex.Broadcast(e.Index, layer.Affine.ShiftShape)])
                - scale * part.Scale * part.Mean);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Normalization layer, BackwardElement e) =>
        e.Part("R_n(j) = s (u_j - mean of u - z_j mean of u z), u = scale R_{n+1}", null, Terms(layer, e).Select(t =>
            e.Term(t.Name, t.Weight, t.At)));

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Normalization layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => null;

    /// <inheritdoc/>
    protected override LiteralSignal? Derivative(Normalization layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed)
    {
        var result = new LiteralSignal(new double[v.Length], new double[v.Length], new int[v.Length]);
        int length = (int)(input.CountPerImage / layer.PartsOf(input));
        double[] scales = [.. Enumerable.Range(0, v.Length).Select(i => ScaleAt(layer, ElementIndex.Of(input, i)))];
        for (int start = 0; start < v.Length; start += length)
        {
            var part = new Part(layer, input, kept.Input, start);
            double sum = 0, product = 0, sizes = 0, productSizes = 0, furthest = 0;
            for (int i = start; i < start + length; i++)
            {
                (double u, double z) = (transposed ? scales[i] * v[i] : v[i], part.Z(kept.Input[i]));
                sum += u / length;
                product += u * z / length;
                sizes += Math.Abs(u) / length;
                productSizes += Math.Abs(u * z) / length;
                furthest = Math.Max(furthest, Math.Abs(kept.Input[i]) * part.Scale);
            }

            for (int i = start; i < start + length; i++)
            {
                (double u, double z) = (transposed ? scales[i] * v[i] : v[i], part.Z(kept.Input[i]));
                double factor = part.Scale * (transposed ? 1 : scales[i]);
                result.Values[i] = factor * (u - sum - z * product);

                // z carries the rounding of the mean, which is as large as the numbers themselves.
                result.Magnitudes[i] = Math.Abs(factor) * (Math.Abs(u) + sizes + (1 + Math.Abs(z) + furthest) * (productSizes + sizes));
                result.Roundings[i] = length + 16;
            }
        }

        return result;
    }

    /// <inheritdoc/>
    protected override void Field(Normalization layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Rows(above, below[0], (int)inputs[0].Product(layer.Axis, inputs[0].Rank),
            (int)inputs[0].Product(layer.Axis, inputs[0].Rank));

    /// <inheritdoc/>
    protected override string Description(Normalization layer) => layer.Operator;

    private static double ScaleAt(Normalization layer, int[] index) => layer.Affine.Scale.IsEmpty ? 1
        : layer.Affine.Scale.Span[ElementIndex.Broadcast(index, layer.Affine.ScaleShape)];

    private static IEnumerable<(string Name, double Weight, long At)> Terms(Normalization layer, BackwardElement e)
    {
        Shape shape = e.Input;
        double[] x = e.Kept.Input;
        var part = new Part(layer, shape, x, e.Element);
        double zj = part.Z(x[e.Element]);
        for (long i = part.Start; i < part.Start + part.Length; i++)
        {
            // Two summands at i = j, so that nothing cancels within one.
            double factor = part.Scale * ScaleAt(layer, ElementIndex.Of(shape, i));
            if (i == e.Element) yield return ("scale s", factor, i);
            yield return ("-scale s (1 + z z_j) / L", -factor * (1 + part.Z(x[i]) * zj) / part.Length, i);
        }
    }

    /// <summary>The part of an image that an element belongs to, its mean, and s = 1 / sqrt(v + epsilon).</summary>
    private readonly struct Part
    {
        public Part(Normalization layer, Shape shape, double[] x, long element)
        {
            Length = (int)shape.Product(layer.Axis, shape.Rank);
            Start = element / Length * Length;
            Span<double> values = x.AsSpan((int)Start, Length);
            double mean = 0, variance = 0;
            foreach (double value in values) mean += value / values.Length;
            foreach (double value in values) variance += (value - mean) * (value - mean) / values.Length;
            (Mean, Scale) = (mean, 1 / Math.Sqrt(variance + layer.Epsilon));
        }

        public int Length { get; }

        public long Start { get; }

        public double Mean { get; }

        public double Scale { get; }

        public double Z(double x) => (x - Mean) * Scale;
    }
}
