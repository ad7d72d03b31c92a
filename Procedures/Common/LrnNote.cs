using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Procedures;

/// <summary>
/// DeconvNet and LRN: Zeiler and Fergus do not normalise in the backward pass, while libraries that rectify signals
/// differentiate LRN. A reader who compares maps must know which of the two was drawn.
/// </summary>
internal static class LrnNote
{
    private const int Listed = 4;
    private const string OtherRule = "type:LRN=gradient";

    /// <summary>What is to be said of some rules; null where none of them passes over an LRN of the network.</summary>
    /// <param name="rules">The rules that signals follow.</param>
    /// <param name="network">The network.</param>
    public static string? Of(IEnumerable<BackwardRule> rules, Network network)
    {
        Layer[] layers = [.. network.Nodes.Select(node => node.Layer).Where(layer => layer is Lrn)];
        BackwardRule[] passing = [.. rules.Where(rule => layers.Any(layer => rule.At(layer) == ReluRule.DeconvNet))
            .DistinctBy(rule => rule.Name)];
        if (passing.Length == 0) return null;
        string names = string.Join(", ", layers.Take(Listed).Select(layer => layer.Name))
            + (layers.Length > Listed ? ", ..." : "");
        return $"{string.Join(", ", passing.Select(rule => rule.Name))} passes LRN ({names}) unchanged, as Zeiler and Fergus do; "
            + $"Captum and Zennit differentiate it there: {string.Join(", ", passing.Select(OtherOf))}";
    }

    // A rule of a file is called by a name, which is no expression.
    private static string OtherOf(BackwardRule rule) =>
        BackwardRule.All.Any(known => rule.Name.Split(',')[0].Trim().Equals(known.Name, StringComparison.OrdinalIgnoreCase))
            ? $"rule {rule.Name},{OtherRule}"
            : $"rule {rule.Name} with ,{OtherRule} added";
}
