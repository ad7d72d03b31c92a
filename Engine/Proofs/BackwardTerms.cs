using System.Globalization;
using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Engine.Proofs;

/// <summary>
/// What one layer sends down to one element of its input: R_n(e) = sum over the outputs o that read e of (do/de) R_{n+1}(o), each
/// summand with its weight as it stands in the file. Written from the layers' equations in double, without the kernels.
/// </summary>
internal sealed class BackwardTerms
{
    private readonly ForwardRecord _record;
    private readonly BackwardRule _rule;
    private readonly Func<int, double[]> _signal;
    private readonly Func<int, double[]?> _activation;
    private readonly Dictionary<int, PortableLayer> _kept = [];

    /// <summary>Prepares.</summary>
    /// <param name="record">The forward pass.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="signal">R at each tensor above.</param>
    /// <param name="activation">The activations of each tensor, where they are known.</param>
    public BackwardTerms(ForwardRecord record, BackwardRule rule, Func<int, double[]> signal, Func<int, double[]?> activation) =>
        (_record, _rule, _signal, _activation) = (record, rule, signal, activation);

    /// <summary>The summands through one layer.</summary>
    /// <param name="node">The layer, which reads the element's tensor.</param>
    /// <param name="k">By which of its inputs.</param>
    /// <param name="element">The element of that tensor, row-major.</param>
    public TracePart At(Node node, int k, long element)
    {
        Shape input = _record.ShapeOf(node.Inputs[k]), output = _record.ShapeOf(node.Output);
        int[] index = ElementIndex.Of(input, element);
        double[] r = _signal(node.Output);
        TraceTerm Term(string? name, double? weight, long at, double? product = null) =>
            new(node.Name, name, weight, _record.Prepared.Network.NameOf(node.Output), at, ElementIndex.Of(output, at), r[at],
                product ?? weight!.Value * r[at]) { TensorIndex = node.Output };
        TracePart Part(string equation, string? note, IEnumerable<TraceTerm> terms) =>
            new(node.Name, node.Layer.Operator, equation, note, [.. terms.OrderByDescending(term => Math.Abs(term.Product))],
                null);
        TracePart Moved(string equation, int[]? at, string? note = null) =>
            Part(equation, note, at is null ? [] : [Term(null, 1, ElementIndex.In(output, at))]);

        switch (node.Layer)
        {
            case Conv conv:
                return Part("R_n(c,y,x) = sum over o,kh,kw of w[o,c,kh,kw] R_{n+1}(o,y',x')", null, Convolved(conv, input, index)
                    .Select(t => Term(t.Name, t.Weight, t.At)));
            case FullyConnected full:
                string alpha = full.Alpha == 1 ? "" : "alpha ";
                return Part($"R_n(i) = {alpha}sum over o of w[o,i] R_{{n+1}}(o)", null,
                    Connected(full, element).Select(t => Term(t.Name, t.Weight, t.At)));
            case RectifierLayer rectifier:
                return Rectified(node, rectifier, element, r[element], Term, Part);
            case MaxPool when _rule.UnpoolingAt(node.Layer) == Unpooling.Switches:
                return Unpooled(node, input, index, Term, Part);
            case MaxPool or AveragePool:
                PoolGeometry g = node.Layer is AveragePool average ? average.Geometry(input) : node.Layer.SwitchGeometry(input);
                return Part("R_n(q) = sum over the windows p that hold q of R_{n+1}(p) / divisor(p)", null,
                    WindowReach.Of(g.Window, index[2], index[3], g.OH, g.OW).Select(w => Term(null,
                        1.0 / Math.Max(1, g.Divisor(w.Y, w.X)), ElementIndex.In(output, [index[0], index[1], w.Y, w.X]))));
            case Affine affine:
                double scale = affine.Scale.IsEmpty ? 1 : affine.Scale.Span[Broadcast(index, affine.ScaleShape)];
                return Part("R_n = scale R_{n+1}", null, [Term("scale", scale, element)]);
            case Lrn when _rule.At(node.Layer) == ReluRule.DeconvNet:
                return Moved("R_n = R_{n+1}: DeconvNet passes contrast normalisation over", index);
            case Lrn lrn:
                return Part("R_n(j) = R_{n+1}(j) s_j^-beta + sum over c of R_{n+1}(c) x_c ds_c^-beta/dx_j", null,
                    Normalised(lrn.Parameters, Kept(node).Input, input, index).Select(t => Term(t.Name, t.Weight, t.At)));
            case SoftmaxLayer softmax:
                return Part(softmax is LogSoftmax ? "R_n(j) = R_{n+1}(j) - exp(y_j) sum over i of R_{n+1}(i)"
                    : "R_n(j) = p_j R_{n+1}(j) - p_j sum over i of p_i R_{n+1}(i)", null,
                    ThroughSoftmax(softmax, Kept(node).Output, input, element).Select(t => Term(t.Name, t.Weight, t.At)));
            case Concat concat:
                int along = concat.Axis < 0 ? concat.Axis + input.Rank : concat.Axis;
                for (int before = 0; before < k; before++) index[along] += _record.ShapeOf(node.Inputs[before])[along];
                return Moved("R_n = its part of R_{n+1}", index);
            case Sum sum:
                bool minus = k == 1 && sum.Subtracts;
                return Part(minus ? "R_n = -R_{n+1}" : "R_n = R_{n+1}", null, [Term(null, minus ? -1 : 1, element)]);
            case Pad pad:
                for (int axis = 0; axis < index.Length; axis++) index[axis] += pad.Before[axis];
                bool inside = ElementIndex.IsIn(output, index);
                return Moved("R_n = R_{n+1} without the border", inside ? index : null, inside ? null : "it is cropped away");
            case Transpose transpose:
                return Moved("R_n = R_{n+1} with its axes put back",
                    [.. Enumerable.Range(0, index.Length).Select(i => index[transpose.AxisOf(i, index.Length)])]);
            case Reshape or Identity:
                return Part("R_n = R_{n+1}", null, [Term(null, 1, element)]);
            default:
                throw new NotSupportedException($"{node.Layer.GetType().Name} has no trace.");
        }
    }

