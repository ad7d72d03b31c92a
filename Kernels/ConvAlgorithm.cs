namespace NetViz.Kernels;

/// <summary>
/// How a convolution is computed, on the CPU and on GPUs. The choice depends on the layer's shape alone, never on a trial.
/// </summary>
public enum ConvAlgorithm
{
    /// <summary>
    /// Winograd where it applies and there are channels enough, else direct: on the CPU at least 16 input channels of the
    /// direction, on GPUs at least 64 on both sides. The forward pass of a small network, or of an image with ties, is direct
    /// (<see cref="ForwardSums"/>), so that bits and switches are those of the plain sum.
    /// </summary>
    Auto,

    /// <summary>
    /// Winograd F(4x4, 3x3) for every 3x3 convolution of stride 1, dilation 1 and one group; direct for the others. On the
    /// CPU about a third of the time; relative rms error of a layer against float64 8e-7 to 2e-6 instead of 4e-7.
    /// </summary>
    Winograd,

    /// <summary>The sum of products as it is defined, in float32.</summary>
    Direct,
}
