using System.CommandLine;
using System.Globalization;
using NetViz.Engine;

namespace NetViz.Cli.Common;

/// <summary>--rule and --rule-file: by which rules the signal travels down.</summary>
internal static class RuleOptions
{
    public static Option<string[]> Rules { get; } = new("--rule", "-r")
    {
        Description = "How the signal passes rectifiers: gradient [paper], deconvnet [Zeiler and Fergus], "
            + "guided [Springenberg et al.]; or lrp.NAME, relevance shared out at linear layers: lrp.epsilon, gamma, z-plus, "
            + "alpha2-beta1, z-box, w-square, flat, with a parameter as lrp.epsilon:0.25, or a composite: lrp.epsilon-plus, "
            + "epsilon-plus-flat, epsilon-gamma-box, epsilon-alpha2-beta1, epsilon-alpha2-beta1-flat, excitation-backprop; then, "
            + "if wanted, other rules at places, by layer name, type or depth from the "
            + "image: deconvnet,relu5_*=gradient or guided,type:LRN=deconvnet,depth:1..3=gradient or guided,type:MaxPool=even "
            + "or gradient,type:Mul=gate (the gates of products held fixed) or lrp.epsilon-plus,conv1_*=lrp.z-box. "
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

    /// <summary>What --box says.</summary>
    /// <exception cref="NetVizException">It is no pair of numbers.</exception>
    public static (double Low, double High)? BoxOf(ParseResult parsed)
    {
        if (!parsed.CommandResult.Command.Options.Contains(Box) || parsed.GetValue(Box) is not { } text) return null;
        double[] numbers = [.. text.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        return numbers is [var low, var high] && low <= high && double.IsFinite(low) && double.IsFinite(high)
            ? (low, high)
            : throw new NetVizException($"--box '{text}'; two numbers are wanted, the smaller one first, such as -2.5,2.5");
    }

    /// <summary>What --through says.</summary>
    public static IReadOnlyList<string> ThroughOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Contains(Through) ? parsed.GetValue(Through) ?? [] : [];
}
