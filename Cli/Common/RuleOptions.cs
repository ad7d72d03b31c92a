using System.CommandLine;
using System.Text;
using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Cli.Common;

/// <summary>--rule and --rule-file: by which rules the signal travels down.</summary>
internal static class RuleOptions
{
    public static Option<string[]> Rules { get; } = new("--rule", "-r")
    {
        Description = "How the signal passes rectifiers: gradient [paper], deconvnet [Zeiler and Fergus], "
            + "guided [Springenberg et al.]; then, if wanted, other rules at places, by layer name, type or depth from the "
            + "image: deconvnet,relu5_*=gradient or guided,type:LRN=deconvnet,depth:1..3=gradient or guided,type:MaxPool=even "
            + "or gradient,type:Mul=gate (the gates of products held fixed). "
            + "May be repeated. [default: all three]",
        HelpName = "RULE[,PLACE=RULE]...",
    };

    public static Option<string?> RuleFile { get; } = new("--rule-file")
    {
        Description = "A file of composite rules, one a line as NAME: RULE[,PLACE=RULE]...; rules are then "
            + "chosen by name, or all are run.",
        HelpName = "FILE",
    };

    /// <summary>One rule: of --rule-file by its name, or as it is written.</summary>
    /// <exception cref="NetVizException">The rule is unknown or does not fit the network.</exception>
    public static BackwardRule One(ParseResult parsed, string text, Network network) =>
        (parsed.GetValue(RuleFile) is string path ? RuleExpression.ReadFile(path, network) : [])
            .FirstOrDefault(rule => rule.Name.Equals(text, StringComparison.OrdinalIgnoreCase))
        ?? RuleExpression.Parse(text, network);

    /// <summary>The rules that the command line names, in its order, each once.</summary>
    /// <exception cref="NetVizException">A rule is unknown or does not fit the network.</exception>
    public static BackwardRule[] Of(ParseResult parsed, Network network, params IReadOnlyList<BackwardRule> otherwise)
    {
        IReadOnlyList<BackwardRule> named =
            parsed.GetValue(RuleFile) is string path ? RuleExpression.ReadFile(path, network) : [];
        if (parsed.GetValue(Rules) is not { Length: > 0 } wanted) return [.. named.Count > 0 ? named : otherwise];
        return [.. wanted.Select(text =>
                named.FirstOrDefault(rule => rule.Name.Equals(text, StringComparison.OrdinalIgnoreCase))
                ?? RuleExpression.Parse(text, network))
            .DistinctBy(rule => rule.Name)];
    }

    /// <summary><see cref="One(ParseResult, string, Network)"/>, with what is to be said of it.</summary>
    public static BackwardRule One(ParseResult parsed, string text, LoadedModel model)
    {
        BackwardRule rule = One(parsed, text, model.Network);
        model.NoteRules(rule);
        return rule;
    }

    /// <summary><see cref="Of(ParseResult, Network, IReadOnlyList{BackwardRule})"/>, with what is to be said of them.</summary>
    public static BackwardRule[] Of(ParseResult parsed, LoadedModel model, params IReadOnlyList<BackwardRule> otherwise)
    {
        BackwardRule[] rules = Of(parsed, model.Network, otherwise);
        model.NoteRules(rules);
        return rules;
    }

    /// <summary>Whether a rule, whatever it is called, does the same as the gradient at every layer of a network.</summary>
    public static bool IsGradient(this BackwardRule rule, Network network) => network.Nodes.All(node =>
        (!BackwardRule.MattersAt(node.Layer) || rule.At(node.Layer) == ReluRule.Gradient)
        && rule.GateAt(node.Layer) is null
        && (node.Layer is not MaxPool || rule.UnpoolingAt(node.Layer) == Unpooling.Switches));

    /// <summary>The rule's name as part of a file's name.</summary>
    public static string FileName(this BackwardRule rule) => FileName(rule.Name);

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
