namespace NetViz.Kernels;

/// <summary>
/// A back-end that passes each operation on to another one; a derived class overrides single operations, so that a kernel of
/// one's
/// own takes few lines. Operations are not fused, and the signals of several seeds do not travel as one batch.
/// </summary>
/// <param name="inner">The other one, which is disposed with this one.</param>
public abstract class DelegatingKernels(IKernels inner) : IKernels
{
    /// <summary>The back-end that operations are passed on to.</summary>
    protected IKernels Inner => inner;

    /// <inheritdoc/>
    /// <remarks>
    /// Null unless overridden, as nothing is known of the derived class's own state: passes run one at a time. A class without
    /// state returns one more of itself on a fork of <see cref="Inner"/>.
    /// </remarks>
    public virtual IKernels? Fork() => null;

    /// <inheritdoc/>
    public virtual string Name => inner.Name;

    /// <inheritdoc/>
    public virtual string Description => inner.Description;

    /// <inheritdoc/>
    public virtual int Threads => inner.Threads;

    /// <inheritdoc/>
    public virtual double MeasurePeak() => inner.MeasurePeak();

    /// <inheritdoc/>
    public virtual long BytesOf(Shape shape) => inner.BytesOf(shape);

    /// <inheritdoc/>
    public virtual void Synchronize() => inner.Synchronize();

    /// <inheritdoc/>
    public virtual long? DeviceMemoryBytes => inner.DeviceMemoryBytes;

    /// <inheritdoc/>
    public virtual long BytesTaken(long bytes) => inner.BytesTaken(bytes);

    /// <inheritdoc/>
    public virtual long BytesOfBits(Shape shape) => inner.BytesOfBits(shape);

    /// <inheritdoc/>
    public virtual long BytesOfSwitches(in PoolGeometry geometry) => inner.BytesOfSwitches(geometry);

    /// <inheritdoc/>
    public virtual long HeldWorkspaceBytes => inner.HeldWorkspaceBytes;

    /// <inheritdoc/>
    public virtual long? WorkspaceBytes(in ConvGeometry geometry, PreparedWeights weights) =>
        inner.WorkspaceBytes(geometry, weights);

    /// <inheritdoc/>
    public virtual long? WorkspaceBytes(in FullyConnectedGeometry geometry, PreparedWeights weights) =>
        inner.WorkspaceBytes(geometry, weights);

    /// <inheritdoc/>
    public virtual DeviceBuffer Allocate(long bytes) => inner.Allocate(bytes);

    /// <inheritdoc/>
    public virtual DeviceTensor View(DeviceBuffer buffer, Shape shape) => inner.View(buffer, shape);

    /// <inheritdoc/>
    public virtual ActiveBits AllocateBits(Shape shape) => inner.AllocateBits(shape);

    /// <inheritdoc/>
    public virtual Switches AllocateSwitches(in PoolGeometry geometry) => inner.AllocateSwitches(geometry);

    /// <inheritdoc/>
    public virtual void Upload(ReadOnlySpan<float> source, DeviceTensor destination) => inner.Upload(source, destination);

    /// <inheritdoc/>
    public virtual void Upload(ReadOnlySpan<double> source, DeviceTensor destination) => inner.Upload(source, destination);

    /// <inheritdoc/>
    public virtual void Download(DeviceTensor source, Span<float> destination) => inner.Download(source, destination);

    /// <inheritdoc/>
    public virtual void Download(DeviceTensor source, Span<double> destination) => inner.Download(source, destination);

    /// <inheritdoc/>
    public virtual void Upload(ReadOnlySpan<byte> packed, ActiveBits bits) => inner.Upload(packed, bits);

    /// <inheritdoc/>
    public virtual void Download(ActiveBits bits, Span<byte> packed) => inner.Download(bits, packed);

    /// <inheritdoc/>
    public virtual void Upload(ReadOnlySpan<int> source, Switches switches) => inner.Upload(source, switches);

    /// <inheritdoc/>
    public virtual void Download(Switches switches, Span<int> destination) => inner.Download(switches, destination);

    /// <inheritdoc/>
    public virtual void Clear(DeviceTensor tensor) => inner.Clear(tensor);

    /// <inheritdoc/>
    public virtual void AddTo(DeviceTensor source, DeviceTensor sum) => inner.AddTo(source, sum);

