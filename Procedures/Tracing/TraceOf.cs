using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Rules;

namespace NetViz.Procedures;

/// <summary>Which number <see cref="Explainer.Trace"/> follows.</summary>
public sealed record TraceOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>
    /// The layer at whose output the number stands, with :c,y,x for the element; null for the input, or for the scores in a
    /// forward trace.
    /// </summary>
    public string? Layer { get; init; }

    /// <summary>Which number of that output: c,y,x, or one index; null for the largest in size.</summary>
    public string? Element { get; init; }

    /// <summary>The rule of the signal; none for the gradient.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>Whether an activation is traced down to the image instead of the signal up to the score.</summary>
    public bool Forward { get; init; }

    /// <summary>Numbers to follow; null for all.</summary>
    public int? Steps { get; init; }

    /// <summary>Refuses what makes no sense, before a model is loaded.</summary>
    /// <exception cref="NetVizException">A number is out of range.</exception>
    public void Check()
    {
        if (Steps < 1) throw new NetVizException($"`{nameof(Steps)}` {Steps}; at least 1 is supported");
    }
}

/// <summary>A chain of sums.</summary>
/// <remarks>It keeps the forward pass, which <see cref="Dispose"/> frees.</remarks>
public sealed class TraceResult : IDisposable
{
    internal TraceResult(OneImage image, TraceOptions options, string layer, BackwardRule rule, IReadOnlyList<TraceStep> chain) =>
        (Image, Options, Layer, Rule, Chain) = (image, options, layer, rule, chain);

    /// <summary>The numbers, each with the sum that makes it.</summary>
    public IReadOnlyList<TraceStep> Chain { get; }

    /// <summary>The layer at whose output the first number stands.</summary>
    public string Layer { get; }

    /// <summary>The rule of the signal.</summary>
    public BackwardRule Rule { get; }

    /// <summary>Whether all sums make the device's numbers.</summary>
    public bool AddsUp => Chain.All(step => step.AddsUp);

    internal OneImage Image { get; }

    internal TraceOptions Options { get; }

    internal string? RuleNote => Options.Forward ? null : Image.RuleNote;

    /// <summary>The result as <c>netviz trace --json</c> prints it.</summary>
    /// <param name="terms">Terms of each sum, the largest first.</param>
    public string ToJson(int terms = int.MaxValue) => ResultFiles.Json(Report(terms));

    internal TraceReport Report(int terms) => new(Image.File.Path, Image.Class.Index, Image.Class.Name, Image.Class.Score,
        Options.Forward ? "forward" : "backward", Options.Forward ? null : Rule.Name, AddsUp,
        [.. Chain.Select(step => new TracedStepReport(step, terms))], Image.Model.Model.Path, Image.Model.Model.Sha256,
        Image.Model.Prepared.Kernels.Name, ResultFiles.Version)
    {
        RuleNote = RuleNote,
    };

    /// <inheritdoc/>
    public void Dispose() => Image.Dispose();
}

public sealed partial class Explainer
{
    /// <summary>
    /// How one number came about: the sum that makes it, term by term, then the same for its largest term, up to the class score
    /// or down to the image. Terms are computed in double from the file's weights, without the kernels.
    /// </summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which number; null for the largest of the gradient at the image.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The image cannot be read, or an option does not fit.</exception>
    public TraceResult Trace(InputFile image, TraceOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new TraceOptions();
        options.Check();
        BackwardRule[] rules = RulesOf(options.Rules, options, BackwardRule.Gradient);
        if (rules.Length > 1) throw new NetVizException($"{rules.Length} rules; a trace follows one");
        bool forward = options.Forward;
        string at = options.Layer ?? Network.NameOf(forward ? Network.ScoreTensor : 0);
        (at, int[] place) = OneImage.SplitStart(at, Network);
        if (place.Length > 0 && options.Element is not null)
            throw new NetVizException("`Layer` and `Element` both name an element", "leave one out");
        string? which = place.Length > 0 ? string.Join(',', place) : options.Element;
        string[] keep = forward
            ? Analysis.Traces.Trace.Below(Network, at)
            : Analysis.Traces.Trace.RectifiedAbove(Network, at);
        OneImage one = OneImage.Open(image, this, options.Class, null, new ProcedureRun(progress, token), keep).NoteRules(rules);
        try
        {
            int tensor = Network.Find(at), steps = options.Steps ?? int.MaxValue;
            long? element = which is { } text
                ? ElementText.Parse(text, one.Record.ShapeOf(at), Network.LayoutOf(tensor), at)
                : forward && tensor == Network.ScoreTensor ? one.Class.Index : null;
            IReadOnlyList<TraceStep> chain = forward
                ? Analysis.Traces.Trace.Forward(one.Record, Pixels(one), at, element, steps)
                : Analysis.Traces.Trace.Backward(one.Record, one.Seed, rules[0], at, element, steps);
            return new TraceResult(one, options, at, rules[0], chain);
        }
        catch
        {
            one.Dispose();
            throw;
        }
    }

    private static double[] Pixels(OneImage image)
    {
        var pixels = new float[image.Record.InputShape.Count];
        image.Input.FlattenTo(pixels);
        return Array.ConvertAll(pixels, value => (double)value);
    }
}
