namespace NetViz.Kernels;

/// <summary>
/// A back-end that computes a convolution in one operation with the rectifier that alone reads it, and perhaps with the
/// max-pooling
/// behind that. Without it the engine runs them one after another, with the same bytes.
/// </summary>
public interface IFusedKernels : IKernels
{
    /// <summary>
    /// Whether a convolution and what follows it can be computed in one; the result's bytes are the same either way.
    /// </summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="pool">The max-pooling behind the rectifier; null for none.</param>
    /// <param name="backward">Whether the backward pass is meant; otherwise the forward pass.</param>
    bool CanFuse(in ConvGeometry geometry, PreparedWeights weights, in PoolGeometry? pool, bool backward);

    /// <summary>output = the tail applied to input * weight + bias; only where <see cref="CanFuse"/> says so.</summary>
    void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, in ConvTail tail,
        DeviceTensor output);

    /// <summary>
    /// inputSignal = the flipped weight convolved with what the tail's rule and switches make of the signal above the tail; only
    /// where <see cref="CanFuse"/> says so.
    /// </summary>
    void ConvBackward(in ConvGeometry geometry, DeviceTensor tailSignal, in ConvTail tail, ReluRule rule,
        PreparedWeights weights, DeviceTensor inputSignal);
}
