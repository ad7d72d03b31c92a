using NetViz.Analysis.RuleComparisons;

namespace NetViz.Procedures;

/// <summary>What parting.json holds.</summary>
internal sealed record PartingReport : OneImageReport
{
    public PartingReport(OneImage image, string trajectory, IReadOnlyList<PartingLayerReport> layers, PartingTotals total,
        bool addsUp, IReadOnlyList<string> unreached)
        : base(image) =>
        (Trajectory, Layers, Total, AddsUp, Unreached) = (trajectory, layers, total, addsUp, unreached);

    public string Trajectory { get; }

    public IReadOnlyList<PartingLayerReport> Layers { get; init; }

    public PartingTotals Total { get; }

    public bool AddsUp { get; }

    public IReadOnlyList<string> Unreached { get; }
}

/// <summary>Counts and L1 masses of the cases; masses are exact sums, rounded once.</summary>
internal sealed record PartingTotals(long Elements, double Mass, Dictionary<string, CaseReport> Cases)
{
    public PartingTotals(PartingCases cases)
        : this(cases.Elements, cases.Mass.Value, PartingCases.All.ToDictionary(KeyOf, which => new CaseReport(cases[which].Count,
            cases[which].Mass.Value, cases.CountShare(which), cases.MassShare(which))))
    {
    }

    public static string KeyOf(PartingCase which) => which switch
    {
        PartingCase.Both => "both",
        PartingCase.OnlyGradient => "only_gradient",
        PartingCase.OnlyDeconvNet => "only_deconvnet",
        PartingCase.Neither => "neither",
        _ => "no_signal",
    };
}

/// <summary>One case: how many elements, the sum of |r| over them, and the shares of both, 0 to 1.</summary>
internal sealed record CaseReport(long Count, double Mass, double CountShare, double MassShare);

/// <summary>One case channel by channel.</summary>
internal sealed record CaseChannels(long[] Counts, double[] Masses);

/// <summary>One rectifier.</summary>
internal sealed record PartingLayerReport(string Layer, string Operator, int[] Shape, bool IsAnalogy, PartingTotals Total,
    Dictionary<string, double> LetThrough, bool AddsUp)
{
    /// <summary>The cases channel by channel; in the file only.</summary>
    public Dictionary<string, CaseChannels>? Channels { get; init; }

    /// <summary>The picture beside the file.</summary>
    public string? Sheet { get; init; }

    /// <summary>The signal r that comes to this rectifier, of its shape, beside the file.</summary>
    public string? Signal { get; init; }

    public static PartingLayerReport Of(PartingLayer layer) => new(layer.Name, layer.Node.Layer.Operator,
        layer.Shape.Lengths.ToArray(), layer.IsAnalogy, new PartingTotals(layer.Total),
        layer.Through.ToDictionary(through => through.Rule.Name, through => through.Total.Value), layer.AddsUp);

    public static Dictionary<string, CaseChannels> ChannelsOf(PartingLayer layer) => PartingCases.All.ToDictionary(
        PartingTotals.KeyOf, which => new CaseChannels([.. layer.Channels.Select(channel => channel[which].Count)],
            [.. layer.Channels.Select(channel => channel[which].Mass.Value)]));
}
