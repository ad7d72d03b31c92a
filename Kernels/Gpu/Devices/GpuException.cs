namespace NetViz.Kernels.Gpu;

/// <summary>A GPU is not there, or cannot do what was asked of it: what was found, and what the user may do.</summary>
/// <param name="message">What was found.</param>
/// <param name="hint">What the user may do.</param>
/// <param name="inner">Where it came from.</param>
public sealed class GpuException(string message, string hint, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the user may do.</summary>
    public string Hint { get; } = hint;
}
