using NetViz.Engine;
using NetViz.Weights.Onnx;
using static System.FormattableString;

namespace NetViz.Weights.Import;

/// <summary>
/// What constants that are worked out at load may take: memory for their numbers, each array counted once however many names it
/// has, and elements read and written, so that a small file cannot keep a large constant busy for minutes.
/// </summary>
/// <param name="path">The file, for errors.</param>
/// <param name="limits">The limits.</param>
internal sealed class ConstantBudget(string path, ResourceLimits limits)
{
    // A result of integers takes this many bytes an element; which type it has is known later than how many it has.
    private const int ElementBytes = sizeof(long);

    private readonly HashSet<object> _counted = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<object> _checked = new(ReferenceEqualityComparer.Instance);
    private double _elements;

    /// <summary>Bytes that the constants worked out so far hold.</summary>
    public double Bytes { get; private set; }

    /// <summary>Elements that the next constant may have.</summary>
    public long MostElements => (long)Math.Clamp((limits.Bytes - Bytes) / ElementBytes, 0, Array.MaxLength);

    /// <summary>Counts the elements that a node reads and writes.</summary>
    /// <param name="elements">How many.</param>
    /// <param name="node">The node's name.</param>
    /// <exception cref="NetVizException">It is too many for a file of this size.</exception>
    public void Work(double elements, string node)
    {
        // One element for each byte of the memory limit: a few seconds for a small file.
        if ((_elements += elements) <= limits.Bytes) return;
        throw new NetVizException(Invariant($"{path}: node '{node}': with it, more than {limits.Bytes:0.0e0} elements of constants are ")
            + "read and written at load",
            "let the exporter fold constants, or raise the limit: `MaxMemory`, OnnxOptions.MemoryLimit in code");
    }

    /// <summary>Counts a constant's memory, unless it is counted already.</summary>
    /// <param name="tensor">The constant; null for none.</param>
    /// <param name="node">The node's name.</param>
    /// <exception cref="NetVizException">It is too much for a file of this size.</exception>
    public void Hold(OnnxTensor? tensor, string node)
    {
        if (tensor is not null && tensor.Numbers is { } numbers && _counted.Add(numbers))
            Hold(tensor.Count * (double)(tensor.IsFloat ? sizeof(float) : sizeof(long)), node);
    }

    /// <summary>Counts memory.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="node">The node's name.</param>
    /// <exception cref="NetVizException">It is too much for a file of this size.</exception>
    public void Hold(double bytes, string node)
    {
        Bytes += bytes;
        if (Bytes > limits.Bytes)
            throw limits.TooLarge($"{path}: node '{node}': with it, {ResourceLimits.Text(Bytes)} of constants are worked out");
    }

    /// <summary>Returns whether a constant's numbers were looked through already; from now on they count as such.</summary>
    public bool IsNew(OnnxTensor tensor) => tensor.Numbers is { } numbers && _checked.Add(numbers);

    /// <summary>Returns whether two constants have their numbers in one array.</summary>
    public static bool ShareNumbers(OnnxTensor a, OnnxTensor? b) => a.Numbers is { } numbers && numbers == b?.Numbers;
}
