using NetViz.Analysis.Proofs;

namespace NetViz.Analysis.RuleComparisons;

/// <summary>
/// What becomes of one element of the signal r at a rectifier whose input there was x: which rules let it through
/// (1312.6034, section 4; guided: Springenberg et al. 2014). Guided lets through what both of the others do.
/// </summary>
public enum PartingCase
{
    /// <summary>x > 0, r > 0: gradient, DeconvNet and guided let it through.</summary>
    Both,

    /// <summary>x > 0, r &lt; 0: the gradient alone lets it through.</summary>
    OnlyGradient,

    /// <summary>x &lt;= 0, r > 0: DeconvNet alone lets it through.</summary>
    OnlyDeconvNet,

    /// <summary>x &lt;= 0, r &lt; 0: no rule does.</summary>
    Neither,

    /// <summary>r = 0: there is nothing that a rule could let through or stop.</summary>
    NoSignal,
}

/// <summary>One case's elements.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Mass">Sum of |r| over them.</param>
public readonly record struct CaseSum(long Count, ExactMass Mass);

/// <summary>Counts and L1 masses of the cases, over a channel, a layer or a network.</summary>
public sealed class PartingCases
{
    private readonly CaseSum[] _sums;

    internal PartingCases(CaseSum[] sums) => _sums = sums;

    /// <summary>The cases in the order in which they are shown.</summary>
    public static IReadOnlyList<PartingCase> All { get; } = Enum.GetValues<PartingCase>();

    /// <summary>One case.</summary>
    public CaseSum this[PartingCase which] => _sums[(int)which];

    /// <summary>All elements: the counts of the five cases together.</summary>
    public long Elements => _sums.Sum(sum => sum.Count);

    /// <summary>The sum of |r| over all elements.</summary>
    public ExactMass Mass => _sums.Aggregate(default(ExactMass), (mass, sum) => mass + sum.Mass);

    /// <summary>A case's share of the elements, 0 to 1; 0 if there is none.</summary>
    public double CountShare(PartingCase which) => Elements == 0 ? 0 : (double)this[which].Count / Elements;

    /// <summary>A case's share of the mass, 0 to 1; 0 if there is none.</summary>
    public double MassShare(PartingCase which) => Mass.IsZero ? 0 : this[which].Mass.Value / Mass.Value;

    internal static PartingCases Sum(IEnumerable<PartingCases> parts)
    {
        var sums = new CaseSum[All.Count];
        foreach (PartingCases part in parts)
        {
            for (int k = 0; k < sums.Length; k++)
                sums[k] = new CaseSum(sums[k].Count + part._sums[k].Count, sums[k].Mass + part._sums[k].Mass);
        }

        return new PartingCases(sums);
    }
}
