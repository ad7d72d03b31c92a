namespace NetViz.Kernels;

/// <summary>A back-end that trains: derivatives with respect to weights, and what only training runs.</summary>
public interface ITrainingKernels : IKernels
{
    // ---- Conv.cs, FullyConnected.cs, Bias.cs: backward to the weights, for training --------------------------------------

    /// <summary>
    /// weightSignal = the derivative to the weights: each weight's inputs times the signals that it sent them to.
    /// </summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="input">The kept input, [N, C, H, W].</param>
    /// <param name="outputSignal">The signal above, [N, O, OH, OW].</param>
    /// <param name="weightSignal">[O, C / groups, KH, KW]; overwritten.</param>
    void ConvBackwardToWeights(in ConvGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal);

    /// <summary>weightSignal = outputSignal^T input, in the weight's orientation.</summary>
    /// <param name="geometry">The shapes.</param>
    /// <param name="input">The kept input, [N, In].</param>
    /// <param name="outputSignal">The signal above, [N, Out].</param>
    /// <param name="weightSignal">[Out, In] or [In, Out]; overwritten.</param>
    void FullyConnectedBackwardToWeights(in FullyConnectedGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal);

    /// <summary>
    /// biasSignal = outputSignal summed over images and places: the derivative to a bias that each channel adds.
    /// </summary>
    /// <param name="outputSignal">[N, C, ...].</param>
    /// <param name="biasSignal">[C]; overwritten.</param>
    void BackwardToBias(DeviceTensor outputSignal, DeviceTensor biasSignal);

    // ---- BatchNormalization.cs: the training form ------------------------------------------------------------------------

    /// <summary>
    /// output = scale (input - mean) / sqrt(variance + epsilon) + shift, mean and variance of each channel over all images
    /// and places of this batch (Ioffe and Szegedy 2015); the variance divides by the count, not by one less.
    /// </summary>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="input">[N, C, ...].</param>
    /// <param name="scale">Gamma, [C].</param>
    /// <param name="shift">Beta, [C].</param>
    /// <param name="output">As the input.</param>
    /// <param name="mean">[C]; written.</param>
    /// <param name="variance">[C]; written.</param>
    void BatchNormalizationForward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor shift,
        DeviceTensor output, DeviceTensor mean, DeviceTensor variance);

    /// <summary>
    /// With x^ the normalised input, M the count of a channel's elements and d = sqrt(variance + epsilon):
    /// shiftSignal = sum R, scaleSignal = sum R x^, inputSignal = scale / d (R - shiftSignal / M - x^ scaleSignal / M).
    /// </summary>
    /// <param name="epsilon">As forward.</param>
    /// <param name="input">The kept input, [N, C, ...].</param>
    /// <param name="scale">Gamma, [C].</param>
    /// <param name="mean">As forward found it, [C].</param>
    /// <param name="variance">As forward found it, [C].</param>
    /// <param name="outputSignal">R, as the input.</param>
    /// <param name="inputSignal">As the input; written. May be the tensor that holds R.</param>
    /// <param name="scaleSignal">[C]; written.</param>
    /// <param name="shiftSignal">[C]; written.</param>
    void BatchNormalizationBackward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor mean,
        DeviceTensor variance, DeviceTensor outputSignal, DeviceTensor inputSignal, DeviceTensor scaleSignal,
        DeviceTensor shiftSignal);

    // ---- Product.cs ------------------------------------------------------------------------------------------------------

    /// <summary>product = a b, elementwise; dropout in both directions, b its mask. May be written over a.</summary>
    void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor product);
}
