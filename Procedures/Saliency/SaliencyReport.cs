using System.Numerics.Tensors;
using System.Text.Json.Serialization;
using NetViz.Engine.Imaging;

namespace NetViz.Procedures;

/// <summary>What x.json holds.</summary>
internal sealed record SaliencyReport(
    string Image, string ImageSha256, int ClassIndex, string ClassName, float Score, float? Probability,
    IReadOnlyList<ImageReport> Images, string[] Rules, string? Reduction, string At, string Model, string ModelSha256,
    string Preprocessing, string? PreprocessingSource, CropReport? Crop,
    int[] InputShape, string InputSha256, string Device, string DeviceDescription, int Threads, string Version,
    TimesReport TimesMs, IReadOnlyList<string>? Warnings)
{
    /// <summary>The output that was taken of a network with several.</summary>
    public string? Head { get; init; }

    /// <summary>What must be known of the rules, such as that DeconvNet passes LRN unchanged.</summary>
    public string? RuleNote { get; init; }

    /// <summary>The ten crops, where the maps are means over them; Crop is the region then.</summary>
    public TenCropReport? TenCrops { get; init; }
}

/// <summary>One image of the input.</summary>
internal sealed record ImageReport(int Index, IReadOnlyList<ClassReport> Classes);

/// <summary>One explained class of an image.</summary>
internal sealed record ClassReport(int ClassIndex, string ClassName, float Score, float? Probability,
    IReadOnlyList<MapReport> Maps, string? Sheet)
{
    /// <summary>Which maps of the sheet have one scale: shared, row or own; null for an array.</summary>
    public string? SheetScale { get; init; }

    /// <summary>The end of the scale that all maps of the sheet have; null where there is none.</summary>
    public float? SharedScaleLimit { get; init; }

    /// <summary>The Taylor ledger of the score, if it was asked for.</summary>
    public TaylorReport? Ledger { get; init; }

    public static ClassReport Of(ExplainedClass explained, IReadOnlyList<MapReport> maps, string? sheet) =>
        new(explained.Class.Index, explained.Class.Name, explained.Class.Score, explained.Class.Probability, maps, sheet)
        {
            Ledger = explained.Ledger,
        };
}

/// <summary>
/// One rule's result: files beside the json, the signal's shape and Euclidean norm over all images, and how the map was scaled.
/// </summary>
internal sealed record MapReport(string? Rule, Dictionary<string, string> Files, int[]? SignalShape, double? SignalNorm)
{
    /// <summary>Which map, as --map has it.</summary>
    public required string Map { get; init; }

    /// <summary>What is distinguished within one map: occlusion's score and probability.</summary>
    public string? Part { get; init; }

    /// <summary>For people: the rule's name for its own signal, otherwise the map's too.</summary>
    [JsonIgnore]
    public string Title { get; init; } = "";

    /// <summary>The map's constants and where they come from.</summary>
    public object? Constants { get; init; }

    /// <summary>What a reader of the map must know, for example why it is empty.</summary>
    public string? Note { get; init; }

    public double? Peak { get; init; }

    public double? ScaleLimit { get; init; }

    public double? ScalePercentile { get; init; }

    /// <summary>True where the largest value is under a twentieth of the scale that the sheet's maps share.</summary>
    public bool? NearlyEmpty { get; init; }

    public static MapReport Of(ComputedMap map, Dictionary<string, string> files, Tensor<float>? signal)
    {
        double? norm = signal is null ? null : Procedures.SignalNorm.Of(signal);
        return new MapReport(map.Rule?.Name, files, signal is null ? null
            : [.. signal.Lengths.ToArray().Select(length => (int)length)], norm)
        {
            Map = MapNames.Of(map.Kind),
            Title = map.Name,
            Part = map.Part,
            Constants = map.Constants,
            Note = norm is null or > 0 ? map.Note
                : double.IsNaN(norm.Value) ? "the signal holds NaN: weights are no numbers, or something grew beyond float32"
                : map.ZeroNote ?? map.Note ?? "every value is 0",
        };
    }
}

/// <summary>Where the network's input lies on the photograph, in its pixels.</summary>
internal sealed record CropReport(double Left, double Top, double Width, double Height, int InputWidth, int InputHeight,
    int PhotoWidth, int PhotoHeight)
{
    public CropReport(InputPlacement p, int photoWidth, int photoHeight)
        : this(p.Left, p.Top, p.Width, p.Height, p.InputWidth, p.InputHeight, photoWidth, photoHeight)
    {
    }
}

/// <summary>Ten crops of a region: its size, where that comes from, and each crop's score.</summary>
internal sealed record TenCropReport(int RegionWidth, int RegionHeight, string RegionFrom, string Averaged,
    IReadOnlyList<CropPlaceReport> Crops);

/// <summary>One crop; scores and probabilities of the first class.</summary>
internal sealed record CropPlaceReport(int Left, int Top, bool Mirrored, float Score, float? Probability);

/// <summary>Milliseconds; backward by rule, all classes together, or by map, the first class alone.</summary>
internal sealed record TimesReport(double Load, double Forward, Dictionary<string, double> Backward)
{
    /// <summary>What a GPU's kernels took to compile, apart from the other times.</summary>
    public CompiledKernels? Compilation { get; init; }
}
