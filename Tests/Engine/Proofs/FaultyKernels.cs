using NetViz.Kernels;

namespace NetViz.Tests.Engine.Proofs;

/// <summary>
/// A back-end that does as another one does, but for one fault that a test plants: weights that are prepared otherwise for the
/// way down, a rule taken for another, or numbers spoilt after an operation.
/// </summary>
public sealed class FaultyKernels(IKernels inner) : IKernels
{
    /// <summary>The weights of a convolution's way down, from the right ones [O, C / groups, KH, KW].</summary>
    public Func<float[], float[]>? ConvWeightDown { get; init; }

    /// <summary>Whether fully connected layers take their weight in the other order on the way down.</summary>
    public bool FullyConnectedOtherOrder { get; init; }

    /// <summary>The rule that rectifiers take instead.</summary>
    public Func<ReluRule, ReluRule> Rule { get; init; } = rule => rule;

    /// <summary>Changes what an operation of the way down wrote: its name, the signal below.</summary>
    public Action<string, double[]>? Spoil { get; init; }

    /// <summary>Changes the switches that the forward pass recorded.</summary>
    public Action<PoolGeometry, int[]>? SpoilSwitches { get; init; }

    /// <summary>Changes the bits that the forward pass recorded.</summary>
    public Action<byte[]>? SpoilBits { get; init; }

    public string Name => inner.Name;

    public string Description => inner.Description;

    public int Threads => inner.Threads;

    public double MeasurePeak() => inner.MeasurePeak();

    public long BytesOf(Shape shape) => inner.BytesOf(shape);

    public DeviceBuffer Allocate(long bytes) => inner.Allocate(bytes);

    public DeviceTensor View(DeviceBuffer buffer, Shape shape) => inner.View(buffer, shape);

    public ActiveBits AllocateBits(Shape shape) => inner.AllocateBits(shape);

    public Switches AllocateSwitches(in PoolGeometry geometry) => inner.AllocateSwitches(geometry);

    public void Upload(ReadOnlySpan<float> source, DeviceTensor destination) => inner.Upload(source, destination);

    public void Upload(ReadOnlySpan<double> source, DeviceTensor destination) => inner.Upload(source, destination);

    public void Download(DeviceTensor source, Span<float> destination) => inner.Download(source, destination);

    public void Download(DeviceTensor source, Span<double> destination) => inner.Download(source, destination);

    public void Upload(ReadOnlySpan<byte> packed, ActiveBits bits) => inner.Upload(packed, bits);

    public void Download(ActiveBits bits, Span<byte> packed) => inner.Download(bits, packed);

    public void Upload(ReadOnlySpan<int> source, Switches switches) => inner.Upload(source, switches);

    public void Download(Switches switches, Span<int> destination) => inner.Download(switches, destination);

    public void Clear(DeviceTensor tensor) => inner.Clear(tensor);

    public void AddTo(DeviceTensor source, DeviceTensor sum)
    {
        inner.AddTo(source, sum);
        After(nameof(AddTo), sum);
    }

