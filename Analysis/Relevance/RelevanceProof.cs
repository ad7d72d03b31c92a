using System.Numerics.Tensors;
using NetViz.Analysis.Layers;
using NetViz.Analysis.Proofs;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using static System.FormattableString;

namespace NetViz.Analysis.Relevance;

/// <summary>One layer's books: the relevance above is what is below and what was taken.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Rule">What it does with relevance.</param>
/// <param name="Above">The sum of R above.</param>
/// <param name="Below">The sum of R below, by the back-end, over all inputs.</param>
/// <param name="Bias">What biases took.</param>
/// <param name="Stabiliser">What epsilon took, and what was at outputs that share nothing out.</param>
/// <param name="Gap">Above - Below - Bias - Stabiliser.</param>
/// <param name="Bound">What rounding may make of the gap.</param>
/// <param name="Holds">Whether all statements about the layer hold.</param>
/// <param name="Faults">What was found instead; null where all holds.</param>
public sealed record RelevanceRow(string Layer, string Rule, double Above, double Below, double Bias, double Stabiliser, double Gap,
    double Bound, bool Holds, IReadOnlyList<string>? Faults);

/// <summary>The books of all layers between a score and the image.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Start">The relevance at the start.</param>
/// <param name="AtImage">The sum of relevance at the image.</param>
/// <param name="Bias">What biases took in all.</param>
/// <param name="Stabiliser">What epsilon took in all.</param>
/// <param name="Rows">The layers, from the score down.</param>
public sealed record RelevanceReport(string Rule, double Start, double AtImage, double Bias, double Stabiliser,
    IReadOnlyList<RelevanceRow> Rows)
{
    /// <summary>Whether every statement holds.</summary>
    public bool Holds => Rows.All(row => row.Holds);
}

/// <summary>
/// Proves a relevance rule on one network and one image, layer by layer, each fed with the relevance that arrived there.
/// <list type="bullet">
/// <item>At a linear layer the rule is written out term by term in double (<see cref="RuleTerms"/>). The sum of R below, by the
/// back-end, is sum over k and the rule's parts of f R_k T_k / s_k, T_k the sum of the terms; so is the sum with random signs,
/// which no misplaced number passes. What is missing is what biases took, f R_k b_k / s_k, and the stabiliser, f R_k (s_k - T_k -
/// b_k) / s_k. Rounding may make of it sum f |R_k| A_k / |s_k| ((m + n + 8) u + n u D_k / |s_k|), A_k the sum of the terms'
/// magnitudes, D_k = A_k + |b_k|, n the terms of an output, m the outputs of an input, u = 2^-23 (2^-52 in double); where
/// Winograd's transforms are used, 1e-5 stands for n u and m u.</item>
/// <item>Average pools and sums are maps of that form; max-pools and layers that move numbers do so, and the others pass
/// relevance on, number by number.</item>
/// <item>What arrives at a layer is the sum of what its readers sent.</item>
/// </list>
/// </summary>
public static class RelevanceProof
{
    private const double TransformError = 1e-5;

    /// <summary>Proves every layer between a seed and the image.</summary>
    /// <param name="record">A forward pass.</param>
    /// <param name="seed">Where relevance starts.</param>
    /// <param name="rule">A relevance rule.</param>
    /// <param name="progress">Told the layer that is next and the share of the layers that are done.</param>
    /// <exception cref="NetVizException">The rule cannot be used here, or relevance is not finite.</exception>
    public static RelevanceReport Of(ForwardRecord record, Seed seed, BackwardRule rule, Action<string, double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(rule);
        if (rule.Relevance is null) throw new ArgumentException($"{rule.Name} sends no relevance down.", nameof(rule));
        Network network = record.Prepared.Network;
        var signals = new Dictionary<string, double[]>();
        double[] image = [];
        record.DescendInDouble(seed, rule, (name, signal) =>
        {
            image = signal.Flat();
            if (!image.All(double.IsFinite))
                throw new NetVizException($"the relevance at '{name}' is not finite: nothing can be proven about NaN and infinity");
            signals.TryAdd(name, image);
        });
        MergedMap?[] maps = MergedMap.Of(network, seed.TensorIn(network));
        Node[] nodes = [.. network.Nodes.Reverse().Where(node => signals.ContainsKey(node.Name))];
        double start = signals[nodes[0].Name].Sum();
        var arriving = new ArrivingSignals(record, rule);
        var rows = new List<RelevanceRow>();
        for (int i = 0; i < nodes.Length; i++)
        {
            progress?.Invoke(nodes[i].Name, i / (double)nodes.Length);
            double[] r = signals[nodes[i].Name];
            var row = Row(record, rule, maps, nodes[i], r);
            if (arriving.Fault(nodes[i].Output, r) is { } fault)
                row = row with { Holds = false, Faults = [.. row.Faults ?? [], fault] };
            arriving.Send(nodes[i], r);
            rows.Add(row);
        }

        if (arriving.Fault(0, image) is { } atImage)
            rows[^1] = rows[^1] with { Holds = false, Faults = [.. rows[^1].Faults ?? [], atImage] };
        return new RelevanceReport(rule.Name, start, image.Sum(), rows.Sum(row => row.Bias), rows.Sum(row => row.Stabiliser),
            rows);
    }

