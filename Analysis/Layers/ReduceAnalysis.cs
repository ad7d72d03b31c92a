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
/// The sum, mean, extremum or norm along axes. Sum and mean are linear; the others are differentiated at the kept input under
/// every rule, an extremum's signal going to the first of equal numbers.
/// </summary>
internal sealed class ReduceAnalysis : LayerAnalysis<Reduce>
{
    /// <inheritdoc/>
    public override bool Bends(Layer layer) => ((Reduce)layer).Kind is not (ReduceKind.Sum or ReduceKind.Mean);

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Reduce layer, ReluRule rule, Unpooling unpooling) => layer.Kind switch
    {
        ReduceKind.Sum => ("R_n = R_{n+1}, spread along the axes", $"a sum along axes; {ByExtension}"),
        ReduceKind.Mean => ("R_n = R_{n+1} / length, spread along the axes", $"a mean along axes; {ByExtension}"),
        ReduceKind.Norm => ("R_n = x R_{n+1} / y", "y is the norm along the axes; differentiated under all rules"),
        _ => ("R_n = R_{n+1} at the extremum, 0 elsewhere", "the first of equal numbers; differentiated under all rules"),
    };

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Reduce layer, Passage passage) =>
        layer.Kind is ReduceKind.Maximum or ReduceKind.Minimum
            ? ["Everything is zeroed but the extremum along the axes."]
            : ["Nothing is zeroed."];

    /// <inheritdoc/>
    protected override TracePart Forward(Reduce layer, ForwardElement e)
    {
        double[] x = e.Activation();
        var row = new Row(layer, e.Input, e.Element);
        if (layer.Kind is ReduceKind.Maximum or ReduceKind.Minimum)
            return e.Part($"y = the {(layer.Kind == ReduceKind.Maximum ? "largest" : "smallest")} of {row.Length}", null,
                [e.Term(null, 1, row.Extremum(layer.Kind, x))]);
        double y = layer.Kind == ReduceKind.Norm ? row.Norm(x) : 0;
        string? note = layer.Kind == ReduceKind.Norm
            ? string.Create(CultureInfo.InvariantCulture, $"y = {NumberText.Fixed(y, "g9")}")
            : null;
        (string equation, string? name) = layer.Kind switch
        {
            ReduceKind.Norm => ("y = sum of x x / y", "x / y"),
            ReduceKind.Mean => ($"y = sum of x / {row.Length}", "1 / length"),
            _ => ("y = sum of x", null),
        };
        return e.Part(equation, note, row.Elements().Select(at => e.Term(name, Slope(layer.Kind, row, x, at, y), at)));
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Reduce layer, BackwardElement e)
    {
        Row row = Row.Of(layer, e.Input, e.Element, out long output);
        double[] x = e.Kept.Input;
        double slope = layer.Kind is ReduceKind.Maximum or ReduceKind.Minimum
            ? row.Extremum(layer.Kind, x) == e.Element ? 1 : 0
            : Slope(layer.Kind, row, x, e.Element, layer.Kind == ReduceKind.Norm ? row.Norm(x) : 0);
        return e.Part(EquationOf(layer, ReluRule.Gradient, Unpooling.Switches).Equation, null, [e.Term(null, slope, output)]);
    }

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(Reduce layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r)
    {
        var below = new LiteralSignal(new double[inputs[0].Count], new double[inputs[0].Count], new int[inputs[0].Count]);
        for (long o = 0; o < r.Length; o++)
        {
            foreach ((long at, double slope) in Slopes(layer, inputs[0], kept, o))
            {
                below.Values[at] = slope * r[o];
                below.Magnitudes[at] = Math.Abs(below.Values[at]);
            }
        }

        if (layer.Kind is not (ReduceKind.Norm or ReduceKind.Mean)) return [LiteralSignal.Moved(below.Values)];

        // A norm is a sum of squares of as many terms as the axes have.
        long terms = inputs[0].Product(layer.From, layer.To);
        Array.Fill(below.Roundings, layer.Kind == ReduceKind.Norm ? (int)Math.Min(terms, 1 << 20) + 4 : 3);
        return [below];
    }

    /// <inheritdoc/>
    protected override LiteralSignal? Derivative(Reduce layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed)
    {
        if (layer.Kind is ReduceKind.Sum or ReduceKind.Mean) return null;
        if (transposed) return Transpose(layer, [input], output, kept, v)![0];
        var above = new double[output.Count];
        for (long o = 0; o < above.Length; o++) above[o] = Slopes(layer, input, kept, o).Sum(term => term.Slope * v[term.At]);
        return LiteralSignal.Moved(above);
    }

    /// <inheritdoc/>
    protected override void Field(Reduce layer, bool[] above, Shape output, bool[][] below, Shape[] inputs)
    {
        for (long o = 0; o < above.Length; o++)
        {
            if (!above[o]) continue;
            foreach (long at in new Row(layer, inputs[0], o).Elements()) below[0][at] = true;
        }
    }

    private static IEnumerable<(long At, double Slope)> Slopes(Reduce layer, Shape input, PortableLayer kept, long output)
    {
        var row = new Row(layer, input, output);
        if (layer.Kind is ReduceKind.Maximum or ReduceKind.Minimum)
        {
            yield return (row.Extremum(layer.Kind, kept.Input), 1);
            yield break;
        }

        double y = layer.Kind == ReduceKind.Norm ? row.Norm(kept.Input) : 0;
        foreach (long at in row.Elements()) yield return (at, Slope(layer.Kind, row, kept.Input, at, y));
    }

    private static double Slope(ReduceKind kind, Row row, double[] x, long at, double y) => kind switch
    {
        ReduceKind.Mean => 1.0 / row.Length,
        ReduceKind.Norm => y > 0 ? x[at] / y : 0,
        _ => 1,
    };

    /// <summary>The elements of the input that one element of the output is made of.</summary>
    private readonly struct Row
    {
        private readonly long _start;
        private readonly long _inner;

        public Row(Reduce layer, Shape input, long output)
        {
            (Length, _inner) = (input.Product(layer.From, layer.To), input.Product(layer.To, input.Rank));
            _start = output / _inner * Length * _inner + output % _inner;
        }

        public long Length { get; }

        public static Row Of(Reduce layer, Shape input, long element, out long output)
        {
            (long length, long inner) = (input.Product(layer.From, layer.To), input.Product(layer.To, input.Rank));
            output = element / (length * inner) * inner + element % inner;
            return new Row(layer, input, output);
        }

        public IEnumerable<long> Elements()
        {
            (long start, long inner) = (_start, _inner);
            for (long i = 0; i < Length; i++) yield return start + i * inner;
        }

        public double Norm(double[] x) => Math.Sqrt(Elements().Sum(at => x[at] * x[at]));

        public long Extremum(ReduceKind kind, double[] x)
        {
            long first = _start;
            foreach (long at in Elements())
                if (kind == ReduceKind.Maximum ? x[at] > x[first] : x[at] < x[first]) first = at;
            return first;
        }
    }
}
