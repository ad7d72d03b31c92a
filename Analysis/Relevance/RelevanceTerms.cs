using NetViz.Analysis.Layers;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Relevance;

/// <summary>The relevance of one number as the sum of what each output that reads it shares out to it.</summary>
/// <param name="record">The forward pass.</param>
/// <param name="rule">A relevance rule.</param>
/// <param name="source">The tensor at which relevance starts.</param>
internal sealed class RelevanceTerms(ForwardRecord record, BackwardRule rule, int source)
{
    private readonly MergedMap?[] _maps = MergedMap.Of(record.Prepared.Network, source);
    private readonly Dictionary<int, RuleTerms> _terms = [];
    private readonly Dictionary<int, double[]> _numbers = [];

    /// <summary>What a layer does with relevance, in a line of plain text, and a remark on it.</summary>
    public static (string Equation, string Remark) EquationOf(Network network, BackwardRule rule, Layer layer)
    {
        switch (layer)
        {
            case Conv or FullyConnected:
                RelevanceRule own = rule.RelevanceAt(network, layer);
                return (own.Equation, $"rule {own.Name}; W and b with the normalisation behind it merged in, if there is one");
            case AveragePool or Sum: return ("R_j = x_j sum_k W_jk R_k / s(z_k)", "norm: the epsilon rule with 1e-6");
            case MaxPool: return ("R_n = R_{n+1} at the switches", "all to the maximum");
            case RectifierLayer when !rule.PassesAt(layer): return ($"{rule.At(layer).ToString().ToLowerInvariant()}", "of relevance");
            case RectifierLayer or Affine or Lrn or Elementwise or SoftmaxLayer: return ("R_n = R_{n+1}", "relevance passes");
            default: return ("R_n = R_{n+1}, moved", "numbers move, relevance with them");
        }
    }

    /// <summary>The rounding operations of a layer's shares beside their number: those of its denominators.</summary>
    public int Roundings(Node node) => node.Layer is Conv or FullyConnected ? 10 * TermsOf(node).Terms.Terms + 10 : 40;

    /// <summary>The shares that one layer sends down to an element of one of its inputs.</summary>
    public TracePart At(BackwardTerms terms, Node node, int input, long element)
    {
        var e = new BackwardElement(terms, node, input, element);
        (string equation, string remark) = EquationOf(record.Prepared.Network, rule, node.Layer);
        switch (node.Layer)
        {
            case Conv or FullyConnected: return e.Part(equation, remark, Shares(e, node, element));
            case AveragePool or Sum:
                double x = NumbersOf(node.Inputs[input])[element];
                double[] z = NumbersOf(node.Output);
                TracePart linear = LayerAnalyses.Of(node.Layer).BackwardOf(node.Layer, e);
                return e.Part(equation, remark, linear.Terms.Select(term =>
                {
                    double s = z[term.Element] < 0 ? z[term.Element] - RelevanceRule.Stabiliser
                        : z[term.Element] + RelevanceRule.Stabiliser;
                    return e.Term("share", (term.Weight ?? 1) * x / s, term.Element);
                }));
            case RectifierLayer when !rule.PassesAt(node.Layer): break;
            case RectifierLayer or Affine or Lrn or Elementwise or SoftmaxLayer:
                return e.Part(equation, remark, [e.Term(null, 1, element)]);
        }

        return LayerAnalyses.Of(node.Layer).BackwardOf(node.Layer, e);
    }

    private List<TraceTerm> Shares(BackwardElement e, Node node, long element)
    {
        RuleTerms terms = TermsOf(node);
        var shares = new List<TraceTerm>();
        terms.Terms.EachReader((int)element, (k, w) =>
        {
            if (e.Signal[k] == 0) return;
            double share = 0;
            for (int part = 0; part < terms.Parts; part++)
            {
                RulePart at = terms.At(part, k);
                if (at.Denominator != 0) share += at.Factor * terms.Term(part, (int)element, w, k) / at.Denominator;
            }

            shares.Add(e.Term("share", share, k));
        });
        return shares;
    }

    private RuleTerms TermsOf(Node node)
    {
        if (!_terms.TryGetValue(node.Index, out RuleTerms? terms))
            _terms[node.Index] = terms = RelevanceProof.TermsOf(record, rule, _maps[node.Index]!);
        return terms;
    }

    private double[] NumbersOf(int tensor)
    {
        if (!_numbers.TryGetValue(tensor, out double[]? numbers)) _numbers[tensor] = numbers = record.Numbers(tensor);
        return numbers;
    }
}