    private PortableLayer Kept(Node node)
    {
        if (!_kept.TryGetValue(node.Index, out PortableLayer? kept))
            _kept[node.Index] = kept = PortableRecord.Download(_record, node);
        return kept;
    }

    private static IEnumerable<(string Name, double Weight, long At)> Convolved(Conv conv, Shape input, int[] index)
    {
        ConvGeometry g = conv.Geometry(input);
        (int n, int c) = (index[0], index[1]);
        int group = c / g.CG;
        for (int o = group * g.OG; o < (group + 1) * g.OG; o++)
        foreach (WindowReach.Place p in WindowReach.Of(g.Window, index[2], index[3], g.OH, g.OW))
        {
            int at = ((o * g.CG + c % g.CG) * g.Window.KH + p.KH) * g.Window.KW + p.KW;
            yield return ($"w[{o},{c % g.CG},{p.KH},{p.KW}]", conv.Weight.Span[at], ElementIndex.In(g.Output, [n, o, p.Y, p.X]));
        }
    }

    private static IEnumerable<(string Name, double Weight, long At)> Connected(FullyConnected full, long element)
    {
        (long row, int i) = (element / full.Inputs, (int)(element % full.Inputs));
        for (int o = 0; o < full.Outputs; o++)
        {
            yield return full.WeightIsInByOut
                ? ($"w[{i},{o}]", (double)full.Alpha * full.Weight.Span[i * full.Outputs + o], row * full.Outputs + o)
                : ($"w[{o},{i}]", (double)full.Alpha * full.Weight.Span[o * full.Inputs + i], row * full.Outputs + o);
        }
    }

