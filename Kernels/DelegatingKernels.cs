using NetViz.Kernels;

namespace NetViz.Tests.Kernels;

/// <summary>
/// A back-end that does as another one does; a test changes single operations of it. Nothing is computed in one and signals go
/// down by themselves, whatever the other one can.
/// </summary>
/// <param name="inner">The other one.</param>
public abstract class DelegatingKernels(IKernels inner) : IKernels
{
    /// <summary>The other one.</summary>
    protected IKernels Inner => inner;

    public virtual string Name => inner.Name;

    public virtual string Description => inner.Description;

    public virtual int Threads => inner.Threads;

    public virtual double MeasurePeak() => inner.MeasurePeak();

    public virtual long BytesOf(Shape shape) => inner.BytesOf(shape);

    public virtual void Synchronize() => inner.Synchronize();

    public virtual long? DeviceMemoryBytes => inner.DeviceMemoryBytes;

    public virtual long BytesTaken(long bytes) => inner.BytesTaken(bytes);

    public virtual long BytesOfBits(Shape shape) => inner.BytesOfBits(shape);

    public virtual long BytesOfSwitches(in PoolGeometry geometry) => inner.BytesOfSwitches(geometry);

    public virtual long HeldWorkspaceBytes => inner.HeldWorkspaceBytes;

    public virtual long? WorkspaceBytes(in ConvGeometry geometry, PreparedWeights weights) =>
        inner.WorkspaceBytes(geometry, weights);

    public virtual long? WorkspaceBytes(in FullyConnectedGeometry geometry, PreparedWeights weights) =>
        inner.WorkspaceBytes(geometry, weights);

    public virtual DeviceBuffer Allocate(long bytes) => inner.Allocate(bytes);

    public virtual DeviceTensor View(DeviceBuffer buffer, Shape shape) => inner.View(buffer, shape);

    public virtual ActiveBits AllocateBits(Shape shape) => inner.AllocateBits(shape);

    public virtual Switches AllocateSwitches(in PoolGeometry geometry) => inner.AllocateSwitches(geometry);

    public virtual void Upload(ReadOnlySpan<float> source, DeviceTensor destination) => inner.Upload(source, destination);

    public virtual void Upload(ReadOnlySpan<double> source, DeviceTensor destination) => inner.Upload(source, destination);

    public virtual void Download(DeviceTensor source, Span<float> destination) => inner.Download(source, destination);

    public virtual void Download(DeviceTensor source, Span<double> destination) => inner.Download(source, destination);

    public virtual void Upload(ReadOnlySpan<byte> packed, ActiveBits bits) => inner.Upload(packed, bits);

    public virtual void Download(ActiveBits bits, Span<byte> packed) => inner.Download(bits, packed);

    public virtual void Upload(ReadOnlySpan<int> source, Switches switches) => inner.Upload(source, switches);

    public virtual void Download(Switches switches, Span<int> destination) => inner.Download(switches, destination);

    public virtual void Clear(DeviceTensor tensor) => inner.Clear(tensor);

    public virtual void AddTo(DeviceTensor source, DeviceTensor sum) => inner.AddTo(source, sum);

