using NetViz.Analysis;
using NetViz.Analysis.Layers;
using NetViz.Analysis.RuleComparisons;
using NetViz.Analysis.Stepping;
using NetViz.Engine.Rules;

namespace NetViz.Procedures;

/// <summary>
/// A walk down as data: under which rules, and whether the signal at its end is the derivative of the class score.
/// </summary>
internal sealed record StepReport(string Image, string Model, int ClassIndex, string ClassName, float Score, float? Probability,
    string Device, string Trajectory, bool IsGradient, IReadOnlyList<StepLayerReport> Layers, SignalSummary Signal)
{
    /// <summary>What must be known of the rule, such as that DeconvNet passes LRN unchanged.</summary>
    public string? RuleNote { get; init; }

    /// <summary>The layers that were passed, from the top.</summary>
    public static StepReport Of(OneImage image, Descent walk)
    {
        int depth = walk.Position;
        var layers = new List<StepLayerReport>();
        SignalSummary end = SignalSummary.Of(walk.Signal);
        (string trajectory, bool isGradient) = (walk.Trajectory, walk.IsGradient);
        for (int k = depth; k > 0; k--)
        {
            walk.Up();
            layers.Insert(0, StepLayerReport.Of(walk.Passage!));
        }

        return new StepReport(image.File.Path, image.Model.Model.Path, image.Class.Index, image.Class.Name, image.Class.Score,
            image.Class.Probability, image.Model.Prepared.Kernels.Name, trajectory, isGradient, layers, end)
        {
            RuleNote = image.RuleNote,
        };
    }
}

/// <summary>
/// One layer that was passed. The rule is absent where rules make no difference; below it stands a summary for each of its
/// inputs, null where that does not lead to the image.
/// </summary>
internal sealed record StepLayerReport(string Layer, string Operator, string? Rule, string Equation,
    IReadOnlyList<string> Reasons, RectifierReport? Rectifier, UnpoolingCounts? Pool, SignalSummary Above,
    IReadOnlyList<SignalSummary?> Below)
{
    public static StepLayerReport Of(Passage p) => new(p.Node.Name, p.Node.Layer.Operator,
        BackwardRule.MattersAt(p.Node.Layer) && p.Relevance is null ? p.Rule.ToString().ToLowerInvariant() : null, p.Equation.Equation,
        PassageReasons.Of(p), p.Rectifier is RectifierCases cases ? RectifierReport.Of(cases) : null, p.Pool,
        SignalSummary.Of(p.Above), [.. p.Below.Select(signal => signal is null ? null : SignalSummary.Of(signal))]);
}

/// <summary>The counts at a rectifier: by the forward bit, then r > 0, r &lt; 0, r = 0.</summary>
internal sealed record RectifierReport(long[] Active, long[] Inactive, long ZeroedByInput, long ZeroedBySignal, long ZeroedByBoth,
    long Changed)
{
    public static RectifierReport Of(RectifierCases c) => new([c[true, 1], c[true, -1], c[true, 0]],
        [c[false, 1], c[false, -1], c[false, 0]], c.ZeroedByInput, c.ZeroedBySignal, c.ZeroedByBoth, c.Changed);
}
