using NetViz.Engine;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>What <see cref="Explainer.Saliency"/> explains, by which rules, and as which maps.</summary>
public sealed record SaliencyOptions : RuleSettings
{
    /// <summary>The classes by number or name, or "top" for the one with the highest score; none for "top".</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>
    /// The rules as expressions or names of <see cref="RuleSettings.RuleFile"/>; none for gradient, deconvnet and guided.
    /// </summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>
    /// How the channels of a signal become one map; null for the maximum, and for the signed sum where numbers have a sign, as
    /// relevance and DeepLIFT have.
    /// </summary>
    public Reduction? Reduction { get; init; }

    /// <summary>
    /// The layer at whose output the signal is shown, null for the image; with class activation maps their layer, null for the
    /// last convolution that has rows and columns.
    /// </summary>
    public string? Layer { get; init; }

    /// <summary>Whether the Taylor ledger of each score is wanted.</summary>
    public bool Ledger { get; init; }

    /// <summary>The maps and their constants.</summary>
    public MapSettings Maps { get; init; } = new();

    /// <summary>Refuses what contradicts itself, before a model is loaded.</summary>
    /// <exception cref="NetVizException">A number makes no sense, or settings contradict each other.</exception>
    public void Check() => Maps.Check(Rules.Count > 0 || RuleFile is not null, Layer is not null, Ledger);
}
