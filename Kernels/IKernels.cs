namespace NetViz.Kernels;

/// <summary>
/// The operations of a back-end that passes through a network need: the index from which to start reading. Each operation lies in
/// a
/// file of its own, of the same name in each back-end's folder, its Forward above its Backward; Reference holds the definition.
/// <see cref="IFusedKernels"/> and <see cref="ITrainingKernels"/> say what a back-end may have besides.
/// <para>
/// Arguments come in the order: geometry, input, weights, output, what is kept; Backward takes the signal above
/// (<c>outputSignal</c>, R_{n+1}) and writes the signal below (<c>inputSignal</c>, R_n), overwriting it. A signal that
/// several layers send to one tensor is summed by <see cref="IMemoryKernels.AddTo"/>. Nothing here allocates but the methods
/// called
/// Allocate, View and Prepare. Tensors belong to the back-end that made them and must not be handed to another.
/// </para>
/// <para>
/// Every linear operation's Backward is its transpose under all rules; only the rectifiers take a rule.
/// </para>
/// </summary>
public interface IKernels : IMemoryKernels
{
    /// <summary>
    /// Creates a back-end for operations that run beside those of this one: on the same device, with tensors and prepared weights
    /// that both read, and with working memory of its own. Dispose it before or after this one.
    /// </summary>
    /// <returns>Null where the device's operations must run one at a time; passes then wait for one another.</returns>
    IKernels? Fork() => null;

    /// <summary>
    /// Measures the device's multiply-add peak in GFLOP/s, a multiply-add counted as two. Takes a fraction of a second; for
    /// benchmarks.
    /// </summary>
    double MeasurePeak();

    // ---- Conv.cs ----------------------------------------------------------------------------------------------------

