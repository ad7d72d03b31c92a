using System.CommandLine;
using NetViz.Analysis.Traces;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;

namespace NetViz.Cli.Tracing;

/// <summary>
/// <c>netviz trace</c>: one number of a backward or forward pass as the sum that makes it, and from its largest term on to the
/// next number, up to the class score or down to the image.
/// </summary>
internal static class TraceCommand
{
    private const int DefaultTerms = 5;

    private static readonly Option<string?> At = new("--layer", "--at")
    {
        Description = "The layer at whose output the number stands, or the input's name; LAYER:c,y,x also names the number. [default: the input; with --forward the "
            + "class scores]",
        HelpName = "LAYER[:c,y,x]",
    };

    private static readonly Option<string?> Element = new("--element", "-e")
    {
        Description = "Which number of that output: channel, row and column, or one index in a vector. [default: the largest in "
            + "size; with --forward at the scores, the class]",
        HelpName = "C,Y,X|N",
    };

    private static readonly Option<bool> Forward = new("--forward")
    {
        Description = "Trace the activation down to the image.",
    };

    private static readonly Option<bool> Backward = new("--backward")
    {
        Description = "Trace the signal R up to the class score: the default.",
    };

    private static readonly Option<int?> Terms = new("--terms")
    {
        Description = "Terms to show of each sum, the largest first. [default: 5; all with --json]",
        HelpName = "N",
    };

    private static readonly Option<int?> Steps = new("--steps")
    {
        Description = "Numbers to follow. [default: to the end]",
        HelpName = "N",
    };

    public static Command Create() => CommonOptions.Create("trace",
        "Shows how one number came about: the sum that makes it, term by term (weight, signal from above, where that came from), "
        + "then the same for its largest term, up to the class score; with --forward an activation down to the image. One --rule "
        + "is followed, the gradient if none is named. Terms are computed "
        + "in double from the file's weights, without the kernels, and compared with the device's own number; the exit code is 1 "
        + "where they do not make it.",
        [ImageArguments.One, ImageArguments.ClassName, At, Element, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.BoxAlone, Backward, Forward, Terms,
            Steps, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        bool forward = parsed.GetValue(Forward);
        if (forward && parsed.GetValue(Backward)) throw new NetVizException("--forward and --backward contradict each other");
        int terms = parsed.GetValue(Terms) ?? (json ? int.MaxValue : DefaultTerms);
        if (terms < 1) throw new NetVizException($"--terms {terms}; at least 1 is supported");
        var options = new TraceOptions
        {
            Class = parsed.GetValue(ImageArguments.ClassName)!,
            Layer = parsed.GetValue(At),
            Element = parsed.GetValue(Element),
            Rules = parsed.GetValue(RuleOptions.Rules) ?? [],
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
            Forward = forward,
            Steps = parsed.GetValue(Steps),
        };
        options.Check();
        using Explainer model = CommonOptions.Open(parsed);
        using TraceResult result = model.Trace(ImageArguments.OneOf(parsed), options, ConsoleProgress.Of(parsed));
        if (json) Output.PrintJson(result.Report(terms));
        else if (!quiet) Print(result, terms);
        return result.AddsUp ? 0 : 1;
    }

    private static void Print(TraceResult result, int terms)
    {
        (OneImage image, IReadOnlyList<TraceStep> chain, string at) = (result.Image, result.Chain, result.Layer);
        bool forward = result.Options.Forward;
        Console.WriteLine(image);
        string what = forward
            ? $"an activation at {at}, each time followed to its largest term, down to the image"
            : $"the signal R of the score under the rule {result.Rule.Name} at {at}, each time followed to its largest term, "
                + "up to the score";
        Console.WriteLine(Printable.Line($"{what}; terms in double from the file's weights"));
        Console.WriteLine();
        new TraceText(image.Record, !forward, terms, image.Model.Prepared.Kernels.Name).Print(chain);
        Console.WriteLine();
        int sums = chain.Count(step => step.Parts.Count > 0), failed = chain.Count(step => !step.AddsUp);
        Output.RuleNote(result.RuleNote);
        Console.WriteLine(failed == 0
            ? $"{(sums == 1 ? "the one sum makes" : $"all {sums} sums make")} the device's numbers, within the rounding "
                + "of K terms (K 2^-23 sum |terms| in float32; "
                + "1e-5 of the layer's largest number more where Winograd's transforms are used)"
            : $"{failed} of {Counted.Of(sums, "sum")} {Counted.Form(failed, "does", "do")} NOT make the device's numbers");
    }
}
