namespace NetViz.Procedures;

/// <summary>What every JSON file about one class of one image holds, so that it can be repeated.</summary>
internal record OneImageReport(string Image, string ImageSha256, int ClassIndex, string ClassName, float Score,
    float? Probability, string? Start, string Model, string ModelSha256, string Preprocessing, int[] InputShape, string InputSha256,
    string Device, string DeviceDescription, int Threads, string Version, IReadOnlyList<string>? Warnings)
{
    public OneImageReport(OneImage image)
        : this(image.File.Path, Convert.ToHexStringLower(image.File.Sha256()), image.Class.Index, image.Class.Name,
            image.Class.Score, image.Class.Probability, image.StartText, image.Model.Model.Path, image.Model.Model.Sha256,
            image.File.IsArray ? "none: the input was given preprocessed" : image.Model.Preprocessing.Describe(),
            image.Record.InputShape.Lengths.ToArray(), image.Record.InputSha256, image.Model.Prepared.Kernels.Name,
            image.Model.Prepared.Kernels.Description, image.Model.Prepared.Kernels.Threads, ResultFiles.Version,
            image.Run.TakeWarnings(image.Model)) =>
        (Head, RuleNote) = (image.Model.Model.Head, image.RuleNote);

    /// <summary>The output that was taken of a network with several.</summary>
    public string? Head { get; }

    /// <summary>What must be known of the rules, such as that DeconvNet passes LRN unchanged.</summary>
    public string? RuleNote { get; }
}
