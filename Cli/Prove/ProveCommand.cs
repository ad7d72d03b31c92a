using System.CommandLine;
using System.Globalization;
using NetViz.Analysis.Proofs;
using NetViz.Cli.Common;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation.Reports;
using Spectre.Console;

namespace NetViz.Cli.Prove;

/// <summary>
/// <c>netviz prove</c>: where gradient and DeconvNet are the same and where they part, layer by layer, for one network and one
/// image.
/// </summary>
internal static class ProveCommand
{
    private static readonly Option<string> Rule = new("--rule", "-r")
    {
        Description = "By which rule the signal comes down to each layer, where gradient and DeconvNet are then compared: "
            + "gradient, deconvnet, guided or a composite as for saliency. For lrp.NAME the books of each layer: the relevance "
            + "above is the relevance below, what the biases took and what the stabiliser took.",
        HelpName = "RULE[,PLACE=RULE]...",
        DefaultValueFactory = _ => BackwardRule.Gradient.Name,
    };

    private static readonly Option<string?> OutputFolder = new("--output", "-o")
    {
        Description = "A folder for proof.json and proof.html, a page that needs nothing beside it; made if it is missing.",
        HelpName = "DIR",
    };

    public static Command Create() => CommonOptions.Create("prove",
        "Proves layer by layer, for this network and this image, that the gradient is DeconvNet but for the rectifiers (arXiv "
        + "1312.6034, section 4): the engine's backward pass against a DeconvNet written out literally. The exit code is 1 where "
        + "a statement fails.",
        [OneImage.Argument, OneImage.ClassName, Rule, RuleOptions.RuleFile, .. RuleOptions.BoxAlone, OutputFolder, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string? folder = Output.CheckFolder(parsed.GetValue(OutputFolder));
        Output.CheckResults(folder, "proof.json", "proof.html", "relevance.json");
        using LoadedModel model = LoadedModel.Open(parsed);
        BackwardRule rule = RuleOptions.One(parsed, parsed.GetValue(Rule)!, model);
        if (rule.Relevance is not null) return RelevanceBooks.Run(parsed, model, rule, folder);

        // The literal DeconvNet stands beside the rule, whatever that is.
        model.NoteRules(BackwardRule.DeconvNet);
        using OneImage image = OneImage.Open(parsed, model, Proof.ActivationsFor(model.Network));
        ProofReport proof = JobProgress.Run("proving", 1, quiet || json, progress => Proof.Of(image.Record, image.Seed, rule,
            (layer, done) =>
            {
                progress.Report(done);
                progress.Note(layer);
            }));
        var report = new ProveReport(image, proof, parsed.GetValue(CommonOptions.Algorithm)!.ToLowerInvariant());

        if (folder is not null)
        {
            Output.WriteJson(Path.Combine(folder, "proof.json"), report);
            Page(report).Write(Path.Combine(folder, "proof.html"));
        }

        if (json) Output.PrintJson(report);
        else if (!quiet || !proof.Holds) Print(report, folder);
        return proof.Holds ? 0 : 1;
    }

    private static HtmlPage Page(ProveReport report) =>
        new HtmlPage($"{Path.GetFileName(report.Image)}: {report.ClassName}")
            .Proof(report.Proof)
            .Heading("What it was made from")
            .Facts(report.Facts);

    private static void Print(ProveReport report, string? folder)
    {
        ProofReport proof = report.Proof;
        Console.WriteLine(report.Title);
        Console.WriteLine(Printable.Line($"{Path.GetFileName(report.Model)} on {proof.Device} ({proof.DeviceDescription}), "
            + $"convolutions {report.Algorithm}; the signal comes down by the rule {proof.Trajectory}"));
        Table table = Output.Table([.. ProofSection.Columns.Select((c, i) => c.StartsWith('>') ? c[1..] : i == 0 ? c : $"<{c}")]);
        foreach (ProofRow row in proof.Rows)
        {
            string[] cells = [.. ProofSection.Cells(row).Select(cell => Markup.Escape(Printable.Line(cell)))];
            table.AddRow(row.Holds ? cells : [.. cells.Select(cell => $"[red]{cell}[/]")]);
        }

        Output.Console.Write(table);
        Console.WriteLine(Printable.Line(proof.Conclusion));
        foreach (string fault in ProofSection.Faults(proof)) Console.WriteLine(Printable.Line($"FAILS {fault}"));
        if (report.RuleNote is not null) Console.WriteLine(Printable.Line(report.RuleNote));
        Console.WriteLine();
        foreach (string line in ProofSection.Legend(proof)) Console.WriteLine(line);
        if (folder is null) return;
        string separator = Path.DirectorySeparatorChar.ToString();
        Console.WriteLine(Printable.Line($"written: proof.html and proof.json in {folder.TrimEnd(separator[0])}{separator}"));
    }
}

/// <summary>What proof.json holds: the proof, and what it takes to repeat it.</summary>
internal sealed record ProveReport(string Image, string ImageSha256, int ClassIndex, string ClassName, float Score,
    float? Probability, string Model, string ModelSha256, string Preprocessing, string Algorithm, int Threads, string Version,
    ProofReport Proof)
{
    public ProveReport(OneImage image, ProofReport proof, string algorithm)
        : this(image.File.Path, Convert.ToHexStringLower(image.File.Sha256()), image.Class.Index, image.Class.Name,
            image.Class.Score, image.Class.Probability, image.Model.Model.Path, image.Model.Model.Sha256,
            image.File.IsArray ? "none: the input was given preprocessed" : image.Model.Preprocessing.Describe(),
            proof.Device.StartsWith("reference", StringComparison.Ordinal)
                ? nameof(ConvAlgorithm.Direct).ToLowerInvariant()
                : algorithm,
            image.Model.Prepared.Kernels.Threads, Output.Version, proof) =>
        (Title, Head, RuleNote) = (image.ToString(), image.Model.Model.Head, image.Model.RuleNote);

    /// <summary>The output that was taken of a network with several.</summary>
    public string? Head { get; }

    /// <summary>What must be known of DeconvNet here: that it passes LRN unchanged.</summary>
    public string? RuleNote { get; }

    /// <summary>Image, class and score in one line.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Title { get; } = "";

    /// <summary>What a page tells at its end.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<(string Name, string Value)> Facts =>
    [
        ("image", Title), ("SHA-256", ImageSha256), ("model", Path.GetFileName(Model)), ("SHA-256", ModelSha256),
        ("preprocessing", Preprocessing),
        ("input", $"[{string.Join(", ", Proof.InputShape)}], SHA-256 {Proof.InputSha256}"),
        ("device", $"{Proof.Device} ({Proof.DeviceDescription}), convolutions {Algorithm}"),
        ("signal", string.Create(CultureInfo.InvariantCulture, $"score of class {ClassIndex}, by the rule {Proof.Trajectory}")),
        ("netviz", Version),
    ];
}
