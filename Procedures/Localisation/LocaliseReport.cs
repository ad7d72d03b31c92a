using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Localisation;

namespace NetViz.Procedures;

/// <summary>The files of one picture.</summary>
internal sealed record LocaliseFiles(string Localised, string Mask, string Trimap, string Json)
{
    /// <summary>All of them.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<string> All => [Localised, Mask, Trimap, Json];

    /// <summary>The files of a picture whose results' names begin with a stem.</summary>
    public static LocaliseFiles Of(string stem) =>
        new($"{stem}.localised.png", $"{stem}.mask.png", $"{stem}.trimap.png", $"{stem}.localise.json");
}

/// <summary>What is known of one picture; boxes hold their last row and column.</summary>
internal sealed record LocaliseReport(string Image, string ImageSha256, int Width, int Height, int ClassIndex, string ClassName,
    float Score, float? Probability, string Rule, string Reduction, string Method, PixelBox? Box,
    LocalisationCertificate Certificate, IReadOnlyList<ConstantReport> Constants, LocaliseFiles Files, string Model,
    string ModelSha256, string Preprocessing, string Device, string Version)
{
    public LocaliseReport(OneImage image, string rule, ObjectLocalisation found, LocalisationOptions options, LocaliseFiles files)
        : this(image.File.Path, Convert.ToHexStringLower(image.File.Sha256()), found.Photo.Width, found.Photo.Height,
            image.Class.Index, image.Class.Name, image.Class.Score, image.Class.Probability, rule,
            "max over channels of |w| [paper]", LocalisationConstants.NameOf(options.Method), found.Box, found.Certificate,
            [.. LocalisationConstants.Of(options).Select(ConstantReport.Of)], files, image.Model.Model.Path,
            image.Model.Model.Sha256, image.Model.Preprocessing.Describe(), image.Model.Prepared.Kernels.Name, ResultFiles.Version) =>
        (Head, RuleNote) = (image.Model.Model.Head, image.RuleNote);

    /// <summary>What must be known of the rule, such as that DeconvNet passes LRN unchanged.</summary>
    public string? RuleNote { get; }

    /// <summary>What must be known of the signal: that it is next to nothing; null if it is not.</summary>
    public string? SignalNote { get; init; }

    /// <summary>The output that was taken of a network with several.</summary>
    public string? Head { get; }
}
