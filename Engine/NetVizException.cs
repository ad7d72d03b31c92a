namespace NetViz.Engine;

/// <summary>
/// Something the user can mend: a missing file, an operator that is not supported, a class that does not exist.
/// The message names the file or node, what was found and what is supported; the command line prints it as one
/// line and exits with code 2. Every other exception is a fault of the program.
/// </summary>
public class NetVizException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What was found where, and what is supported; one sentence or two.</param>
    /// <param name="hint">What the user can do about it; appended to the message in brackets.</param>
    /// <param name="inner">The exception that revealed it, for a debugger's eyes only.</param>
    public NetVizException(string message, string? hint = null, Exception? inner = null)
        : base(hint is null ? message : $"{message} ({hint})", inner) => Hint = hint;

    /// <summary>What the user can do about it, or null.</summary>
    public string? Hint { get; }
}
