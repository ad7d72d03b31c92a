using NetViz.Weights.ClassLabels;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Weights.Catalogue;

/// <summary>A published model file: where it lies, how it is recognised, and what becomes of photographs.</summary>
public sealed record CatalogueModel
{
    /// <summary>The file's name without its ending, such as vgg16-12.</summary>
    public required string Name { get; init; }

    /// <summary>The short name, such as vgg16, which several files may share: one for each opset.</summary>
    public required string Family { get; init; }

    /// <summary>The version of ONNX's operators that the file speaks; null where the catalogue does not say.</summary>
    public int? Opset { get; init; }

    /// <summary>SHA-256 of the whole file in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The file's length in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The file's place below <see cref="From"/>, with slashes.</summary>
    public required string Path { get; init; }

    /// <summary>Where the catalogue says that its files lie: an http or https address or a folder.</summary>
    public required string From { get; init; }

    /// <summary>What is known of the preprocessing; null where nothing is.</summary>
    public PreprocessingSettings? Preprocessing { get; init; }

    /// <summary>The names of the classes; null where they are not known.</summary>
    public Labels? Labels { get; init; }

    /// <summary>The name of the file, wherever it lies.</summary>
    public string FileName => Name + ".onnx";
}
