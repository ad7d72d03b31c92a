using System.Globalization;
using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Engine.Proofs;

/// <summary>
/// What makes one element of a layer's output: x_{n+1}(o) = sum over the inputs e that it reads of w x_n(e), + b, each summand
/// with its weight as it stands in the file. Written from the layers' equations in double, without the kernels.
/// </summary>
internal sealed class ForwardTerms
{
    // Windows of more elements are not written out in a note.
    private const int LargestShownWindow = 9;

    private readonly ForwardRecord _record;
    private readonly Func<int, double[]> _activation;

    /// <summary>Prepares.</summary>
    /// <param name="record">The forward pass.</param>
    /// <param name="activation">The activations of the tensors below.</param>
    public ForwardTerms(ForwardRecord record, Func<int, double[]> activation) => (_record, _activation) = (record, activation);

    /// <summary>The summands of one element.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="element">The element of its output, row-major.</param>
    public TracePart At(Node node, long element)
    {
        Shape[] inputs = [.. node.Inputs.Select(_record.ShapeOf)];
        Shape input = inputs[0], output = _record.ShapeOf(node.Output);
        int[] index = ElementIndex.Of(output, element);
        TraceTerm Term(string? name, double? weight, long at, double? product = null, int k = 0)
        {
            double x = _activation(node.Inputs[k])[at];
            return new TraceTerm(node.Name, name, weight, _record.Prepared.Network.NameOf(node.Inputs[k]), at,
                ElementIndex.Of(inputs[k], at), x, product ?? weight!.Value * x) { TensorIndex = node.Inputs[k] };
        }

        TracePart Part(string equation, string? note, IEnumerable<TraceTerm> terms, double? constant = null) => new(node.Name,
            node.Layer.Operator, equation, note, [.. terms.OrderByDescending(term => Math.Abs(term.Product))], constant);

        switch (node.Layer)
        {
            case Conv conv:
                return Part("y(o,y,x) = sum over c,kh,kw of w[o,c,kh,kw] x(c,y',x')" + (conv.Bias.IsEmpty ? "" : " + b[o]"), null,
                    Convolved(conv, input, index).Select(t => Term(t.Name, t.Weight, t.At)),
                    conv.Bias.IsEmpty ? null : conv.Bias.Span[index[1]]);
            case FullyConnected full:
                int o = index[^1];
                long row = element / full.Outputs * full.Inputs;
                return Part("y(o) = sum over i of w[o,i] x(i)" + (full.Bias.IsEmpty ? "" : " + b[o]"), null,
                    Enumerable.Range(0, full.Inputs).Select(i => full.WeightIsInByOut
                        ? Term($"w[{i},{o}]", (double)full.Alpha * full.Weight.Span[i * full.Outputs + o], row + i)
                        : Term($"w[{o},{i}]", (double)full.Alpha * full.Weight.Span[o * full.Inputs + i], row + i)),
                    full.Bias.IsEmpty ? null : full.Bias.Span[o]);
            case RectifierLayer rectifier:
                double x = _activation(node.Inputs[0])[element], y = RectifierFormula.Forward(rectifier.Rectifier, x);
                return Part(RectifierFormula.Of(rectifier.Rectifier),
                    string.Create(CultureInfo.InvariantCulture,
                        $"x = {NumberText.Fixed(x, "g6")} {(y == x ? "passes" : y == 0 ? "is cut to 0" : "is changed")}"),
                    [Term(null, null, element, y)]);
            case MaxPool:
                return Pooled(node, input, index, Term, Part);
            case AveragePool average:
                PoolGeometry g = average.Geometry(input);
                double share = 1.0 / Math.Max(1, g.Divisor(index[2], index[3]));
                return Part("y(p) = sum over its window of x(q) / divisor(p)", null,
                    Inside(g, index).Select(place => Term(null, share, place.At)));
            case Affine affine:
                double scale = affine.Scale.IsEmpty ? 1 : affine.Scale.Span[BackwardTerms.Broadcast(index, affine.ScaleShape)];
                return Part("y = scale x + shift", null, [Term("scale", scale, element)],
                    affine.Shift.IsEmpty ? null : affine.Shift.Span[BackwardTerms.Broadcast(index, affine.ShiftShape)]);
            case Lrn lrn:
                LrnParameters p = lrn.Parameters;
                double s = LrnScale(p, _activation(node.Inputs[0]), input, index);
                return Part("y_c = x_c / s_c^beta", string.Create(CultureInfo.InvariantCulture,
                    $"s = {p.Bias:g6} + {p.Alpha:g6} / {p.Size} * sum of squares of {Counted.Of(p.Size, "channel")} = "
                        + $"{NumberText.Fixed(s, "g9")}, beta = {p.Beta}"),
                    [Term("s^-beta", Math.Pow(s, -p.Beta), element)]);
            case SoftmaxLayer softmax:
                return Softmaxed(node, softmax, input, element, Term, Part);
            case Concat concat:
                int along = concat.Axis < 0 ? concat.Axis + input.Rank : concat.Axis, part = 0;
                while (index[along] >= inputs[part][along]) index[along] -= inputs[part++][along];
                return Part("y = x of the input that holds this part", $"input {part + 1} of {inputs.Length}",
                    [Term(null, 1, ElementIndex.In(inputs[part], index), null, part)]);
            case Sum sum:
                return Part(sum.Subtracts ? "y = a - b" : "y = a + b", null,
                    [Term("a", 1, element), Term("b", sum.Subtracts ? -1 : 1, element, null, 1)]);
            case Pad pad:
                for (int axis = 0; axis < index.Length; axis++) index[axis] -= pad.Before[axis];
                return ElementIndex.IsIn(input, index)
                    ? Part("y = x inside the border", null, [Term(null, 1, ElementIndex.In(input, index))])
                    : Part("y = the border's constant", "it lies on the border", [], pad.Value);
            case Transpose transpose:
                var from = new int[index.Length];
                for (int axis = 0; axis < from.Length; axis++) from[transpose.AxisOf(axis, from.Length)] = index[axis];
                return Part("y = x with its axes permuted", null, [Term(null, 1, ElementIndex.In(input, from))]);
            case Reshape or Identity:
                return Part("y = x", null, [Term(null, 1, element)]);
            default:
                throw new NotSupportedException($"{node.Layer.GetType().Name} has no trace.");
        }
    }

