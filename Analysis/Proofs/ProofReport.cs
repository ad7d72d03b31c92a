using NetViz.Engine;
using static System.FormattableString;

namespace NetViz.Analysis.Proofs;

/// <summary>What a row of a proof says of a layer.</summary>
public static class ProofVerdict
{
    /// <summary>Gradient and DeconvNet are the same map.</summary>
    public const string Same = "the same";

    /// <summary>The same, at a layer that DeconvNet itself does not have.</summary>
    public const string SameByExtension = "the same, by extension";

    /// <summary>They differ, exactly where the rules say so.</summary>
    public const string Parts = "parts";
}

/// <summary>
/// One layer of a proof: the engine's rule against the literal DeconvNet, both fed with the same signal R_{n+1}.
/// </summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="What">What it is, for people.</param>
/// <param name="OutputShape">The shape of R_{n+1}.</param>
/// <param name="Verdict">What is stated, one of <see cref="ProofVerdict"/>.</param>
/// <param name="Holds">Whether every statement about the layer holds.</param>
/// <param name="Faults">What was found instead; null where all holds.</param>
public sealed record ProofRow(string Layer, string What, int[] OutputShape, string Verdict, bool Holds,
    IReadOnlyList<string>? Faults)
{
    /// <summary>For a convolution: how its backward pass was summed, <c>direct</c> or <c>winograd</c>.</summary>
    public string? Sums { get; init; }

    /// <summary>The Euclidean norm of R_{n+1}; 0 where no signal arrives, so that nothing was compared.</summary>
    public required double SignalNorm { get; init; }

    /// <summary>
    /// |&lt;A x, y&gt; - &lt;x, A^T y&gt;| / (|A x| |y|), A the layer's linear part at this image, A^T the engine's gradient
    /// there, x and y bell-shaped random numbers that depend on the layer's place alone.
    /// </summary>
    public required double AdjointGap { get; init; }

    /// <summary>What the gap may be: see <see cref="Proof"/>.</summary>
    public required double AdjointLimit { get; init; }

    /// <summary>
    /// The largest |engine - literal| in units in the last place of float32 at the signal's scale: over
    /// 2^(floor(log2 m) - 23), m the largest |literal| below the layer; 0 too where the
    /// engine has the literal number as float32 rounds it. Null where they part.
    /// </summary>
    public double? LargestUlps { get; init; }

    /// <summary>
    /// |engine - literal| in the Euclidean norm over the larger of both norms; of the gradient where they part.
    /// </summary>
    public required double RelativeDifference { get; init; }

    /// <summary>
    /// What bounds the difference: <c>exact</c>, <c>K 2^-23 sum |w||r|</c> for each element, or <c>1e-5 in norm</c>.
    /// </summary>
    public required string Bound { get; init; }

    /// <summary>
    /// The largest share of the bound that was reached: at most 1. Null where equality is asked for, or they part.
    /// </summary>
    public double? ShareOfBound { get; init; }

    /// <summary>Elements of R_n, of all inputs together.</summary>
    public required long Elements { get; init; }

    /// <summary>
    /// At how many of them the gradient differs from the literal DeconvNet; null where they are the same map.
    /// </summary>
    public long? PartedElements { get; init; }
}

/// <summary>
/// Section 4 of arXiv 1312.6034 as a statement about one network and one image: layer by layer from the top down, where the
/// gradient and DeconvNet are the same and where they part.
/// </summary>
/// <param name="Network">The network's name.</param>
/// <param name="ModelSha256">SHA-256 of the model file.</param>
/// <param name="InputSha256">SHA-256 of the input's numbers.</param>
/// <param name="InputShape">The input's shape.</param>
/// <param name="Device">The back-end.</param>
/// <param name="DeviceDescription">What it runs on.</param>
/// <param name="Trajectory">The rule by which the signal R came down to each layer.</param>
/// <param name="Rows">The layers, from the seed down to the image.</param>
public sealed record ProofReport(string Network, string ModelSha256, string InputSha256, int[] InputShape, string Device,
    string DeviceDescription, string Trajectory, IReadOnlyList<ProofRow> Rows)
{
    /// <summary>At which operators all rules take the derivative, in words; null if there is none.</summary>
    public string? Smooth { get; init; }

    /// <summary>Whether every statement holds.</summary>
    public bool Holds => Rows.All(row => row.Holds);

    /// <summary>What was shown, in a sentence or two.</summary>
    public string Conclusion
    {
        get
        {
            int same = Rows.Count(row => row.Verdict != ProofVerdict.Parts);
            int extended = Rows.Count(row => row.Verdict == ProofVerdict.SameByExtension);
            ProofRow[] parting = [.. Rows.Where(row => row.Verdict == ProofVerdict.Parts)];
            ProofRow[] failing = [.. Rows.Where(row => !row.Holds)];
            if (failing.Length > 0)
            {
                return $"{failing.Length} of {Counted.Of(Rows.Count, "layer")} {Counted.Form(failing.Length, "fails", "fail")}: "
                    + $"{string.Join(", ", failing.Select(row => row.Layer))}.";
            }
            string together = $"All statements hold. At {same} of {Counted.Of(Rows.Count, "layer")} gradient and DeconvNet "
                + "are the same map"
                + (extended > 0 ? $" ({extended} of them by extension)" : "");
            string smooth = Smooth is null ? "" : $" By definition {Smooth}.";
            if (parting.Length == 0) return $"{together}; nothing here makes them part.{smooth}";
            long elements = parting.Sum(row => row.Elements), parted = parting.Sum(row => row.PartedElements ?? 0);
            return Invariant($"{together}; at the other {parting.Length} they part, at exactly those {parted:N0} of {elements:N0} elements ")
                + $"at which their rules differ.{smooth}";
        }
    }
}