    private TracePart Rectified(Node node, RectifierLayer layer, long element, double r,
        Func<string?, double?, long, double?, TraceTerm> term, Func<string, string?, IEnumerable<TraceTerm>, TracePart> part)
    {
        Rectifier f = layer.Rectifier;
        ReluRule rule = _rule.At(layer);
        bool active = Kept(node).IsActive(element);
        double passed = RectifierFormula.Backward(f, rule, r, active);
        string bit = _activation(node.Inputs[0]) is double[] x
            ? string.Create(CultureInfo.InvariantCulture, $"x = {NumberText.Fixed(x[element], "g6")}, "
                + $"{(active ? "active" : "not active")}")
            : active ? "x was active" : "x was not active";
        string verdict = passed == r ? "passes" : passed == 0 ? "is blocked" : "passes scaled";
        return part(RectifierFormula.Of(f, rule),
            string.Create(CultureInfo.InvariantCulture, $"{bit}; r = {NumberText.Fixed(r, "g6")} "
                + $"{(r == 0 ? "has nothing to pass" : verdict)}"),
            [term(null, rule == ReluRule.Gradient ? RectifierFormula.Slope(f, active) : null, element, passed)]);
    }

    private TracePart Unpooled(Node node, Shape input, int[] index, Func<string?, double?, long, double?, TraceTerm> term,
        Func<string, string?, IEnumerable<TraceTerm>, TracePart> part)
    {
        PoolGeometry g = node.Layer.SwitchGeometry(input);
        int[] switches = Kept(node).Switches;
        WindowReach.Place[] windows = [.. WindowReach.Of(g.Window, index[2], index[3], g.OH, g.OW)];
        long At(WindowReach.Place p) => ElementIndex.In(g.Output, [index[0], index[1], p.Y, p.X]);
        WindowReach.Place[] won = [.. windows.Where(p => switches[At(p)] == p.KH * g.Window.KW + p.KW)];
        string note = (windows, won) switch
        {
            ([var own], [_]) => $"it is its window's maximum: place {own.KH},{own.KW}",
            ([var own], []) => $"its window's maximum is at place {Place(switches[At(own)])}, not here at {own.KH},{own.KW}",
            _ => $"it is the maximum of {won.Length} of the {Counted.Of(windows.Length, "window")} that hold it",
        };
        return part("R_n(q) = sum over the windows whose switch is q of R_{n+1}", note,
            won.Select(p => term(null, 1, At(p), null)));

        string Place(int position) => $"{position / g.Window.KW},{position % g.Window.KW}";
    }

    private static IEnumerable<(string Name, double Weight, long At)> Normalised(LrnParameters p, double[] x, Shape shape,
        int[] index)
    {
        int j = index[1];
        double xj = x[ElementIndex.In(shape, index)];
        for (int c = Math.Max(0, j - p.After); c <= Math.Min(shape.C - 1, j + p.Before); c++)
        {
            double squares = 0;
            for (int i = Math.Max(0, c - p.Before); i <= Math.Min(shape.C - 1, c + p.After); i++)
            {
                double value = x[ElementIndex.In(shape, [index[0], i, index[2], index[3]])];
                squares += value * value;
            }

            // Two summands at c = j, so that nothing cancels within one.
            long at = ElementIndex.In(shape, [index[0], c, index[2], index[3]]);
            double s = p.Bias + (double)p.Alpha / p.Size * squares;
            if (c == j) yield return ($"s_{c}^-beta", Math.Pow(s, -p.Beta), at);
            double side = -2.0 * p.Alpha * p.Beta / p.Size * x[at] * xj * Math.Pow(s, -p.Beta - 1.0);
            yield return ($"x_{c} ds_{c}^-beta/dx_{j}", side, at);
        }
    }

    private static IEnumerable<(string Name, double Weight, long At)> ThroughSoftmax(SoftmaxLayer layer, double[] y, Shape shape,
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

    /// <summary>Which element of a constant belongs to an element of a tensor: their last axes are aligned.</summary>
    internal static int Broadcast(int[] index, Shape constant)
    {
        int at = 0;
        for (int axis = 0; axis < constant.Rank; axis++)
            at = at * constant[axis] + (constant[axis] == 1 ? 0 : index[index.Length - constant.Rank + axis]);
        return at;
    }
}
