using NetViz.Analysis.Layers;
using NetViz.Engine.Execution;
using NetViz.Kernels;

namespace NetViz.Analysis.RuleComparisons;

/// <summary>
/// The cases that a signal r meets at a rectifier, by the sign of r and by the forward bit (x > 0; for Clip low &lt; x &lt;
/// high), and what became of it under one rule. Values that are NaN stand in no case.
/// </summary>
public sealed record RectifierCases
{
    private readonly long[] _counts = new long[6];

    private RectifierCases()
    {
    }

    /// <summary>Values that were not 0 and are now, because of x alone: f'(x) = 0.</summary>
    public long ZeroedByInput { get; private set; }

    /// <summary>Values that were not 0 and are now, because of r alone: f(r) = 0.</summary>
    public long ZeroedBySignal { get; private set; }

    /// <summary>Values that were not 0 and are now, for both reasons at once.</summary>
    public long ZeroedByBoth { get; private set; }

    /// <summary>Values that are neither 0 nor what they were: scaled by a slope, or clipped.</summary>
    public long Changed { get; private set; }

    /// <summary>All values that were not 0 and are now.</summary>
    public long Zeroed => ZeroedByInput + ZeroedBySignal + ZeroedByBoth;

    /// <summary>How many values came with a signal that is not 0.</summary>
    public long Nonzero => this[true, 1] + this[true, -1] + this[false, 1] + this[false, -1];

    /// <summary>How many values are in a case.</summary>
    /// <param name="active">Whether the forward bit is set.</param>
    /// <param name="sign">The sign of r: -1, 0 or 1.</param>
    public long this[bool active, int sign] => _counts[Index(active, sign)];

    /// <summary>Counts the cases of one rectifier.</summary>
    /// <param name="f">The rectifier.</param>
    /// <param name="rule">The rule at it.</param>
    /// <param name="kept">Its bits.</param>
    /// <param name="above">r, row-major.</param>
    /// <param name="below">What the rule made of it.</param>
    public static RectifierCases Count(Rectifier f, ReluRule rule, PortableLayer kept, ReadOnlySpan<double> above,
        ReadOnlySpan<double> below) => Count(_ => f, rule, kept, above, below);

    /// <summary>Counts the cases of a rectifier that differs from element to element.</summary>
    /// <param name="at">The rectifier of an element, numbered row-major.</param>
    /// <param name="rule">The rule at it.</param>
    /// <param name="kept">Its bits.</param>
    /// <param name="above">r, row-major.</param>
    /// <param name="below">What the rule made of it.</param>
    public static RectifierCases Count(Func<long, Rectifier> at, ReluRule rule, PortableLayer kept, ReadOnlySpan<double> above,
        ReadOnlySpan<double> below)
    {
        ArgumentNullException.ThrowIfNull(at);
        ArgumentNullException.ThrowIfNull(kept);
        var cases = new RectifierCases();
        for (int i = 0; i < above.Length; i++)
        {
            double r = above[i];
            if (double.IsNaN(r)) continue;
            bool active = kept.IsActive(i);
            cases._counts[Index(active, Math.Sign(r))]++;
            if (r == 0 || below[i] == r) continue;
            bool byInput = rule != ReluRule.DeconvNet && !active;
            bool bySignal = rule != ReluRule.Gradient && RectifierFormula.Forward(at(i), r) == 0;
            if (below[i] != 0 || !(byInput || bySignal)) cases.Changed++;
            else if (byInput && bySignal) cases.ZeroedByBoth++;
            else if (byInput) cases.ZeroedByInput++;
            else cases.ZeroedBySignal++;
        }

        return cases;
    }

    private static int Index(bool active, int sign) => (active ? 3 : 0) + sign + 1;
}
