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
/// y = f(a, b) of two tensors of the network, each repeated along axes where it has length 1. Every rule differentiates it by
/// both.
/// </summary>
internal sealed class PairAnalysis : LayerAnalysis<Pair>
{
    // A quotient's signal is made by three operations, a product's by one.
    private const int Operations = 3;

    /// <inheritdoc/>
    public override bool IsCurved(Layer layer) => ((Pair)layer).Kind is PairKind.Product or PairKind.Quotient;

    /// <inheritdoc/>
    public override bool Bends(Layer layer) => PairFunction.IsCurved(((Pair)layer).Kind);

    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(Pair layer, ReluRule rule, Unpooling unpooling)
    {
        const string both = "differentiated by both under all rules";
        return layer.Kind switch
        {
            PairKind.Sum => ("R_a = R_{n+1},  R_b = R_{n+1}", $"X_{{n+1}} = a + b: both get the signal; {ByExtension}"),
            PairKind.Difference => ("R_a = R_{n+1},  R_b = -R_{n+1}", $"X_{{n+1}} = a - b; {ByExtension}"),
            PairKind.Product => ("R_a = b R_{n+1},  R_b = a R_{n+1}", $"X_{{n+1}} = a b: {both}"),
            PairKind.Quotient => ("R_a = R_{n+1} / b,  R_b = -a R_{n+1} / b^2", $"X_{{n+1}} = a / b: {both}"),
            PairKind.Minimum => ("R_a = R_{n+1} 1(a <= b),  R_b = R_{n+1} 1(b < a)", $"X_{{n+1}} = min(a, b): {both}"),
            _ => ("R_a = R_{n+1} 1(a >= b),  R_b = R_{n+1} 1(b > a)", $"X_{{n+1}} = max(a, b): {both}"),
        };
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Reasons(Pair layer, Passage passage) => layer.Kind switch
    {
        PairKind.Sum or PairKind.Difference => ["Linear: nothing is zeroed."],
        PairKind.Minimum or PairKind.Maximum => ["The signal goes to the input that was taken; the other gets 0 there."],
        PairKind.Product when passage.Gate is not null => ["The rule holds the gate fixed: it gets no signal."],
        PairKind.Product => ["Each factor gets the signal times the other one; it is zeroed only where the other one is 0."],
        _ => ["Both get the signal; the divisor's is zeroed only where the dividend is 0."],
    };

    /// <inheritdoc/>
    protected override TracePart Forward(Pair layer, ForwardElement e)
    {
        (int atA, int atB) = (ElementIndex.Broadcast(e.Index, e.Inputs[0]), ElementIndex.Broadcast(e.Index, e.Inputs[1]));
        (double a, double b) = (e.Activation()[atA], e.Activation(1)[atB]);
        string note = string.Create(CultureInfo.InvariantCulture, $"a = {NumberText.Fixed(a, "g6")}, b = {NumberText.Fixed(b, "g6")}");
        return layer.Kind switch
        {
            PairKind.Sum => e.Part("y = a + b", null, [e.Term("a", 1, atA), e.Term("b", 1, atB, input: 1)]),
            PairKind.Difference => e.Part("y = a - b", null, [e.Term("a", 1, atA), e.Term("b", -1, atB, input: 1)]),
            PairKind.Product => e.Part("y = a b", note, [e.Term("b", b, atA)]),
            PairKind.Quotient => e.Part("y = a / b", note, [e.Term("1 / b", 1 / b, atA)]),
            PairKind.Minimum => e.Part("y = min(a, b)", note, [b < a ? e.Term("b", 1, atB, input: 1) : e.Term("a", 1, atA)]),
            _ => e.Part("y = max(a, b)", note, [b > a ? e.Term("b", 1, atB, input: 1) : e.Term("a", 1, atA)]),
        };
    }

    /// <inheritdoc/>
    protected override TracePart Backward(Pair layer, BackwardElement e)
    {
        int side = e.InputNumber;
        if (e.Rule.GateAt(layer) == side) return e.Part("R_n = 0: the rule holds the gate fixed", null, []);
        string factor = layer.Kind switch
        {
            PairKind.Product => side == 0 ? "b" : "a",
            PairKind.Quotient => side == 0 ? "1 / b" : "-a / b^2",
            PairKind.Minimum or PairKind.Maximum => "1 or 0",
            PairKind.Difference when side == 1 => "-1",
            _ => "1",
        };
        Shape first = e.InputShape(0), second = e.InputShape(1);
        return e.Part(layer.Kind == PairKind.Sum ? "R_n = R_{n+1}" : $"R_n = {factor} R_{{n+1}}", null, Readers(e).Select(at =>
        {
            int[] index = ElementIndex.Of(e.Output, at);
            double slope = Slope(layer.Kind, side, e.Kept, ElementIndex.Broadcast(index, first), ElementIndex.Broadcast(index, second));
            return e.Term(factor, slope, at);
        }));
    }

    /// <summary>J^T R for each input: a sum over the places at which an element is read.</summary>
    protected override LiteralSignal[]? Transpose(Pair layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r)
    {
        bool isMoved = !PairFunction.IsCurved(layer.Kind) || layer.Kind is PairKind.Minimum or PairKind.Maximum;
        LiteralSignal[] below = [.. inputs.Select(shape =>
            new LiteralSignal(new double[shape.Count], new double[shape.Count], new int[shape.Count]))];
        for (int i = 0; i < r.Length; i++)
        {
            int[] index = ElementIndex.Of(output, i);
            int[] at = [ElementIndex.Broadcast(index, inputs[0]), ElementIndex.Broadcast(index, inputs[1])];
            for (int side = 0; side < 2; side++)
            {
                double term = Slope(layer.Kind, side, kept, at[0], at[1]) * r[i];
                below[side].Values[at[side]] += term;
                below[side].Magnitudes[at[side]] += Math.Abs(term);
                below[side].Roundings[at[side]] += 1;
            }
        }

        for (int side = 0; side < 2; side++)
        {
            if (isMoved && inputs[side] == output) below[side] = LiteralSignal.Moved(below[side].Values);
            else for (int j = 0; j < below[side].Roundings.Length; j++) below[side].Roundings[j] += Operations;
        }

        return below;
    }

    /// <summary>dy = da df/da + db df/db.</summary>
    protected override double[]? Directional(Pair layer, Shape[] inputs, Shape output, PortableLayer kept, double[][] v)
    {
        var above = new double[output.Count];
        for (int i = 0; i < above.Length; i++)
        {
            int[] index = ElementIndex.Of(output, i);
            (int a, int b) = (ElementIndex.Broadcast(index, inputs[0]), ElementIndex.Broadcast(index, inputs[1]));
            above[i] = Slope(layer.Kind, 0, kept, a, b) * v[0][a] + Slope(layer.Kind, 1, kept, a, b) * v[1][b];
        }

        return above;
    }

    /// <inheritdoc/>
    protected override double[] Tangent(Pair layer, TangentStep step, double[][] inputs) =>
        Directional(layer, step.InputShapes, step.OutputShape, step.Kept, inputs)!;

    /// <inheritdoc/>
    protected override void Field(Pair layer, bool[] above, Shape output, bool[][] below, Shape[] inputs)
    {
        for (int i = 0; i < above.Length; i++)
        {
            if (!above[i]) continue;
            int[] index = ElementIndex.Of(output, i);
            for (int side = 0; side < 2; side++) below[side][ElementIndex.Broadcast(index, inputs[side])] = true;
        }
    }

    private static double Slope(PairKind kind, int side, PortableLayer kept, int a, int b)
    {
        if (kind == PairKind.Sum) return 1;
        if (kind == PairKind.Difference) return side == 0 ? 1 : -1;
        (double x, double z) = (kept.Input[a], kept.SecondInput[b]);
        return kind switch
        {
            PairKind.Product => side == 0 ? z : x,
            PairKind.Quotient => side == 0 ? 1 / z : -x / (z * z),
            PairKind.Minimum => z < x == (side == 1) ? 1 : 0,
            _ => z > x == (side == 1) ? 1 : 0,
        };
    }

    // The elements of the output at which an element of an input is read.
    private static IEnumerable<long> Readers(BackwardElement e)
    {
        (Shape output, Shape input) = (e.Output, e.Input);
        int[] own = e.Index, index = new int[output.Rank];
        long[] repeats = new long[output.Rank];
        long count = 1;
        for (int axis = 0; axis < output.Rank; axis++)
        {
            int at = axis - (output.Rank - input.Rank);
            bool isOwn = at >= 0 && input[at] == output[axis];
            if (isOwn) index[axis] = own[at];
            repeats[axis] = isOwn ? 1 : output[axis];
            count *= repeats[axis];
        }

        for (long k = 0; k < count; k++)
        {
            long rest = k;
            for (int axis = output.Rank - 1; axis >= 0; axis--)
            {
                if (repeats[axis] == 1) continue;
                (rest, long position) = Math.DivRem(rest, repeats[axis]);
                index[axis] = (int)position;
            }

            yield return ElementIndex.In(output, index);
        }
    }
}
