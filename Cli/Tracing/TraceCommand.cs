using System.CommandLine;
using NetViz.Analysis.Traces;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

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
        Description = "The layer at whose output the number stands, or the input's name. [default: the input; with --forward the "
            + "class scores]",
        HelpName = "LAYER",
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
        [OneImage.Argument, OneImage.ClassName, At, Element, RuleOptions.Rules, RuleOptions.RuleFile, .. RuleOptions.BoxAlone, Backward, Forward, Terms,
            Steps, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        bool forward = parsed.GetValue(Forward);
        if (forward && parsed.GetValue(Backward)) throw new NetVizException("--forward and --backward contradict each other");
        int terms = parsed.GetValue(Terms) ?? (json ? int.MaxValue : DefaultTerms);
        int steps = parsed.GetValue(Steps) ?? int.MaxValue;
        if (terms < 1) throw new NetVizException($"--terms {terms}; at least 1 is supported");
        if (steps < 1) throw new NetVizException($"--steps {steps}; at least 1 is supported");
        using LoadedModel model = LoadedModel.Open(parsed);
        Network network = model.Network;
        BackwardRule[] rules = RuleOptions.Of(parsed, model, [BackwardRule.Gradient]);
        if (rules.Length > 1) throw new NetVizException($"{rules.Length} rules; a trace follows one");
        string at = parsed.GetValue(At) ?? network.NameOf(forward ? network.ScoreTensor : 0);
        string[] keep = forward ? Trace.Below(network, at) : Trace.RectifiedAbove(network, at);
        using OneImage image = OneImage.Open(parsed, model, keep);
        int tensor = network.Find(at);
        long? element = parsed.GetValue(Element) is string text
            ? ElementText.Parse(text, image.Record.ShapeOf(at), network.LayoutOf(tensor), at)
            : forward && tensor == network.ScoreTensor ? image.Class.Index : null;

        IReadOnlyList<TraceStep> chain = forward
            ? Trace.Forward(image.Record, Pixels(image), at, element, steps)
            : Trace.Backward(image.Record, image.Seed, rules[0], at, element, steps);
        bool addsUp = chain.All(step => step.AddsUp);
        IKernels kernels = model.Prepared.Kernels;
        if (json)
        {
            Output.PrintJson(new TraceReport(image.File.Path, image.Class.Index, image.Class.Name, image.Class.Score,
                forward ? "forward" : "backward", forward ? null : rules[0].Name, addsUp,
                [.. chain.Select(step => new TracedStepReport(step, terms))],
                model.Model.Path, model.Model.Sha256, kernels.Name, Output.Version)
            {
                RuleNote = forward ? null : model.RuleNote,
            });
        }
        else if (!quiet)
        {
            Console.WriteLine(image);
            string what = forward
                ? $"an activation at {at}, each time followed to its largest term, down to the image"
                : $"the signal R of the score under the rule {rules[0].Name} at {at}, each time followed to its largest term, "
                    + "up to the score";
            Console.WriteLine(Printable.Line($"{what}; terms in double from the file's weights"));
            Console.WriteLine();
            new TraceText(image.Record, !forward, terms, kernels.Name).Print(chain);
            Console.WriteLine();
            int sums = chain.Count(step => step.Parts.Count > 0), failed = chain.Count(step => !step.AddsUp);
            if (!forward) model.PrintRuleNote();
            Console.WriteLine(failed == 0
                ? $"{(sums == 1 ? "the one sum makes" : $"all {sums} sums make")} the device's numbers, within the rounding "
                    + "of K terms (K 2^-23 sum |terms| in float32; "
                    + "1e-5 of the layer's largest number more where Winograd's transforms are used)"
                : $"{failed} of {Counted.Of(sums, "sum")} {Counted.Form(failed, "does", "do")} NOT make the device's numbers");
        }

        return addsUp ? 0 : 1;
    }

    private static double[] Pixels(OneImage image)
    {
        var pixels = new float[image.Record.InputShape.Count];
        image.Input.FlattenTo(pixels);
        return Array.ConvertAll(pixels, value => (double)value);
    }
}

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
