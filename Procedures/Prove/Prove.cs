using NetViz.Analysis.Proofs;
using NetViz.Analysis.Relevance;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Reports;

namespace NetViz.Procedures;

/// <summary>What <see cref="Explainer.Prove"/> looks at.</summary>
public sealed record ProveOptions : RuleSettings
{
    /// <summary>The class by number or name, or "top".</summary>
    public string Class { get; init; } = OneImage.TopClass;

    /// <summary>The rule by which the signal comes to each layer, where gradient and DeconvNet are then compared.</summary>
    public string Rule { get; init; } = BackwardRule.Gradient.Name;
}

/// <summary>A proof, layer by layer.</summary>
public sealed class ProveResult
{
    private readonly ResultProvenance _provenance;

    internal ProveResult(Explainer model, string title, ProofReport? proof, RelevanceReport? relevance, object report,
        ResultProvenance provenance) =>
        (Model, Title, Proof, Relevance, Report, _provenance) = (model, title, proof, relevance, report, provenance);

    /// <summary>That the gradient is DeconvNet but for the rectifiers; null for a relevance rule.</summary>
    public ProofReport? Proof { get; }

    /// <summary>The books of a relevance rule; null for another rule.</summary>
    public RelevanceReport? Relevance { get; }

    /// <summary>Whether every statement holds.</summary>
    public bool Holds => Proof?.Holds ?? Relevance!.Holds;

    internal Explainer Model { get; }

    /// <summary>Image, class and score in one line.</summary>
    internal string Title { get; }

    /// <summary>What the .json holds.</summary>
    internal object Report { get; }

    /// <summary>
    /// For x.png, writes x.proof.json and x.proof.html, a page that needs nothing beside it; of a relevance rule x.relevance.json.
    /// </summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public IReadOnlyList<string> Save(string folder)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var writer = new ResultWriter(folder);
        if (Report is not ProveReport report)
        {
            writer.Json($"{Stem}.relevance.json", Report, _provenance);
            return writer.Names;
        }

        writer.Bytes($"{Stem}.proof.html", ResultKind.Page, new HtmlPage($"{Path.GetFileName(report.Image)}: {report.ClassName}")
            .Proof(report.Proof)
            .Heading("What it was made from")
            .Facts(report.Facts)
            .ToBytes());
        writer.Json($"{Stem}.proof.json", report, _provenance);
        return writer.Names;
    }

    private string Stem => _provenance.Stem!;
}

public sealed partial class Explainer
{
    /// <summary>
    /// Proves layer by layer, for this network and this image, that the gradient is DeconvNet but for the rectifiers (arXiv
    /// 1312.6034, section 4): the engine's backward pass against a DeconvNet written out literally.
    /// </summary>
    /// <param name="image">A picture, or an array of one image.</param>
    /// <param name="options">Which class and rule; null for the usual.</param>
    /// <param name="progress">Receives an event for each layer.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="NetVizException">The image cannot be read, or an option does not fit.</exception>
    public ProveResult Prove(InputFile image, ProveOptions? options = null, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new ProveOptions();
        var run = new ProcedureRun(progress, token);
        BackwardRule rule = RuleOf(options.Rule, options);
        if (rule.Relevance is not null) return Books(image, options, rule, run);

        // The literal DeconvNet stands beside the rule, whatever that is.
        using OneImage one = OneImage.Open(image, this, options.Class, null, run, Proof.ActivationsFor(Network))
            .NoteRules(rule, BackwardRule.DeconvNet);
        ProofReport proof = run.Do("proving", 1, bar => Proof.Of(one.Record, one.Seed, rule, (layer, done) =>
        {
            bar.Report(done);
            bar.Note(layer);
        }));
        return new ProveResult(this, one.ToString(), proof, null,
            new ProveReport(one, proof, _options.Algorithm.ToString().ToLowerInvariant()), ProvenanceOf(options, image.Stem, image));
    }

    /// <summary>The relevance above and below each layer, what biases took and what the stabiliser took.</summary>
    private ProveResult Books(InputFile image, ProveOptions options, BackwardRule rule, ProcedureRun run)
    {
        using OneImage one = OneImage.Open(image, this, options.Class, null, run);
        RelevanceReport found = run.Do("proving", 1, bar => RelevanceProof.Of(one.Record, one.Seed, rule, (layer, done) =>
        {
            bar.Report(done);
            bar.Note(layer);
        }));
        return new ProveResult(this, one.ToString(), null, found, new
        {
            Image = image.Path,
            ImageSha256 = Convert.ToHexStringLower(image.Sha256()),
            ClassIndex = one.Class.Index,
            ClassName = one.Class.Name,
            one.Class.Score,
            Model = Model.Path,
            ModelSha256 = Model.Sha256,
            Device = Prepared.Kernels.Name,
            ResultFiles.Version,
            found.Holds,
            Proof = found,
        }, ProvenanceOf(options, image.Stem, image));
    }
}
