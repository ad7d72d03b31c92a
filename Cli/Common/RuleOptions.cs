using System.CommandLine;

namespace NetViz.Cli.Common;

/// <summary>--rule and --rule-file: by which rules the signal travels down.</summary>
internal static class RuleOptions
{
    public static Option<string[]> Rules { get; } = new("--rule", "-r")
    {
        Description = "How the signal passes rectifiers: gradient [paper], deconvnet [Zeiler and Fergus], "
            + "guided [Springenberg et al.]; then, if wanted, other rules at places, by layer name, type or depth from the "
            + "image: deconvnet,relu5_*=gradient or guided,type:LRN=deconvnet,depth:1..3=gradient or guided,type:MaxPool=even. "
            + "May be repeated. [default: all three]",
        HelpName = "RULE[,PLACE=RULE]...",
    };

    public static Option<string?> RuleFile { get; } = new("--rule-file")
    {
        Description = "A file of composite rules, one a line as NAME: RULE[,PLACE=RULE]...; rules are then "
            + "chosen by name, or all are run.",
        HelpName = "FILE",
    };
}
