using System.CommandLine;
using System.Globalization;
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
            + "guided [Springenberg et al.]; or lrp.NAME, relevance shared out at linear layers: lrp.epsilon, gamma, z-plus, "
            + "alpha2-beta1, z-box, w-square, flat, with a parameter as lrp.epsilon:0.25, or a composite: lrp.epsilon-plus, "
            + "epsilon-plus-flat, epsilon-gamma-box, epsilon-alpha2-beta1, epsilon-alpha2-beta1-flat, excitation-backprop; then, if wanted, other rules at places, by layer name, type or depth from the "
            + "image: deconvnet,relu5_*=gradient or guided,type:LRN=deconvnet,depth:1..3=gradient or guided,type:MaxPool=even "
            + "or lrp.epsilon-plus,conv1_*=lrp.z-box. "
            + "May be repeated. [default: all three]",
        HelpName = "RULE[,PLACE=RULE]...",
    };

    public static Option<string?> RuleFile { get; } = new("--rule-file")
    {
        Description = "A file of composite rules, one a line as NAME: RULE[,PLACE=RULE]...; rules are then "
            + "chosen by name, or all are run.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Box = new("--box")
    {
        Description = "The smallest and the largest number of the input, for lrp.z-box and lrp.epsilon-gamma-box. [default: those "
            + "that the preprocessing makes of samples 0 and 255, by channel]",
        HelpName = "LOW,HIGH",
    };

    private static readonly Option<string[]> Through = new("--through")
    {
        Description = "Lets only these channels of a layer's output pass, under every rule: what the class saw through them. At "
            + "several layers if repeated.",
        HelpName = "LAYER:c[,c...]",
    };

    /// <summary>--box and --through, for commands whose rules can be relevance.</summary>
    public static IReadOnlyList<Option> Relevance { get; } = [Box, Through];

    /// <summary>--box, for commands that look at layers one by one.</summary>
    public static IReadOnlyList<Option> BoxAlone { get; } = [Box];

    /// <summary>A rule with the bounds of its input and the channels that it may pass.</summary>
    private static BackwardRule Settled(ParseResult parsed, BackwardRule rule, LoadedModel model)
    {
        if (rule.Relevance is not null && BoxOf(parsed, model) is { } box) rule = rule.WithBox(box);
        if (!parsed.CommandResult.Command.Options.Contains(Through)) return rule;
        foreach (string text in parsed.GetValue(Through) ?? []) rule = rule.Passing(ChannelPassage.Parse(text, model.Network));
        return rule;
    }

    private static RelevanceBox? BoxOf(ParseResult parsed, LoadedModel model)
    {
        if (parsed.CommandResult.Command.Options.Contains(Box) && parsed.GetValue(Box) is { } text)
        {
            double[] numbers = [.. text.Split(',').Select(part =>
                double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
            return numbers is [{ } low, { } high] && low <= high && double.IsFinite(low) && double.IsFinite(high)
                ? new RelevanceBox([low], [high], "--box")
                : throw new NetVizException($"--box '{text}'; two numbers are wanted, the smaller one first, such as -2.5,2.5");
        }

        if (model.Model.Preprocessing is not { } p) return null;
        double Of(int channel, double sample) => (sample / p.Divisor - p.Mean[channel]) / p.Deviation[channel];
        return new RelevanceBox([.. Enumerable.Range(0, p.Channels).Select(c => Of(c, 0))],
            [.. Enumerable.Range(0, p.Channels).Select(c => Of(c, 255))], $"preprocessing {p.Name}");
    }

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
    /// <exception cref="NetVizException">The rule is unknown or does not fit the network.</exception>
    public static BackwardRule One(ParseResult parsed, string text, LoadedModel model)
    {
        BackwardRule rule = Settled(parsed, One(parsed, text, model.Network), model);
        model.NoteRules(rule);
        return rule;
    }

    /// <summary><see cref="Of(ParseResult, Network, IReadOnlyList{BackwardRule})"/>, with what is to be said of them.</summary>
    public static BackwardRule[] Of(ParseResult parsed, LoadedModel model, params IReadOnlyList<BackwardRule> otherwise)
    {
        BackwardRule[] rules = [.. Of(parsed, model.Network, otherwise).Select(rule => Settled(parsed, rule, model))];
        model.NoteRules(rules);
        return rules;
    }

    /// <summary>Whether a rule, whatever it is called, does the same as the gradient at every layer of a network.</summary>
    public static bool IsGradient(this BackwardRule rule, Network network) => rule.Relevance is null && network.Nodes.All(node =>
        (!BackwardRule.MattersAt(node.Layer) || rule.At(node.Layer) == ReluRule.Gradient)
        && (node.Layer is not MaxPool || rule.UnpoolingAt(node.Layer) == Unpooling.Switches));

    /// <summary>The rule's name as part of a file's name.</summary>
    public static string FileName(this BackwardRule rule) => FileName(rule.Name.Replace(':', '-'));

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