    /// <summary>Prepares a convolution's weights for both directions.</summary>
    /// <param name="c">Input channels.</param>
    /// <param name="groups">Groups.</param>
    /// <param name="window">The window; pads and dilation may still change with the input's size.</param>
    /// <param name="weight">[O, C / groups, KH, KW]; the memory stays valid as long as the prepared weights.</param>
    /// <param name="bias">[O], or empty.</param>
    /// <param name="forward">How the forward pass may be computed; a back-end that knows plain sums alone ignores it.</param>
    PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight, ReadOnlyMemory<float> bias,
        ForwardSums forward = ForwardSums.Fastest);

    /// <summary>Whether tensors hold double; weights can then be given in double.</summary>
    bool ComputesInDouble => false;

    /// <summary>The same from double, for relevance rules and merged normalisations; a back-end of float32 rounds.</summary>
    PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<double> weight, ReadOnlyMemory<double> bias) =>
        PrepareConv(c, groups, window, Rounding.ToFloat(weight), Rounding.ToFloat(bias));

    /// <summary>output = input * weight + bias (cross-correlation).</summary>
    void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output);

    /// <summary>inputSignal = outputSignal convolved with the flipped weight.</summary>
    void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal);

    /// <summary>
    /// Whether a signal's batch may be a multiple of that of what the forward pass kept, so that the signals of several seeds
    /// travel down together: signal image s N + n then meets the bits, switches and numbers of image n.
    /// </summary>
    bool RepeatsKept { get; }

    // ---- FullyConnected.cs ------------------------------------------------------------------------------------------

    /// <summary>Prepares a fully connected layer's weights for both directions.</summary>
    /// <param name="geometry">The shapes; N does not matter.</param>
    /// <param name="weight">[Out, In] or [In, Out]; the memory stays valid as long as the prepared weights.</param>
    /// <param name="bias">[Out], or empty.</param>
    /// <param name="alpha">A factor on the product, not on the bias.</param>
    PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha);

    /// <summary>The same from double, for relevance rules; a back-end of float32 rounds.</summary>
    PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<double> weight,
        ReadOnlyMemory<double> bias) =>
        PrepareFullyConnected(geometry, Rounding.ToFloat(weight), Rounding.ToFloat(bias), 1f);

    /// <summary>output = alpha input W^T + bias.</summary>
    void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output);

    /// <summary>inputSignal = alpha outputSignal W.</summary>
    void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal);

    // ---- Relu.cs ----------------------------------------------------------------------------------------------------

    /// <summary>output = f(input); the bits say where f is active.</summary>
    void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits);

    /// <summary>The signal below a rectifier, by one of the three rules of ReluRules.cs.</summary>
    void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits, DeviceTensor inputSignal);

    // ---- MaxPool.cs, AveragePool.cs ---------------------------------------------------------------------------------

    /// <summary>output = the maximum of each window; the first one in row-major order is the switch.</summary>
    void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches);

    /// <summary>inputSignal = the signals added at their switches, 0 elsewhere.</summary>
    void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches, DeviceTensor inputSignal);

    /// <summary>output = the sum of each window over its divisor.</summary>
    void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output);

    /// <summary>inputSignal = each signal over its divisor, spread over its window.</summary>
    void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal);

    // ---- Elementwise.cs ---------------------------------------------------------------------------------------------

    /// <summary>output = f(input), element by element.</summary>
    void ElementwiseForward(ElementFunction f, DeviceTensor input, DeviceTensor output);

    /// <summary>inputSignal = outputSignal f'(input), element by element.</summary>
    void ElementwiseBackward(ElementFunction f, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal);

    // ---- Pair.cs ----------------------------------------------------------------------------------------------------

    /// <summary>output = f(a, b), element by element; a tensor is repeated along axes where it has length 1 or none.</summary>
    void PairForward(PairKind kind, DeviceTensor a, DeviceTensor b, DeviceTensor output);

    /// <summary>
    /// inputSignal = outputSignal df/da (side 0) or df/db (side 1), summed over the places at which an element is read.
    /// </summary>
    /// <param name="kind">f.</param>
    /// <param name="side">0 for a, 1 for b.</param>
    /// <param name="a">The kept first input; null for a sum or difference, which keeps nothing.</param>
    /// <param name="b">The kept second input; null where <paramref name="a"/> is.</param>
    /// <param name="outputSignal">The signal above.</param>
    /// <param name="inputSignal">The signal below the chosen input.</param>
    void PairBackward(PairKind kind, int side, DeviceTensor? a, DeviceTensor? b, DeviceTensor outputSignal,
        DeviceTensor inputSignal);

    // ---- Reduce.cs --------------------------------------------------------------------------------------------------

    /// <summary>output = sum, mean, extremum or norm of the input along the axes from..to (to excluded).</summary>
    void ReduceForward(ReduceKind kind, int from, int to, DeviceTensor input, DeviceTensor output);

    /// <summary>
    /// The derivative's transpose at the kept input, which is null for sum and mean; axes are numbered as in the input.
    /// </summary>
    void ReduceBackward(ReduceKind kind, int from, int to, DeviceTensor? input, DeviceTensor outputSignal,
        DeviceTensor inputSignal);

    // ---- Prelu.cs ---------------------------------------------------------------------------------------------------

    /// <summary>output = input where it is positive, else slope input; the bits say where it is positive.</summary>
    /// <param name="input">x.</param>
    /// <param name="slopes">The factor of <c>PrepareAffine</c>, without a summand.</param>
    /// <param name="output">y.</param>
    /// <param name="bits">Where x is positive.</param>
    void PreluForward(DeviceTensor input, PreparedWeights slopes, DeviceTensor output, ActiveBits bits);

    /// <summary>The signal below, by one of the three rules of ReluRules.cs at each element's own slope.</summary>
    void PreluBackward(ReluRule rule, DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits,
        DeviceTensor inputSignal);

    // ---- Lrn.cs -----------------------------------------------------------------------------------------------------

    /// <summary>output = local response normalisation of the input across channels.</summary>
    void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output);

    /// <summary>The derivative's transpose at the kept input.</summary>
    void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal);

    // ---- Affine.cs --------------------------------------------------------------------------------------------------

    /// <summary>
    /// Prepares y = scale x + shift with constants that broadcast to the input: batch normalisation at inference, and
    /// Add, Sub, Mul, Div with a constant.
    /// </summary>
    /// <param name="scale">The factor, or empty for 1.</param>
    /// <param name="scaleShape">Its shape, aligned with the input's last axes.</param>
    /// <param name="shift">The summand, or empty for 0.</param>
    /// <param name="shiftShape">Its shape, aligned with the input's last axes.</param>
    PreparedWeights PrepareAffine(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift, Shape shiftShape);

    /// <summary>The same from double, for a normalisation's factors; a back-end of float32 rounds.</summary>
    PreparedWeights PrepareAffine(ReadOnlyMemory<double> scale, Shape scaleShape, ReadOnlyMemory<double> shift,
        Shape shiftShape) =>
        PrepareAffine(Rounding.ToFloat(scale), scaleShape, Rounding.ToFloat(shift), shiftShape);

    /// <summary>output = scale input + shift.</summary>
    void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output);

    /// <summary>inputSignal = scale outputSignal.</summary>
    void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal);

    // ---- Softmax.cs -------------------------------------------------------------------------------------------------

    /// <summary>output = softmax over the axes from..to of the input taken as one (to excluded).</summary>
    void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output);

    /// <summary>inputSignal = p (r - sum p r), p the kept output.</summary>
    void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal);

    // ---- LogSoftmax.cs ----------------------------------------------------------------------------------------------

    /// <summary>output = log of the softmax over the axes from..to of the input taken as one (to excluded).</summary>
    void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output);

    /// <summary>inputSignal = r - exp(y) sum r, y the kept output.</summary>
    void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal);

    // ---- Sum.cs -----------------------------------------------------------------------------------------------------

    /// <summary>output = a + sign b, elementwise; sign is 1 or -1.</summary>
    void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output);

    /// <summary>inputSignal = sign outputSignal.</summary>
    void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal);

    // ---- Combine.cs -------------------------------------------------------------------------------------------------

    /// <summary>
    /// output = f(a, b, c), element by element; all of one shape. Those that f does not read may be any tensor of that shape, and
    /// the output may be one of the three.
    /// </summary>
    void Combine(Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c, DeviceTensor output);

    // ---- Movement.cs: elements move and are not computed with ---------------------------------------------------------

    /// <summary>Copies one input of a concatenation to its place.</summary>
    /// <param name="axis">The axis along which tensors are joined.</param>
    /// <param name="offset">Where on that axis of the output this input begins.</param>
    /// <param name="input">One of the inputs.</param>
    /// <param name="output">The whole.</param>
    void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output);

    /// <summary>Copies one input's part of the signal out of the whole.</summary>
    void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal);

    /// <summary>Surrounds the input with a constant; negative pads crop.</summary>
    /// <param name="before">Elements added before each axis.</param>
    /// <param name="value">The constant.</param>
    /// <param name="input">The inner part.</param>
    /// <param name="output">The whole.</param>
    void PadForward(ReadOnlySpan<int> before, float value, DeviceTensor input, DeviceTensor output);

    /// <summary>Crops the signal; cropped elements get 0.</summary>
    void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal);

    /// <summary>Copies the elements in row-major order into another shape of the same count; both directions.</summary>
    void Reshape(DeviceTensor source, DeviceTensor destination);

    /// <summary>destination's axis i is source's axis permutation[i]; the inverse permutation is the way back.</summary>
    void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination);

    /// <summary>
    /// The same on the source's elements taken, in row-major order, as a tensor of other axes, such as blocks of pixels and the
    /// pixels in them; the result is the destination's elements in row-major order.
    /// </summary>
    /// <param name="lengths">The axes as which the source is taken; as many elements as it has.</param>
    /// <param name="permutation">Axis i of the result is axis permutation[i].</param>
    /// <param name="source">The source.</param>
    /// <param name="destination">The destination.</param>
    void Rearrange(ReadOnlySpan<int> lengths, ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination);

    // ---- AxisMap.cs -------------------------------------------------------------------------------------------------

    /// <summary>Prepares linear maps along an axis, one for each length that the axis may have.</summary>
    PreparedWeights PrepareAxisMap(AxisSampling sampling);

    /// <summary>output = the map along one axis of the input, the same for all places of the other axes.</summary>
    void AxisMapForward(int axis, DeviceTensor input, PreparedWeights weights, DeviceTensor output);

    /// <summary>inputSignal = the transposed map of the signal.</summary>
    void AxisMapBackward(int axis, DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal);

    // ---- Normalization.cs -------------------------------------------------------------------------------------------

    /// <summary>
    /// output = (input - mean) / sqrt(variance + epsilon), mean and variance (over the number, not one less) of a part of the
    /// image each.
    /// </summary>
    /// <param name="parts">Into how many equal runs an image's elements are divided, in row-major order: its channels, or
    /// 1.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="input">The input.</param>
    /// <param name="output">The output.</param>
    void NormalizationForward(int parts, float epsilon, DeviceTensor input, DeviceTensor output);

    /// <summary>
    /// The derivative's transpose at the kept input: with y the output and s = 1 / sqrt(variance + epsilon),
    /// inputSignal = s (r - mean of r - y mean of r y). The two signals may be one tensor.
    /// </summary>
    void NormalizationBackward(int parts, float epsilon, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal);
}
