using NetViz.Engine;
using NetViz.Engine.Execution;
using static System.FormattableString;

namespace NetViz.Weights;

/// <summary>
/// What a model's file may ask of the machine. A network's demand grows with its file, so the default does too: files of some
/// kilobytes that claim activations of gigabytes, or a day of computing, are refused before anything is allocated.
/// </summary>
/// <param name="Bytes">Memory for constants worked out at load, and for one pass in both directions.</param>
/// <param name="Operations">Operations of one pass in both directions, see <see cref="ResourceDemand"/>.</param>
public sealed record ResourceLimits(double Bytes, double Operations)
{
    /// <summary>Memory for any file: 800 MB, so that a small file never takes a gigabyte.</summary>
    public const double LeastBytes = 800e6;

    /// <summary>Operations for any file: 10^11, a second or two on two cores.</summary>
    public const double LeastOperations = 1e11;

    // VGG-16's file of 553 MB may have 36 GB and 5.6e12 operations, a hundred times what an image of 224 x 224 takes.
    private const double BytesForEach = 64, OperationsForEach = 1e4;

    /// <summary>The default for a file, external data included; never more than the machine's memory.</summary>
    public static ResourceLimits ForFile(long bytes) => new(
        Math.Min(LeastBytes + BytesForEach * bytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
        LeastOperations + OperationsForEach * bytes);

    /// <summary>Refuses a network that asks for more.</summary>
    /// <param name="demand">What one pass needs.</param>
    /// <param name="constantBytes">What constants worked out at load hold already.</param>
    /// <param name="where">The file, for errors.</param>
    /// <exception cref="NetVizException">It asks for more; the message tells how much, at which layer, and the limit.</exception>
    internal void Require(ResourceDemand demand, double constantBytes, string where)
    {
        if (demand.Bytes + constantBytes > Bytes)
            throw TooLarge($"{where}: one pass needs {Text(demand.Bytes + constantBytes)} of memory (the largest output is that "
                + $"of '{demand.LargestLayer}')");
        if (demand.Operations > Operations)
        {
            throw new NetVizException(
                Invariant($"{where}: one pass takes {demand.Operations:0.0e0} operations (most of them in '{demand.LongestLayer}'); for a ")
                    + Invariant($"file of this size {Operations:0.0e0} are the limit"),
                "is the size wanted? `MaxWork` raises the limit, OnnxOptions.OperationLimit in code");
        }
    }

    /// <summary>The refusal of something too large for the memory limit.</summary>
    internal NetVizException TooLarge(string what) => new(
        $"{what}; for a file of this size {Text(Bytes)} are the limit",
        "is the size wanted? `MaxMemory` raises the limit, OnnxOptions.MemoryLimit in code");

    /// <summary>Bytes as people read them.</summary>
    internal static string Text(double bytes) => bytes switch
    {
        >= 1e15 => Invariant($"{bytes:0.0e0} bytes"),
        >= 1e12 => Invariant($"{bytes / 1e12:0.0} TB"),
        >= 1e9 => Invariant($"{bytes / 1e9:0.0} GB"),
        _ => Invariant($"{bytes / 1e6:0.0} MB"),
    };
}
