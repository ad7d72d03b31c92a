using NetViz.Analysis.Stepping;
using NetViz.Engine;
using NetViz.Engine.Rules;

namespace NetViz.Procedures;

/// <summary>What <see cref="Explainer.Step"/> walks through.</summary>
public sealed record StepOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>The rule at the start.</summary>
    public string Rule { get; init; } = BackwardRule.Gradient.Name;
}

/// <summary>A backward pass that is walked layer by layer.</summary>
/// <remarks>It keeps the forward pass, which <see cref="Dispose"/> frees.</remarks>
public sealed class StepResult : IDisposable
{
    private readonly OneImage _image;

    internal StepResult(OneImage image, Descent walk) => (_image, Walk) = (image, walk);

    /// <summary>The walk: down and up a layer at a time, with the signal, what was zeroed and why.</summary>
    public Descent Walk { get; }

    /// <summary>
    /// The layers passed so far, as <c>netviz step --json</c> prints them; the walk is at its start afterwards.
    /// </summary>
    public string ToJson() => ResultFiles.Json(StepReport.Of(_image.NoteRules(Walk.Rule), Walk));

    /// <inheritdoc/>
    public void Dispose() => _image.Dispose();
}

public sealed partial class Explainer
{
    /// <summary>One backward pass to walk through: see <see cref="Descent"/>.</summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which class and rule; null for the usual.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The image cannot be read, or an option does not fit.</exception>
    public StepResult Step(InputFile image, StepOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new StepOptions();
        BackwardRule rule = RuleOf(options.Rule, options);
        OneImage one = OneImage.Open(image, this, options.Class, null, new ProcedureRun(progress, token)).NoteRules(rule);
        try
        {
            return new StepResult(one, new Descent(one.Record, one.Seed, rule));
        }
        catch
        {
            one.Dispose();
            throw;
        }
    }
}
