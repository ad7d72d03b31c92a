using System.Globalization;
using NetViz.Analysis.Proofs;
using NetViz.Kernels;

namespace NetViz.Procedures;

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
            image.Model.Prepared.Kernels.Threads, ResultFiles.Version, proof) =>
        (Title, Head, RuleNote) = (image.ToString(), image.Model.Model.Head, image.RuleNote);

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