    /// <inheritdoc/>
    public virtual PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, ForwardSums forward = ForwardSums.Fastest) =>
        inner.PrepareConv(c, groups, window, weight, bias, forward);

    /// <inheritdoc/>
    public virtual bool ComputesInDouble => inner.ComputesInDouble;

    /// <inheritdoc/>
    public virtual PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<double> weight,
        ReadOnlyMemory<double> bias) => inner.PrepareConv(c, groups, window, weight, bias);

    /// <inheritdoc/>
    public virtual void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        inner.ConvForward(geometry, input, weights, output);

    /// <inheritdoc/>
    public virtual void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal) => inner.ConvBackward(geometry, outputSignal, weights, inputSignal);

    /// <inheritdoc/>
    public virtual bool RepeatsKept => false;

    /// <inheritdoc/>
    public virtual PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha) => inner.PrepareFullyConnected(geometry, weight, bias, alpha);

    /// <inheritdoc/>
    public virtual PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<double> weight,
        ReadOnlyMemory<double> bias) => inner.PrepareFullyConnected(geometry, weight, bias);

    /// <inheritdoc/>
    public virtual void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output) => inner.FullyConnectedForward(geometry, input, weights, output);

    /// <inheritdoc/>
    public virtual void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal,
        PreparedWeights weights,
        DeviceTensor inputSignal) => inner.FullyConnectedBackward(geometry, outputSignal, weights, inputSignal);

    /// <inheritdoc/>
    public virtual void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits) =>
        inner.ReluForward(f, input, output, bits);

    /// <inheritdoc/>
    public virtual void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits,
        DeviceTensor inputSignal) => inner.ReluBackward(f, rule, outputSignal, bits, inputSignal);

    /// <inheritdoc/>
    public virtual void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches) =>
        inner.MaxPoolForward(geometry, input, output, switches);

    /// <inheritdoc/>
    public virtual void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches,
        DeviceTensor inputSignal) => inner.MaxPoolBackward(geometry, outputSignal, switches, inputSignal);

    /// <inheritdoc/>
    public virtual void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output) =>
        inner.AveragePoolForward(geometry, input, output);

    /// <inheritdoc/>
    public virtual void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        inner.AveragePoolBackward(geometry, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual void ElementwiseForward(ElementFunction f, DeviceTensor input, DeviceTensor output) =>
        inner.ElementwiseForward(f, input, output);

    /// <inheritdoc/>
    public virtual void ElementwiseBackward(ElementFunction f, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.ElementwiseBackward(f, input, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual void PairForward(PairKind kind, DeviceTensor a, DeviceTensor b, DeviceTensor output) =>
        inner.PairForward(kind, a, b, output);

    /// <inheritdoc/>
    public virtual void PairBackward(PairKind kind, int side, DeviceTensor? a, DeviceTensor? b, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.PairBackward(kind, side, a, b, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual void ReduceForward(ReduceKind kind, int from, int to, DeviceTensor input, DeviceTensor output) =>
        inner.ReduceForward(kind, from, to, input, output);

    /// <inheritdoc/>
    public virtual void ReduceBackward(ReduceKind kind, int from, int to, DeviceTensor? input, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.ReduceBackward(kind, from, to, input, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual void PreluForward(DeviceTensor input, PreparedWeights slopes, DeviceTensor output, ActiveBits bits) =>
        inner.PreluForward(input, slopes, output, bits);

    /// <inheritdoc/>
    public virtual void PreluBackward(ReluRule rule, DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits,
        DeviceTensor inputSignal) => inner.PreluBackward(rule, outputSignal, slopes, bits, inputSignal);

    /// <inheritdoc/>
    public virtual void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output) =>
        inner.LrnForward(parameters, input, output);

    /// <inheritdoc/>
    public virtual void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.LrnBackward(parameters, input, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual PreparedWeights PrepareAffine(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift,
        Shape shiftShape) => inner.PrepareAffine(scale, scaleShape, shift, shiftShape);

    /// <inheritdoc/>
    public virtual PreparedWeights PrepareAffine(ReadOnlyMemory<double> scale, Shape scaleShape, ReadOnlyMemory<double> shift,
        Shape shiftShape) => inner.PrepareAffine(scale, scaleShape, shift, shiftShape);

    /// <inheritdoc/>
    public virtual void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        inner.AffineForward(input, weights, output);

    /// <inheritdoc/>
    public virtual void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal) =>
        inner.AffineBackward(outputSignal, weights, inputSignal);

    /// <inheritdoc/>
    public virtual void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output) =>
        inner.SoftmaxForward(from, to, input, output);

    /// <inheritdoc/>
    public virtual void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.SoftmaxBackward(from, to, output, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output) =>
        inner.LogSoftmaxForward(from, to, input, output);

    /// <inheritdoc/>
    public virtual void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.LogSoftmaxBackward(from, to, output, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output) =>
        inner.SumForward(a, b, sign, output);

    /// <inheritdoc/>
    public virtual void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal) =>
        inner.SumBackward(outputSignal, sign, inputSignal);

    /// <inheritdoc/>
    public virtual void Combine(Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c, DeviceTensor output) =>
        inner.Combine(f, a, b, c, output);

    /// <inheritdoc/>
    public virtual void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output) =>
        inner.ConcatForward(axis, offset, input, output);

    /// <inheritdoc/>
    public virtual void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        inner.ConcatBackward(axis, offset, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual void PadForward(ReadOnlySpan<int> before, float value, DeviceTensor input, DeviceTensor output) =>
        inner.PadForward(before, value, input, output);

    /// <inheritdoc/>
    public virtual void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        inner.PadBackward(before, outputSignal, inputSignal);

    /// <inheritdoc/>
    public virtual void Reshape(DeviceTensor source, DeviceTensor destination) => inner.Reshape(source, destination);

    /// <inheritdoc/>
    public virtual void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination) =>
        inner.Transpose(permutation, source, destination);

    /// <inheritdoc/>
    public virtual void Rearrange(ReadOnlySpan<int> lengths, ReadOnlySpan<int> permutation, DeviceTensor source,
        DeviceTensor destination) => inner.Rearrange(lengths, permutation, source, destination);

    /// <inheritdoc/>
    public virtual PreparedWeights PrepareAxisMap(AxisSampling sampling) => inner.PrepareAxisMap(sampling);

    /// <inheritdoc/>
    public virtual void AxisMapForward(int axis, DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        inner.AxisMapForward(axis, input, weights, output);

    /// <inheritdoc/>
    public virtual void AxisMapBackward(int axis, DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal) =>
        inner.AxisMapBackward(axis, outputSignal, weights, inputSignal);

    /// <inheritdoc/>
    public virtual void NormalizationForward(int parts, float epsilon, DeviceTensor input, DeviceTensor output) =>
        inner.NormalizationForward(parts, epsilon, input, output);

    /// <inheritdoc/>
    public virtual void NormalizationBackward(int parts, float epsilon, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.NormalizationBackward(parts, epsilon, input, outputSignal, inputSignal);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the other back-end.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
    }
}
