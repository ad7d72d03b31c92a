using NetViz.Kernels;

namespace NetViz.Analysis.Relevance;

/// <summary>One part of a rule: factor R_k times a term over s(sum of the terms + the bias's part).</summary>
/// <param name="Factor">alpha, -beta, or 1.</param>
/// <param name="Sum">The sum of the terms.</param>
/// <param name="Magnitudes">The sum of their magnitudes.</param>
/// <param name="Bias">The bias's part.</param>
/// <param name="Denominator">s of both; 0 where nothing is shared out.</param>
/// <param name="Weighted">The sum of the terms times given factors of the inputs.</param>
internal readonly record struct RulePart(double Factor, double Sum, double Magnitudes, double Bias, double Denominator,
    double Weighted);

/// <summary>
/// The relevance rules once more, term by term in double, straight from their equations: what an output shares out, to which
/// input how much, what its bias takes and what the stabiliser.
/// </summary>
/// <param name="rule">The rule.</param>
/// <param name="terms">The map.</param>
/// <param name="x">Its input.</param>
/// <param name="z">Its output as the back-end has it, which the epsilon rule divides by and whose sign the gamma rule asks
/// for.</param>
/// <param name="low">z-box's lower bounds; null for other rules.</param>
/// <param name="high">z-box's upper bounds.</param>
internal sealed class RuleTerms(RelevanceRule rule, MapTerms terms, double[] x, double[] z, double[]? low, double[]? high)
{
    /// <summary>How many parts the rule has.</summary>
    public int Parts => rule is AlphaBetaRule ? 2 : 1;

    /// <summary>The linear map whose inputs the rule weighs.</summary>
    public MapTerms Terms => terms;

    /// <summary>What input j gives to output k in a part of the rule.</summary>
    /// <param name="part">0, or 1 for what speaks against.</param>
    /// <param name="j">The input.</param>
    /// <param name="w">W_jk.</param>
    /// <param name="k">The output.</param>
    public double Term(int part, int j, double w, int k)
    {
        double up = Math.Max(w, 0), down = Math.Min(w, 0);
        switch (rule)
        {
            case EpsilonRule: return x[j] * w;
            case ZPlusRule: return x[j] > 0 ? x[j] * up : x[j] * down;
            case AlphaBetaRule: return (x[j] > 0) == (part == 0) ? x[j] * up : x[j] * down;
            case GammaRule gamma: return x[j] * (w + gamma.Gamma * ((x[j] > 0) == (z[k] > 0) ? up : down));
            case ZBoxRule: return x[j] * w - low![j] * up - high![j] * down;
            case WSquareRule: return w * w;
            default: return 1;
        }
    }

    /// <summary>A part of the rule at an output.</summary>
    /// <param name="part">0, or 1 for what speaks against.</param>
    /// <param name="k">The output.</param>
    /// <param name="factors">A factor for each input, for <see cref="RulePart.Weighted"/>; null for none.</param>
    public RulePart At(int part, int k, double[]? factors = null)
    {
        double sum = 0, magnitudes = 0, weighted = 0;
        terms.Each(k, (j, w) =>
        {
            double term = Term(part, j, w, k);
            sum += term;
            magnitudes += Math.Abs(term);
            if (factors is not null) weighted += term * factors[j];
        });
        double b = terms.Bias(k), bias = rule switch
        {
            EpsilonRule => b,
            ZPlusRule => Math.Max(b, 0),
            AlphaBetaRule => part == 0 ? Math.Max(b, 0) : Math.Min(b, 0),
            GammaRule gamma => b + gamma.Gamma * (z[k] > 0 ? Math.Max(b, 0) : Math.Min(b, 0)),
            WSquareRule => b * b,
            _ => 0,
        };
        double epsilon = rule is EpsilonRule own ? own.Epsilon : RelevanceRule.Stabiliser;
        double all = rule is EpsilonRule ? z[k] : sum + bias;
        double denominator = all < 0 ? all - epsilon : all + epsilon;
        if (rule is GammaRule && z[k] == 0) denominator = 0;
        double factor = rule is AlphaBetaRule alpha ? part == 0 ? alpha.Alpha : -alpha.Beta : 1;
        return new RulePart(factor, sum, magnitudes, bias, denominator, weighted);
    }
}
