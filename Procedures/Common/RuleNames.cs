using System.Text;
using System.Text.RegularExpressions;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Procedures;

/// <summary>Rules in the names of files, and whether one is the gradient.</summary>
internal static partial class RuleNames
{
    /// <summary>Whether a rule, whatever it is called, does the same as the gradient at every layer of a network.</summary>
    public static bool IsGradient(this BackwardRule rule, Network network) => rule.Relevance is null && network.Nodes.All(node =>
        (!BackwardRule.MattersAt(node.Layer) || rule.At(node.Layer) == ReluRule.Gradient)
        && rule.GateAt(node.Layer) is null
        && (node.Layer is not MaxPool || rule.UnpoolingAt(node.Layer) == Unpooling.Switches));

    /// <summary>The rule's name as part of a file's name.</summary>
    public static string FileName(this BackwardRule rule) => FileName(Parameter().Replace(rule.Name, "$1-"));

    // The parameter of a relevance rule: lrp.epsilon:0.25 becomes lrp.epsilon-0.25.
    [GeneratedRegex(@"(lrp\.[a-z0-9-]+):")]
    private static partial Regex Parameter();

    /// <summary>A rule's or layer's name as part of a file's name: what file systems do not like becomes an underscore.</summary>
    public static string FileName(string name)
    {
        var safe = new StringBuilder();
        foreach (char c in name) safe.Append(char.IsAsciiLetterOrDigit(c) || "-_.+=,".Contains(c) ? c : '_');
        return safe.Length <= 80 ? safe.ToString() : $"{safe.ToString(0, 60)}-{StableHash(name):x8}";
    }

    private static uint StableHash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text) hash = (hash ^ c) * 16777619;
        return hash;
    }
}
