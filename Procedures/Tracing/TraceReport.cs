using NetViz.Analysis.Traces;

namespace NetViz.Procedures;

/// <summary>What <c>netviz trace --json</c> prints.</summary>
internal sealed record TraceReport(string Image, int ClassIndex, string ClassName, double Score, string Direction, string? Rule,
    bool AddsUp, IReadOnlyList<TracedStepReport> Chain, string Model, string ModelSha256, string Device, string Version)
{
    /// <summary>What must be known of the rule.</summary>
    public string? RuleNote { get; init; }
}

/// <summary>One number with as many terms of its sum as were asked for.</summary>
internal sealed record TracedStepReport(string Tensor, IReadOnlyList<int> Index, double Engine, double Sum, double Difference,
    double Bound, string BoundRule, bool AddsUp, IReadOnlyList<PartReport> Parts, string? End)
{
    public TracedStepReport(TraceStep step, int terms)
        : this(step.Tensor, step.Index, step.Engine, step.Sum, step.Difference, step.Bound, step.BoundRule, step.AddsUp,
            [.. step.Parts.Select(part => new PartReport(part.Layer, part.Operator, part.Equation, part.Note, part.Sum,
                part.Constant, part.Terms.Count, [.. part.Terms.Take(terms)], part.Terms.Skip(terms).Sum(term => term.Product)))],
            step.End)
    {
    }
}

/// <summary>What one layer does to the number; the terms that are left out are told by their sum.</summary>
internal sealed record PartReport(string Layer, string Operator, string Equation, string? Note, double Sum, double? Constant,
    int TermCount, IReadOnlyList<TraceTerm> Terms, double OtherTerms);
