using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// y(o) = alpha sum over i of w[o,i] x(i) + b[o]; transposed, R_n(i) = alpha sum over o of w[o,i] R_{n+1}(o).
/// </summary>
internal sealed class FullyConnectedAnalysis : LayerAnalysis<FullyConnected>
{
    /// <summary>Columns of a weight that one job takes.</summary>
    private const int Columns = 512;

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(FullyConnected layer, ReluRule rule, Unpooling unpooling) => (
        $"R_n = {(layer.Alpha == 1 ? "" : layer.Alpha.ToString("G4", CultureInfo.InvariantCulture) + " ")}W^T R_{{n+1}}",
        $"the transposed map; {ByExtension}");

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(FullyConnected layer, Passage passage) =>
    [
        "Linear: nothing is zeroed.",
        $"Each value of R_n is a sum of {Counts.Of(passage.OutputShape[^1])} products weight x signal.",
    ];

    /// <inheritdoc/>
    protected override TracePart Forward(FullyConnected layer, ForwardElement e)
    {
        int o = e.Index[^1];
        long row = e.Element / layer.Outputs * layer.Inputs;
        return e.Part("y(o) = sum over i of w[o,i] x(i)" + (layer.Bias.IsEmpty ? "" : " + b[o]"), null,
            Enumerable.Range(0, layer.Inputs).Select(i => layer.WeightIsInByOut
                ? e.Term($"w[{i},{o}]", (double)layer.Alpha * layer.Weight.Span[i * layer.Outputs + o], row + i)
                : e.Term($"w[{o},{i}]", (double)layer.Alpha * layer.Weight.Span[o * layer.Inputs + i], row + i)),
            layer.Bias.IsEmpty ? null : layer.Bias.Span[o]);
    }

    /// <inheritdoc/>
    protected override TracePart Backward(FullyConnected layer, BackwardElement e) =>
        e.Part($"R_n(i) = {(layer.Alpha == 1 ? "" : "alpha ")}sum over o of w[o,i] R_{{n+1}}(o)", null,
            Outputs(layer, e.Element).Select(t => e.Term(t.Name, t.Weight, t.At)));

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(FullyConnected layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => [Connect(layer, inputs[0], r)];

    /// <inheritdoc/>
    protected override void Field(FullyConnected layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Rows(above, below[0], layer.Outputs, layer.Inputs);

    /// <inheritdoc/>
    protected override string Description(FullyConnected layer) => $"{layer.Operator}, fully connected";

    /// <inheritdoc/>
    protected override Layer WithoutConstants(FullyConnected layer) =>
        new FullyConnected(layer.Name, layer.Operator, layer.Weight, layer.Inputs, layer.Outputs, layer.WeightIsInByOut, default,
            layer.Alpha);

    /// <inheritdoc/>
    protected override (string Name, Func<long, double> At)? Constants(FullyConnected layer, ForwardRecord record, Node node,
        Shape output) => layer.Bias.IsEmpty ? null : ("bias", i => layer.Bias.Span[(int)(i % layer.Bias.Length)]);

    private static IEnumerable<(string Name, double Weight, long At)> Outputs(FullyConnected full, long element)
    {
        (long row, int i) = (element / full.Inputs, (int)(element % full.Inputs));
        for (int o = 0; o < full.Outputs; o++)
        {
            yield return full.WeightIsInByOut
                ? ($"w[{i},{o}]", (double)full.Alpha * full.Weight.Span[i * full.Outputs + o], row * full.Outputs + o)
                : ($"w[{o},{i}]", (double)full.Alpha * full.Weight.Span[o * full.Inputs + i], row * full.Outputs + o);
        }
    }

    /// <summary>r(n, i) = alpha sum over o of R(n, o) W(o, i).</summary>
    private static LiteralSignal Connect(FullyConnected layer, Shape input, double[] r)
    {
        int inputs = input[^1], outputs = layer.Weight.Length / Math.Max(1, inputs), rows = r.Length / Math.Max(1, outputs);
        var result = new LiteralSignal(new double[input.Count], new double[input.Count], new int[input.Count]);
        for (int n = 0; n < rows; n++)
        {
            double[] above = r[(n * outputs)..((n + 1) * outputs)];
            int start = n * inputs;
            Parallel.For(0, (inputs + Columns - 1) / Columns, job =>
            {
                int first = job * Columns, count = Math.Min(Columns, inputs - first);
                Span<double> weights = stackalloc double[Columns];
                for (int o = 0; o < outputs; o++)
                {
                    if (above[o] == 0) continue;
                    Span<double> w = weights[..count];
                    WeightsFromOutput(layer, inputs, outputs, o, first, w);
                    Span<double> values = result.Values.AsSpan(start + first, count);
                    TensorPrimitives.MultiplyAdd(w, above[o], values, values);
                    TensorPrimitives.Abs(w, w);
                    Span<double> magnitudes = result.Magnitudes.AsSpan(start + first, count);
                    TensorPrimitives.MultiplyAdd(w, Math.Abs(above[o]), magnitudes, magnitudes);
                }
            });

            // alpha is one rounding more.
            Array.Fill(result.Roundings, above.Count(value => value != 0) + (layer.Alpha == 1 ? 0 : 1), start, inputs);
        }

        TensorPrimitives.Multiply(result.Values, layer.Alpha, result.Values);
        TensorPrimitives.Multiply(result.Magnitudes, Math.Abs(layer.Alpha), result.Magnitudes);
        return result;
    }

    /// <summary>W(o, first ..) as double, in whichever order the file has it.</summary>
    private static void WeightsFromOutput(FullyConnected layer, int inputs, int outputs, int o, int first, Span<double> to)
    {
        ReadOnlySpan<float> weight = layer.Weight.Span;
        for (int i = 0; i < to.Length; i++)
            to[i] = layer.WeightIsInByOut ? weight[(first + i) * outputs + o] : weight[o * inputs + first + i];
    }
}
