using NetViz.Analysis.Proofs;
using NetViz.Engine;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Reports;

namespace NetViz.Procedures;

/// <summary>What <see cref="Explainer.Prove"/> looks at.</summary>
public sealed record ProveOptions
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>The rule by which the signal comes to each layer, where gradient and DeconvNet are then compared.</summary>
    public string Rule { get; init; } = BackwardRule.Gradient.Name;

    /// <summary>A file of composite rules; null for none.</summary>
    public string? RuleFile { get; init; }
}

/// <summary>A proof, layer by layer.</summary>
public sealed class ProveResult
{
    internal ProveResult(ProveReport report) => Report = report;

    /// <summary>The proof.</summary>
    public ProofReport Proof => Report.Proof;

    /// <summary>Whether every statement holds.</summary>
    public bool Holds => Proof.Holds;

    internal ProveReport Report { get; }

    /// <summary>Writes proof.json and proof.html, a page that needs nothing beside it.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder)
    {
        ResultFiles.CheckFolder(folder);
        ResultFiles.WriteJson(Path.Combine(folder, "proof.json"), Report);
        new HtmlPage($"{Path.GetFileName(Report.Image)}: {Report.ClassName}")
            .Proof(Report.Proof)
            .Heading("What it was made from")
            .Facts(Report.Facts)
            .Write(Path.Combine(folder, "proof.html"));
        return ["proof.json", "proof.html"];
    }
}

public sealed partial class Explainer
{
    /// <summary>
    /// Proves layer by layer, for this network and this image, that the gradient is DeconvNet but for the rectifiers (arXiv
    /// 1312.6034, section 4): the engine's backward pass against a DeconvNet written out literally.
    /// </summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which class and rule; null for the usual.</param>
    /// <param name="progress">Told of each layer.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="NetVizException">The image cannot be read, or an option does not fit.</exception>
    public ProveResult Prove(InputFile image, ProveOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        options ??= new ProveOptions();
        var run = new ProcedureRun(progress, token);
        BackwardRule rule = RuleOf(options.Rule, options.RuleFile);
        // The literal DeconvNet stands beside the rule, whatever that is.
        using OneImage one = OneImage.Open(image, this, options.Class, null, run, Proof.ActivationsFor(Network))
            .NoteRules(rule, BackwardRule.DeconvNet);
        ProofReport proof = run.Do("proving", 1, bar => Proof.Of(one.Record, one.Seed, rule, (layer, done) =>
        {
            bar.Report(done);
            bar.Note(layer);
        }));
        return new ProveResult(new ProveReport(one, proof, _options.Algorithm.ToString().ToLowerInvariant()));
    }
}