    private static RelevanceRow Row(ForwardRecord record, BackwardRule rule, MergedMap?[] maps, Node node, double[] r)
    {
        double[][] below = SingleLayer.Backward(record, node, rule, r);
        double unit = record.Prepared.Kernels.ComputesInDouble ? Math.ScaleB(1, -52) : Math.ScaleB(1, -23);
        return node.Layer switch
        {
            Conv or FullyConnected => OfMap(record, rule, maps[node.Index]!, r, below[0], unit),
            AveragePool or Sum => OfNorm(record, node, r, below, unit),
            _ => OfPassage(record, rule, node, r, below),
        };
    }

    private static RelevanceRow OfMap(ForwardRecord record, BackwardRule rule, MergedMap map, double[] r, double[] below, double unit)
    {
        Node node = map.Node;
        RelevanceRule own = rule.RelevanceAt(record.Prepared.Network, node.Layer);
        RuleTerms terms = TermsOf(record, rule, map);
        double[] signs = SignsOf(node, below.Length);
        bool isTransformed = record.Prepared.AlgorithmDown(node) == ConvAlgorithm.Winograd
            || record.Prepared.AlgorithmUp(node) == ConvAlgorithm.Winograd;
        double forward = isTransformed ? TransformError : terms.Terms.Terms * unit;
        double backward = isTransformed ? TransformError : terms.Terms.Readers * unit;
        const int Piece = 256;
        var sums = new (double Weighted, double Bias, double Taken, double Bound)[(r.Length + Piece - 1) / Piece];
        Parallel.For(0, sums.Length, piece =>
        {
            double v = 0, b = 0, t = 0, e = 0;
            for (int k = piece * Piece; k < Math.Min(r.Length, (piece + 1) * Piece); k++)
            {
                if (r[k] == 0) continue;
                for (int part = 0; part < terms.Parts; part++)
                {
                    RulePart at = terms.At(part, k, signs);
                    if (at.Factor == 0) continue;
                    if (at.Denominator == 0)
                    {
                        t += at.Factor * r[k];
                        continue;
                    }

                    double c = at.Factor * r[k] / at.Denominator;
                    v += c * at.Weighted;
                    b += c * at.Bias;
                    t += c * (at.Denominator - at.Sum - at.Bias);
                    e += Math.Abs(c) * at.Magnitudes * (forward + backward + 8 * unit
                        + (own is EpsilonRule ? 0 : forward * (at.Magnitudes + Math.Abs(at.Bias)) / Math.Abs(at.Denominator)));
                }
            }

            sums[piece] = (v, b, t, e);
        });
        // In the order of the pieces, and not as threads come to their end: the same sums in every run.
        double weighted = sums.Sum(piece => piece.Weighted), bias = sums.Sum(piece => piece.Bias);
        double taken = sums.Sum(piece => piece.Taken), bound = sums.Sum(piece => piece.Bound);
        double above = r.Sum(), sum = below.Sum(), signed = TensorPrimitives.Dot<double>(below, signs);
        bound += Math.ScaleB(1, -50) * (r.Length + below.Length) * (r.Sum(Math.Abs) + below.Sum(Math.Abs)) / Math.Max(1, r.Length);
        double gap = above - sum - bias - taken;
        var faults = new List<string>();
        if (!(Math.Abs(gap) <= bound)) faults.Add(Invariant($"the books are {gap:e2} apart with a bound of {bound:e2}"));
        if (!(Math.Abs(signed - weighted) <= bound))
            faults.Add(Invariant($"the sum with random signs is {signed:g6} where {weighted:g6} is expected, with a bound of {bound:e2}"));
        string name = own.Name + (map.Merged.Count > 0 ? $", with {string.Join(", ", map.Merged.Select(each => each.Name))}" : "");
        return new RelevanceRow(node.Name, name, above, sum, bias, taken, gap, bound, faults.Count == 0,
            faults.Count == 0 ? null : faults);
    }

