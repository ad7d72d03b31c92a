namespace NetViz.Weights.Export;

/// <summary>How a network is written.</summary>
public sealed record ExportOptions
{
    /// <summary>What the file shall carry beside the network.</summary>
    public ModelMetadata Metadata { get; init; } = new();

    /// <summary>Told the part done, 0 to 1, from several threads.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>
    /// Whether weights are stored as float16, rounded to nearest, with a Cast to float32 behind each: half the file, and
    /// arithmetic in float32 still.
    /// </summary>
    public bool HalfStorage { get; init; }

    /// <summary>
    /// Whether rows and columns of the input, though fixed in the network, shall be open in the file. Where the network takes
    /// no other size they are not.
    /// </summary>
    internal bool OpenSize { get; init; }

    /// <summary>The tensors that are the file's outputs; null for the scores and what the network puts out.</summary>
    internal IReadOnlyList<int>? Outputs { get; init; }
}
