using NetViz.Visualisation.ClassModels;

namespace NetViz.Procedures;

/// <summary>A class model as JSON: everything needed to repeat it.</summary>
/// <param name="Target">What was raised, e.g. "orange" or "posterior of orange".</param>
/// <param name="Class">The class; null for a layer.</param>
/// <param name="Preset">The preset's name.</param>
/// <param name="Value">What was raised, at the end.</param>
/// <param name="Norm">||I||_2 at the end in the network's units.</param>
internal sealed record ClassModelReport(string Target, int? Class, string Preset, double Value, double Norm)
{
    public string Version { get; } = ResultFiles.Version;

    public required string Model { get; init; }

    public required string ModelSha256 { get; init; }

    /// <summary>The output that was taken of a network with several.</summary>
    public string? Head { get; init; }

    public required string Device { get; init; }

    public required string Preprocessing { get; init; }

    /// <summary>The share of samples that were cut off at 0 and 255.</summary>
    public required double CutOff { get; init; }

    /// <summary>What a reader of the picture must know, a sentence each; null where there is nothing.</summary>
    public IReadOnlyList<string>? Remarks { get; init; }

    public required UnitsReport Units { get; init; }

    public required IReadOnlyList<string> Procedure { get; init; }

    public required int Steps { get; init; }

    public required IReadOnlyList<ConstantReport> Constants { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>The 8-bit picture shown to the network: as it is, then shifted. Null for a layer.</summary>
    public IReadOnlyList<ReadBack>? ReadBack { get; init; }

    /// <summary>The class that the picture as it is gets.</summary>
    public string? TopName { get; init; }

    public required IReadOnlyDictionary<string, string> Files { get; init; }

    public CurveReport? Curve { get; init; }
}

/// <summary>The image's coordinates.</summary>
/// <param name="CentreRgb">The colour of the zero image, samples of 0 .. 255.</param>
/// <param name="CentreOrigin">Where it comes from.</param>
/// <param name="UnitRatio">Network units in one of torchvision's.</param>
/// <param name="CountRatio">Numbers of the image in one of 3 x 224 x 224.</param>
internal sealed record UnitsReport(IReadOnlyList<float> CentreRgb, string CentreOrigin, double UnitRatio, double CountRatio);

/// <summary>Step by step.</summary>
internal sealed record CurveReport(IReadOnlyList<double> Value, IReadOnlyList<double> Objective, IReadOnlyList<double> Norm);
