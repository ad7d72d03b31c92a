namespace NetViz.Kernels;

/// <summary>A device is not there, or cannot do what it was given, for example for lack of memory.</summary>
/// <param name="message">What was found.</param>
/// <param name="hint">What the user may do.</param>
/// <param name="inner">Where it came from.</param>
public sealed class DeviceException(string message, string hint, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the user may do.</summary>
    public string Hint { get; } = hint;
}