    public PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias) =>
        new TwoWays(inner.PrepareConv(c, groups, window, weight, bias),
            inner.PrepareConv(c, groups, window, ConvWeightDown?.Invoke(weight.ToArray()) ?? weight, bias));

    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        inner.ConvForward(geometry, input, ((TwoWays)weights).Up, output);

    public void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        inner.ConvBackward(geometry, outputSignal, ((TwoWays)weights).Down, inputSignal);
        After(nameof(ConvBackward), inputSignal);
    }

    public PreparedWeights PrepareFullyConnected(in FullyConnectedGeometry geometry, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, float alpha) => inner.PrepareFullyConnected(geometry, weight, bias, alpha);

    public void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output) => inner.FullyConnectedForward(geometry, input, weights, output);

    public void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        FullyConnectedGeometry g = geometry with { WeightIsInByOut = geometry.WeightIsInByOut ^ FullyConnectedOtherOrder };
        inner.FullyConnectedBackward(g, outputSignal, weights, inputSignal);
        After(nameof(FullyConnectedBackward), inputSignal);
    }

    public void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits)
    {
        inner.ReluForward(f, input, output, bits);
        if (SpoilBits is null) return;
        var packed = new byte[bits.PackedBytes];
        inner.Download(bits, packed);
        SpoilBits(packed);
        inner.Upload(packed, bits);
    }

    public void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits, DeviceTensor inputSignal)
    {
        inner.ReluBackward(f, Rule(rule), outputSignal, bits, inputSignal);
        After(nameof(ReluBackward), inputSignal);
    }

    public void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches)
    {
        inner.MaxPoolForward(geometry, input, output, switches);
        if (SpoilSwitches is null) return;
        var positions = new int[geometry.Output.Count];
        inner.Download(switches, positions);
        SpoilSwitches(geometry, positions);
        inner.Upload(positions, switches);
    }

    public void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches, DeviceTensor inputSignal)
    {
        inner.MaxPoolBackward(geometry, outputSignal, switches, inputSignal);
        After(nameof(MaxPoolBackward), inputSignal);
    }

    public void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output) =>
        inner.AveragePoolForward(geometry, input, output);

    public void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        inner.AveragePoolBackward(geometry, outputSignal, inputSignal);
        After(nameof(AveragePoolBackward), inputSignal);
    }

    public void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output) =>
        inner.LrnForward(parameters, input, output);

    public void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        inner.LrnBackward(parameters, input, outputSignal, inputSignal);
        After(nameof(LrnBackward), inputSignal);
    }

    public PreparedWeights PrepareAffine(ReadOnlyMemory<float> scale, Shape scaleShape, ReadOnlyMemory<float> shift,
        Shape shiftShape) => inner.PrepareAffine(scale, scaleShape, shift, shiftShape);

    public void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        inner.AffineForward(input, weights, output);

    public void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal)
    {
        inner.AffineBackward(outputSignal, weights, inputSignal);
        After(nameof(AffineBackward), inputSignal);
    }

    public void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output) =>
        inner.SoftmaxForward(from, to, input, output);

    public void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        inner.SoftmaxBackward(from, to, output, outputSignal, inputSignal);
        After(nameof(SoftmaxBackward), inputSignal);
    }

    public void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output) =>
        inner.LogSoftmaxForward(from, to, input, output);

    public void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        inner.LogSoftmaxBackward(from, to, output, outputSignal, inputSignal);

    public void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output) =>
        inner.SumForward(a, b, sign, output);

    public void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal)
    {
        inner.SumBackward(outputSignal, sign, inputSignal);
        After(nameof(SumBackward), inputSignal);
    }

    public void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output) =>
        inner.ConcatForward(axis, offset, input, output);

    public void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        inner.ConcatBackward(axis, offset, outputSignal, inputSignal);
        After(nameof(ConcatBackward), inputSignal);
    }

    public void PadForward(ReadOnlySpan<int> before, float value, DeviceTensor input, DeviceTensor output) =>
        inner.PadForward(before, value, input, output);

    public void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        inner.PadBackward(before, outputSignal, inputSignal);
        After(nameof(PadBackward), inputSignal);
    }

    public void Reshape(DeviceTensor source, DeviceTensor destination)
    {
        inner.Reshape(source, destination);
        After(nameof(Reshape), destination);
    }

    public void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination)
    {
        inner.Transpose(permutation, source, destination);
        After(nameof(Transpose), destination);
    }

    public void ConvBackwardToWeights(in ConvGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal) => inner.ConvBackwardToWeights(geometry, input, outputSignal, weightSignal);

    public void FullyConnectedBackwardToWeights(in FullyConnectedGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal) => inner.FullyConnectedBackwardToWeights(geometry, input, outputSignal, weightSignal);

    public void BackwardToBias(DeviceTensor outputSignal, DeviceTensor biasSignal) =>
        inner.BackwardToBias(outputSignal, biasSignal);

    public void BatchNormalizationForward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor shift,
        DeviceTensor output, DeviceTensor mean, DeviceTensor variance) =>
        inner.BatchNormalizationForward(epsilon, input, scale, shift, output, mean, variance);

    public void BatchNormalizationBackward(float epsilon, DeviceTensor input, DeviceTensor scale, DeviceTensor mean,
        DeviceTensor variance, DeviceTensor outputSignal, DeviceTensor inputSignal, DeviceTensor scaleSignal,
        DeviceTensor shiftSignal) =>
        inner.BatchNormalizationBackward(epsilon, input, scale, mean, variance, outputSignal, inputSignal, scaleSignal,
            shiftSignal);

    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor product) => inner.Multiply(a, b, product);

    public void Dispose() => inner.Dispose();

    private void After(string operation, DeviceTensor signal)
    {
        if (Spoil is null) return;
        var values = new double[signal.Shape.Count];
        inner.Download(signal, values);
        Spoil(operation, values);
        inner.Upload(values, signal);
    }

    /// <summary>A convolution's weights, those of the way down perhaps spoilt.</summary>
    private sealed class TwoWays(PreparedWeights up, PreparedWeights down) : PreparedWeights
    {
        public PreparedWeights Up { get; } = up;

        public PreparedWeights Down { get; } = down;

        public override long Bytes => Up.Bytes + Down.Bytes;

        public override ConvAlgorithm AlgorithmDown => Down.AlgorithmDown;

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Up.Dispose();
                Down.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
