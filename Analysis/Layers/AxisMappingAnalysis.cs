using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y(i) = sum over the taps of i of weight x(source), along one axis. Transposed, each signal goes back to its sources.
/// </summary>
internal sealed class AxisMappingAnalysis : LayerAnalysis<AxisMapping>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(AxisMapping layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = W^T R_{n+1}", $"along axis {layer.Axis}: each signal goes back, weighted, to what it was made of; {ByExtension}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(AxisMapping layer, Passage passage) =>
        ["Linear: what nothing was made of gets 0."];

    /// <inheritdoc/>
    protected override TracePart Forward(AxisMapping layer, ForwardElement e) =>
        e.Part("y(i) = sum over its taps of w x(source)", null,
            Taps(layer.Taps(e.Input), e.Index, layer.Axis, e.Input).Select(t => e.Term(t.Name, t.Weight, t.At)));

    /// <inheritdoc/>
    protected override TracePart Backward(AxisMapping layer, BackwardElement e) =>
        e.Part("R_n(j) = sum over what j was used for of w R_{n+1}(i)", null,
            Taps(layer.Taps(e.Input).Transposed, e.Index, layer.Axis, e.Output).Select(t => e.Term(t.Name, t.Weight, t.At)));

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(AxisMapping layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r)
    {
        Shape input = inputs[0];
        AxisTaps taps = layer.Taps(input);
        int inner = (int)input.Product(layer.Axis + 1, input.Rank);
        var result = new LiteralSignal(new double[input.Count], new double[input.Count], new int[input.Count]);
        for (int i = 0; i < r.Length; i++)
        {
            if (r[i] == 0) continue;
            (int row, int b) = Math.DivRem(i, inner);
            (int a, int place) = Math.DivRem(row, taps.Length);
            for (int k = taps.Starts[place]; k < taps.Starts[place + 1]; k++)
            {
                int at = (a * taps.SourceLength + taps.Sources[k]) * inner + b;
                double term = taps.Weights[k] * r[i];
                result.Values[at] += term;
                result.Magnitudes[at] += Math.Abs(term);

                // The weight's own rounding, the product's, and the sum's.
                result.Roundings[at] += taps.Weights[k] == 1 ? 1 : 3;
            }
        }

        return [result];
    }

    /// <inheritdoc/>
    protected override void Field(AxisMapping layer, bool[] above, Shape output, bool[][] below, Shape[] inputs)
    {
        AxisTaps taps = layer.Taps(inputs[0]);
        int inner = (int)output.Product(layer.Axis + 1, output.Rank);
        for (int i = 0; i < above.Length; i++)
        {
            if (!above[i]) continue;
            (int a, int place) = Math.DivRem(i / inner, taps.Length);
            for (int k = taps.Starts[place]; k < taps.Starts[place + 1]; k++)
                below[0][(a * taps.SourceLength + taps.Sources[k]) * inner + i % inner] = true;
        }
    }

    /// <inheritdoc/>
    protected override string Description(AxisMapping layer) => $"{layer.Operator} along axis {layer.Axis}";

    private static IEnumerable<(string? Name, double Weight, long At)> Taps(AxisTaps taps, int[] index, int axis, Shape other)
    {
        int place = index[axis];
        for (int k = taps.Starts[place]; k < taps.Starts[place + 1]; k++)
        {
            index[axis] = taps.Sources[k];
            yield return (taps.Weights[k] == 1 ? null : $"w[{place},{taps.Sources[k]}]", taps.Weights[k],
                ElementIndex.In(other, index));
        }
    }
}
