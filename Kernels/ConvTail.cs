namespace NetViz.Kernels;

/// <summary>
/// What follows a convolution directly and can be computed with it in one, so that nothing between them goes through memory:
/// a rectifier, then perhaps a max-pooling.
/// </summary>
public readonly struct ConvTail
{
    /// <summary>f, applied to the convolution's output.</summary>
    public required Rectifier Rectifier { get; init; }

    /// <summary>Its bits, of the convolution's output shape: written in the forward pass, read in the backward pass.</summary>
    public required ActiveBits Bits { get; init; }

    /// <summary>The max-pooling of f's output; null for none.</summary>
    public PoolGeometry? Pool { get; init; }

    /// <summary>The pooling's switches: written in the forward pass, read in the backward pass.</summary>
    public Switches? Switches { get; init; }
}