    public virtual PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, ForwardSums forward = ForwardSums.Fastest) =>
        inner.PrepareConv(c, groups, window, weight, bias, forward);

    public virtual void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        inner.ConvForward(geometry, input, weights, output);

    public virtual void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal) => inner.ConvBackward(geometry, outputSignal, weights, inputSignal);

    public virtual bool Fuses(in ConvGeometry geometry, PreparedWeights weights, in PoolGeometry? pool, bool backward) => false;

    public virtual void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, in ConvTail tail,
        DeviceTensor output) => throw new NotSupportedException();

    public virtual void ConvBackward(in ConvGeometry geometry, DeviceTensor tailSignal, in ConvTail tail, ReluRule rule,
        PreparedWeights weights, DeviceTensor inputSignal) => throw new NotSupportedException();

    public virtual bool RepeatsKept => false;

    public virtual PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha) => inner.PrepareFullyConnected(geometry, weight, bias, alpha);

    public virtual void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output) => inner.FullyConnectedForward(geometry, input, weights, output);

    public virtual void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal,
        PreparedWeights weights,
        DeviceTensor inputSignal) => inner.FullyConnectedBackward(geometry, outputSignal, weights, inputSignal);

    public virtual void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits) =>
        inner.ReluForward(f, input, output, bits);

    public virtual void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits,
        DeviceTensor inputSignal) => inner.ReluBackward(f, rule, outputSignal, bits, inputSignal);

    public virtual void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches) =>
        inner.MaxPoolForward(geometry, input, output, switches);

    public virtual void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches,
        DeviceTensor inputSignal) => inner.MaxPoolBackward(geometry, outputSignal, switches, inputSignal);

    public virtual void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output) =>
        inner.AveragePoolForward(geometry, input, output);

    public virtual void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        inner.AveragePoolBackward(geometry, outputSignal, inputSignal);

    public virtual void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output) =>
        inner.LrnForward(parameters, input, output);

    public virtual void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.LrnBackward(parameters, input, outputSignal, inputSignal);

    public virtual PreparedWeights PrepareAffine(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift,
        Shape shiftShape) => inner.PrepareAffine(scale, scaleShape, shift, shiftShape);

    public virtual void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        inner.AffineForward(input, weights, output);

    public virtual void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal) =>
        inner.AffineBackward(outputSignal, weights, inputSignal);

    public virtual void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output) =>
        inner.SoftmaxForward(from, to, input, output);

    public virtual void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.SoftmaxBackward(from, to, output, outputSignal, inputSignal);

    public virtual void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output) =>
        inner.LogSoftmaxForward(from, to, input, output);

    public virtual void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal) => inner.LogSoftmaxBackward(from, to, output, outputSignal, inputSignal);

    public virtual void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output) =>
        inner.SumForward(a, b, sign, output);

    public virtual void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal) =>
        inner.SumBackward(outputSignal, sign, inputSignal);

    public virtual void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output) =>
        inner.ConcatForward(axis, offset, input, output);

    public virtual void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        inner.ConcatBackward(axis, offset, outputSignal, inputSignal);

    public virtual void PadForward(ReadOnlySpan<int> before, float value, DeviceTensor input, DeviceTensor output) =>
        inner.PadForward(before, value, input, output);

    public virtual void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        inner.PadBackward(before, outputSignal, inputSignal);

    public virtual void Reshape(DeviceTensor source, DeviceTensor destination) => inner.Reshape(source, destination);

    public virtual void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination) =>
        inner.Transpose(permutation, source, destination);

    public virtual void ConvBackwardToWeights(in ConvGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal) => inner.ConvBackwardToWeights(geometry, input, outputSignal, weightSignal);

    public virtual void FullyConnectedBackwardToWeights(in FullyConnectedGeometry geometry, DeviceTensor input,
        DeviceTensor outputSignal,
        DeviceTensor weightSignal) => inner.FullyConnectedBackwardToWeights(geometry, input, outputSignal, weightSignal);

    public virtual void BackwardToBias(DeviceTensor outputSignal, DeviceTensor biasSignal) =>
        inner.BackwardToBias(outputSignal, biasSignal);

    public virtual void BatchNormalizationForward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor shift,
        DeviceTensor output, DeviceTensor mean, DeviceTensor variance) =>
        inner.BatchNormalizationForward(epsilon, input, scale, shift, output, mean, variance);

    public virtual void BatchNormalizationBackward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor mean,
        DeviceTensor variance, DeviceTensor outputSignal, DeviceTensor inputSignal, DeviceTensor scaleSignal,
        DeviceTensor shiftSignal) =>
        inner.BatchNormalizationBackward(epsilon, input, scale, mean, variance, outputSignal, inputSignal, scaleSignal,
            shiftSignal);

    public virtual void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor product) => inner.Multiply(a, b, product);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
    }
}
