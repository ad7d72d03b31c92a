namespace NetViz.Kernels;

/// <summary>
/// How a convolution's forward pass may be computed. The forward pass decides bits and switches: of two equal values the first
/// wins, and a value of exactly 0 is not active. Winograd's transforms round equal sums differently at different places of a
/// tile, so they break such ties; the plain sum computes each place in the same order and keeps them.
/// </summary>
public enum ForwardSums
{
    /// <summary>As <see cref="ConvAlgorithm"/> chooses: for training and for single layers.</summary>
    Fastest,

    /// <summary>
    /// As <see cref="ConvAlgorithm"/> chooses, but by plain sums for the images that
    /// <see cref="ConvGeometry.PlainImages"/> marks.
    /// </summary>
    ByImage,

    /// <summary>By plain sums, unless <see cref="ConvAlgorithm.Winograd"/> is requested explicitly.</summary>
    Plain,
}