    private static IEnumerable<(string Name, double Weight, long At)> Convolved(Conv conv, Shape input, int[] index)
    {
        ConvGeometry g = conv.Geometry(input);
        Window w = g.Window;
        (int n, int o) = (index[0], index[1]);
        for (int c = 0; c < g.CG; c++)
        for (int kh = 0; kh < w.KH; kh++)
        for (int kw = 0; kw < w.KW; kw++)
        {
            int y = index[2] * w.StrideH - w.PadTop + kh * w.DilationH, x = index[3] * w.StrideW - w.PadLeft + kw * w.DilationW;
            if (y < 0 || y >= g.H || x < 0 || x >= g.W) continue;
            yield return ($"w[{o},{c},{kh},{kw}]", conv.Weight.Span[((o * g.CG + c) * w.KH + kh) * w.KW + kw],
                ElementIndex.In(input, [n, o / g.OG * g.CG + c, y, x]));
        }
    }

    private TracePart Pooled(Node node, Shape input, int[] index, Func<string?, double?, long, double?, int, TraceTerm> term,
        Func<string, string?, IEnumerable<TraceTerm>, double?, TracePart> part)
    {
        PoolGeometry g = node.Layer.SwitchGeometry(input);
        double[] x = _activation(node.Inputs[0]);
        (int Position, long At)[] inside = [.. Inside(g, index)];
        if (inside.Length == 0) return part("y(p) = max over its window of x(q)", "the window lies in the padding", [], 0);
        // Of equal values the first in row-major order is the maximum.
        (int position, long at) = inside.MaxBy(place => x[place.At]);
        string place = $"place {position / g.Window.KW},{position % g.Window.KW}";
        string values = inside.Length > LargestShownWindow
            ? $"its {inside.Length} elements"
            : string.Join(", ", inside.Select(p => x[p.At].ToString("g6", CultureInfo.InvariantCulture)));
        string note = $"of {values} the maximum is at {place}";
        return part("y(p) = max over its window of x(q)", note, [term(null, 1, at, null, 0)], null);
    }

    private static IEnumerable<(int Position, long At)> Inside(PoolGeometry g, int[] index)
    {
        for (int k = 0; k < g.Window.Area; k++)
        {
            if (!g.Reaches(index[2], index[3], k)) continue;
            int y = index[2] * g.Window.StrideH - g.Window.PadTop + k / g.Window.KW * g.Window.DilationH;
            int x = index[3] * g.Window.StrideW - g.Window.PadLeft + k % g.Window.KW * g.Window.DilationW;
            yield return (k, ElementIndex.In(g.Input, [index[0], index[1], y, x]));
        }
    }

    private static double LrnScale(LrnParameters p, double[] x, Shape shape, int[] index)
    {
        double squares = 0;
        for (int j = Math.Max(0, index[1] - p.Before); j <= Math.Min(shape.C - 1, index[1] + p.After); j++)
        {
            double value = x[ElementIndex.In(shape, [index[0], j, index[2], index[3]])];
            squares += value * value;
        }

        return p.Bias + (double)p.Alpha / p.Size * squares;
    }

    private TracePart Softmaxed(Node node, SoftmaxLayer layer, Shape shape, long element,
        Func<string?, double?, long, double?, int, TraceTerm> term,
        Func<string, string?, IEnumerable<TraceTerm>, double?, TracePart> part)
    {
        double[] x = _activation(node.Inputs[0]);
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
            ? part("y_i = x_i - log sum over j of exp(x_j)", note, [term(null, 1, element, null, 0)], -logarithm)
            : part("p_i = exp(x_i) / sum over j of exp(x_j)", note,
                [term(null, null, element, Math.Exp(x[element] - logarithm), 0)], null);
    }
}
