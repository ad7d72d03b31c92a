namespace NetViz.CudaEmulator.Ptx;

/// <summary>A text that is no PTX, or PTX that the interpreter does not know.</summary>
public sealed class PtxException(string message, int line = 0, string text = "")
    : Exception(line > 0 ? $"line {line}: {message}: {text}" : message)
{
    /// <summary>The line of the text, from 1; 0 where none can be told.</summary>
    public int Line { get; } = line;

    /// <summary>What stands there.</summary>
    public string Text { get; } = text;
}
