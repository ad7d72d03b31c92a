using NetViz.Kernels;

namespace NetViz.Procedures;

/// <summary>Which network is looked at, how its input is made, and where it is computed.</summary>
public sealed record ModelOptions
{
    /// <summary>The hours that a download may take unless <see cref="DownloadHours"/> says otherwise.</summary>
    public const double DefaultDownloadHours = 24;

    /// <summary>An ONNX file, or a name of the catalogue; null for the network that ships with NetViz.</summary>
    public string? Model { get; init; }

    /// <summary>A mirror's address or a folder with models of the catalogue; null for the catalogue's own address.</summary>
    public string? From { get; init; }

    /// <summary>The hours that a download may take in all.</summary>
    public double DownloadHours { get; init; } = DefaultDownloadHours;

    /// <summary>The device: auto, cpu, cuda[:n], opencl[:n], reference, reference64, ilgpu-cpu.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads of the processor; 0 for one a core.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Passes that may run at once when several threads use one <see cref="Explainer"/>; further ones wait. 0 for one a core,
    /// <see cref="int.MaxValue"/> for any number.
    /// </summary>
    public int MaxPasses { get; init; }

    /// <summary>How convolutions are computed.</summary>
    public ConvAlgorithm Algorithm { get; init; } = ConvAlgorithm.Auto;

    /// <summary>The arithmetic of products on a GPU.</summary>
    public GpuPrecision Precision { get; init; } = GpuPrecision.Float32;

    /// <summary>The preset by which pixels become the input; null for what is known of the model.</summary>
    public string? Preprocess { get; init; }

    /// <summary>The side of the square input in pixels, for networks that leave it open.</summary>
    public int? Size { get; init; }

    /// <summary>A file of class names; null for those known of the model.</summary>
    public string? Labels { get; init; }

    /// <summary>The output whose numbers are the scores, by its name or a node's; null for the first.</summary>
    public string? Head { get; init; }

    /// <summary>Whether weights, and the numbers of arrays, may be NaN or infinite.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>Gigabytes that loading and one pass may take; null for a limit from the file's length.</summary>
    public double? MaxMemory { get; init; }

    /// <summary>
    /// Billions of operations that one pass in both directions may take; null for a limit from the file's length.
    /// </summary>
    public double? MaxWork { get; init; }

    /// <summary>Pixels that a picture may have; null for a limit from its file's length.</summary>
    public long? MaxPixels { get; init; }
}
