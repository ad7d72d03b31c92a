using System.Globalization;
using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// p_i = exp(x_i) / sum over j of exp(x_j) inside a network, and its logarithm. Every rule differentiates it, since DeconvNet
/// knows none.
/// </summary>
internal sealed class SoftmaxAnalysis : LayerAnalysis<SoftmaxLayer>
{
    /// <inheritdoc/>
    public override bool IsCurved => true;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(SoftmaxLayer layer, ReluRule rule, Unpooling unpooling) =>
        layer is LogSoftmax
        ? ("R_n = R_{n+1} - exp(y) sum R_{n+1}", "differentiated at its output y under all rules")
        : ("R_n = p (R_{n+1} - sum p R_{n+1})", "differentiated at its output p under all rules");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(SoftmaxLayer layer, Passage passage) =>
        ["Nothing is zeroed, but all values along its axis mix."];

    /// <inheritdoc/>
    protected override TracePart Forward(SoftmaxLayer layer, ForwardElement e)
    {
        (Shape shape, long element) = (e.Input, e.Element);
        double[] x = e.Activation();
        (int from, int to) = layer.Axes(shape);
        (long length, long inner) = (shape.Product(from, to), shape.Product(to, shape.Rank));
        long start = element / (length * inner) * length * inner + element % inner;
        double max = double.NegativeInfinity, sum = 0;
        for (long i = 0; i < length; i++) max = Math.Max(max, x[start + i * inner]);
        for (long i = 0; i < length; i++) sum += Math.Exp(x[start + i * inner] - max);
        double logarithm = max + Math.Log(sum);
        string note = string.Create(CultureInfo.InvariantCulture, $"the logarithm of the sum over {length} is "
            + $"{NumberText.Fixed(logarithm, "g9")}");
        return layer is LogSoftmax
            ? e.Part("y_i = x_i - log sum over j of exp(x_j)", note, [e.Term(null, 1, element)], -logarithm)
            : e.Part("p_i = exp(x_i) / sum over j of exp(x_j)", note,
                [e.Term(null, null, element, Math.Exp(x[element] - logarithm))]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(SoftmaxLayer layer, BackwardElement e) =>
        e.Part(layer is LogSoftmax ? "R_n(j) = R_{n+1}(j) - exp(y_j) sum over i of R_{n+1}(i)"
            : "R_n(j) = p_j R_{n+1}(j) - p_j sum over i of p_i R_{n+1}(i)", null,
            Outputs(layer, e.Kept.Output, e.Input, e.Element).Select(t => e.Term(t.Name, t.Weight, t.At)));

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(SoftmaxLayer layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => null;

    /// <inheritdoc/>
    protected override LiteralSignal? Derivative(SoftmaxLayer layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed) => Times(layer, output, kept.Output, v, transposed);

    /// <summary>dp_i = p_i (d_i - sum over j of p_j d_j); for the logarithm d_i - sum over j of exp(y_j) d_j.</summary>
    protected override double[] Tangent(SoftmaxLayer layer, TangentStep step, double[][] inputs)
    {
        (double[] y, double[] tangent, Shape shape) = (step.Kept.Output, inputs[0], step.OutputShape);
        (int from, int to) = layer.Axes(shape);
        (int length, int inner) = ((int)shape.Product(from, to), (int)shape.Product(to, shape.Rank));
        var above = new double[tangent.Length];
        for (int i = 0; i < above.Length; i++)
        {
            int start = i / (length * inner) * length * inner + i % inner;
            double mean = 0;
            for (int j = 0; j < length; j++) mean += P(start + j * inner) * tangent[start + j * inner];
            above[i] = (layer is LogSoftmax ? 1 : P(i)) * (tangent[i] - mean);
        }

        return above;

        double P(int at) => layer is LogSoftmax ? Math.Exp(y[at]) : y[at];
    }

    /// <inheritdoc/>
    protected override void Field(SoftmaxLayer layer, bool[] above, Shape output, bool[][] below, Shape[] inputs)
    {
        (int from, int to) = layer.Axes(output);
        FieldSets.Along(above, below[0], output, from, to, (_, _) => true);
    }

    /// <summary>
    /// The derivative of a softmax inside a network from its kept output p, p (v - sum p v), a symmetric matrix; of its
    /// logarithm y: v - exp(y) sum v transposed, v - sum exp(y) v as it is. Every rule takes it, since DeconvNet knows no
    /// softmax.
    /// </summary>
    /// <returns>The product and its bound: sums of as many terms as the softmax has, and five operations more.</returns>
    private static LiteralSignal Times(SoftmaxLayer layer, Shape shape, double[] output, double[] v, bool transposed)
    {
        int from = layer.Axis < 0 ? layer.Axis + shape.Rank : layer.Axis, to = layer.ThroughLast ? shape.Rank : from + 1;
        int length = (int)shape.Product(from, to), inner = (int)shape.Product(to, shape.Rank);
        bool logarithm = layer is LogSoftmax;
        double[] p = logarithm ? [.. output.Select(Math.Exp)] : output;
        var result = new LiteralSignal(new double[v.Length], new double[v.Length], new int[v.Length]);
        for (int start = 0; start < v.Length; start += (start + 1) % inner == 0 ? (length - 1) * inner + 1 : 1)
        {
            double sum = 0, magnitude = 0;
            for (int i = start; i < start + length * inner; i += inner)
            {
                double term = logarithm && transposed ? v[i] : p[i] * v[i];
                (sum, magnitude) = (sum + term, magnitude + Math.Abs(term));
            }

            for (int i = start; i < start + length * inner; i += inner)
            {
                double factor = logarithm ? 1 : p[i], share = logarithm && transposed ? p[i] : 1;
                result.Values[i] = factor * (v[i] - share * sum);
                result.Magnitudes[i] = factor * (Math.Abs(v[i]) + share * magnitude);
                result.Roundings[i] = length + 5;
            }
        }

        return result;
    }

    private static IEnumerable<(string Name, double Weight, long At)> Outputs(SoftmaxLayer layer, double[] y, Shape shape,
        long element)
    {
        (int from, int to) = layer.Axes(shape);
        (long length, long inner) = (shape.Product(from, to), shape.Product(to, shape.Rank));
        long start = element / (length * inner) * length * inner + element % inner, own = (element - start) / inner;
        for (long i = 0; i < length; i++)
        {
            // Two summands at i = j, so that nothing cancels within one.
            long at = start + i * inner;
            bool isLogarithm = layer is LogSoftmax;
            if (i == own) yield return (isLogarithm ? "1" : $"p_{own}", isLogarithm ? 1 : y[element], at);
            yield return isLogarithm
                ? ($"-exp(y_{own})", -Math.Exp(y[element]), at)
                : ($"-p_{i} p_{own}", -y[at] * y[element], at);
        }
    }
}