    /// <summary>The rule's terms at a map.</summary>
    internal static RuleTerms TermsOf(ForwardRecord record, BackwardRule rule, MergedMap map)
    {
        int tensor = map.Node.Inputs[0];
        Shape input = record.ShapeOf(tensor);
        RelevanceRule own = rule.RelevanceAt(record.Prepared.Network, map.Node.Layer);
        double[]? low = null, high = null;
        if (own is ZBoxRule && rule.Box is { } box)
        {
            bool isLast = input.Rank == 4 && record.Prepared.Network.LayoutOf(tensor) == ImageLayout.Nhwc;
            int channels = input.Rank == 4 ? input[isLast ? 3 : 1] : 1;
            long plane = isLast ? 1 : input.Rank == 4 ? (long)input[2] * input[3] : 1;
            (low, high) = (new double[input.Count], new double[input.Count]);
            for (int i = 0; i < low.Length; i++)
                (low[i], high[i]) = box.At(channels == 1 ? 0 : (int)(i / plane % channels), channels);
        }

        return new RuleTerms(own, new MapTerms(map, input), record.Numbers(tensor), record.Numbers(map.Output), low, high);
    }

    private static RelevanceRow OfNorm(ForwardRecord record, Node node, double[] r, double[][] below, double unit)
    {
        double[] z = record.Numbers(node.Output);
        double taken = 0, magnitudes = below.Sum(each => each.Sum(Math.Abs));
        long window = record.ShapeOf(node.Inputs[0]).Count / Math.Max(1, record.ShapeOf(node.Output).Count);
        long terms = node.Inputs.Length > 1 ? 2 : window + 32;
        for (int k = 0; k < r.Length; k++)
        {
            double s = z[k] < 0 ? z[k] - RelevanceRule.Stabiliser : z[k] + RelevanceRule.Stabiliser;
            taken += r[k] * (s - z[k]) / s;
            magnitudes += Math.Abs(r[k] * z[k] / s);
        }

        double above = r.Sum(), sum = below.Sum(each => each.Sum()), gap = above - sum - taken;
        double bound = (2 * terms + 8) * unit * magnitudes;
        return new RelevanceRow(node.Name, "norm", above, sum, 0, taken, gap, bound, Math.Abs(gap) <= bound,
            Math.Abs(gap) <= bound ? null : [Invariant($"the books are {gap:e2} apart with a bound of {bound:e2}")]);
    }

    private static RelevanceRow OfPassage(ForwardRecord record, BackwardRule rule, Node node, double[] r, double[][] below)
    {
        double above = r.Sum(), sum = below.Sum(each => each.Sum());
        string what = node.Layer switch
        {
            MaxPool => rule.UnpoolingAt(node.Layer) == Unpooling.Switches ? "switches" : "even",
            RectifierLayer when !rule.PassesAt(node.Layer) => rule.At(node.Layer).ToString().ToLowerInvariant(),
            RectifierLayer or Affine or Lrn or Elementwise or SoftmaxLayer => "pass",
            _ => "moved",
        };
        var faults = new List<string>();
        double lost = 0;
        if (what == "pass")
        {
            if (!below[0].AsSpan().SequenceEqual(r)) faults.Add("relevance did not pass unchanged");
        }
        else if (what is "moved" or "switches")
        {
            Shape[] inputs = [.. node.Inputs.Select(record.ShapeOf)];
            LiteralSignal[]? expected = LayerAnalyses.Of(node.Layer).TransposeOf(node.Layer, inputs, record.ShapeOf(node.Output),
                record.KeptBy(node.Name), r);
            for (int k = 0; expected is not null && k < below.Length; k++)
            {
                SignalDifference difference = new SignalDifference().Add(below[k], expected[k]);
                if (difference.ShareOfBound > 1) faults.Add($"relevance did not move as it should: {difference.Worst}");
            }

            lost = node.Layer is Pad ? above - sum : 0;
        }
        else
        {
            lost = above - sum;
        }

        double gap = above - sum - lost, bound = Math.ScaleB(1, -20) * r.Sum(Math.Abs);
        if (!(Math.Abs(gap) <= bound)) faults.Add(Invariant($"the books are {gap:e2} apart with a bound of {bound:e2}"));
        return new RelevanceRow(node.Name, what, above, sum, 0, lost, gap, bound, faults.Count == 0,
            faults.Count == 0 ? null : faults);
    }

    /// <summary>A sign for each input, by chance but the same each time.</summary>
    private static double[] SignsOf(Node node, int count)
    {
        var random = new Random(node.Index);
        var signs = new double[count];
        for (int i = 0; i < count; i++) signs[i] = random.Next(2) == 0 ? -1 : 1;
        return signs;
    }
}
