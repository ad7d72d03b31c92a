using NetViz.Kernels;

namespace NetViz.Tests.Analysis;

/// <summary>
/// A back-end that does as another one does, but for one fault that a test plants: weights that are prepared otherwise for the
/// way down, a rule taken for another, or numbers spoilt after an operation.
/// </summary>
public sealed class FaultyKernels(IKernels inner) : DelegatingKernels(inner)
{
    /// <summary>The weights of a convolution's way down, from the right ones [O, C / groups, KH, KW].</summary>
    public Func<float[], float[]>? ConvWeightDown { get; init; }

    /// <summary>Whether fully connected layers take their weight in the other order in the backward pass.</summary>
    public bool FullyConnectedOtherOrder { get; init; }

    /// <summary>The rule that rectifiers take instead.</summary>
    public Func<ReluRule, ReluRule> Rule { get; init; } = rule => rule;

    /// <summary>Changes what an operation of the backward pass wrote: its name, the signal below.</summary>
    public Action<string, double[]>? Spoil { get; init; }

    /// <summary>Changes the switches that the forward pass recorded.</summary>
    public Action<PoolGeometry, int[]>? SpoilSwitches { get; init; }

    /// <summary>Changes the bits that the forward pass recorded.</summary>
    public Action<byte[]>? SpoilBits { get; init; }

    public override void AddTo(DeviceTensor source, DeviceTensor sum)
    {
        Inner.AddTo(source, sum);
        After(nameof(AddTo), sum);
    }

    public override PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, ForwardSums forward = ForwardSums.Fastest) =>
        new TwoWays(Inner.PrepareConv(c, groups, window, weight, bias, forward),
            Inner.PrepareConv(c, groups, window, ConvWeightDown?.Invoke(weight.ToArray()) ?? weight, bias, forward));

    public override void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights,
        DeviceTensor output) =>
        Inner.ConvForward(geometry, input, ((TwoWays)weights).Up, output);

    public override void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        Inner.ConvBackward(geometry, outputSignal, ((TwoWays)weights).Down, inputSignal);
        After(nameof(ConvBackward), inputSignal);
    }

    public override void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal,
        PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        FullyConnectedGeometry g = geometry with { WeightIsInByOut = geometry.WeightIsInByOut ^ FullyConnectedOtherOrder };
        Inner.FullyConnectedBackward(g, outputSignal, weights, inputSignal);
        After(nameof(FullyConnectedBackward), inputSignal);
    }

    public override void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits)
    {
        Inner.ReluForward(f, input, output, bits);
        if (SpoilBits is null) return;
        var packed = new byte[bits.PackedBytes];
        Inner.Download(bits, packed);
        SpoilBits(packed);
        Inner.Upload(packed, bits);
    }

    public override void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits,
        DeviceTensor inputSignal)
    {
        Inner.ReluBackward(f, Rule(rule), outputSignal, bits, inputSignal);
        After(nameof(ReluBackward), inputSignal);
    }

    public override void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches)
    {
        Inner.MaxPoolForward(geometry, input, output, switches);
        if (SpoilSwitches is null) return;
        var positions = new int[geometry.Output.Count];
        Inner.Download(switches, positions);
        SpoilSwitches(geometry, positions);
        Inner.Upload(positions, switches);
    }

    public override void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches,
        DeviceTensor inputSignal)
    {
        Inner.MaxPoolBackward(geometry, outputSignal, switches, inputSignal);
        After(nameof(MaxPoolBackward), inputSignal);
    }

    public override void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Inner.AveragePoolBackward(geometry, outputSignal, inputSignal);
        After(nameof(AveragePoolBackward), inputSignal);
    }

    public override void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        Inner.LrnBackward(parameters, input, outputSignal, inputSignal);
        After(nameof(LrnBackward), inputSignal);
    }

    public override void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal)
    {
        Inner.AffineBackward(outputSignal, weights, inputSignal);
        After(nameof(AffineBackward), inputSignal);
    }

    public override void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        Inner.SoftmaxBackward(from, to, output, outputSignal, inputSignal);
        After(nameof(SoftmaxBackward), inputSignal);
    }

    public override void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal)
    {
        Inner.SumBackward(outputSignal, sign, inputSignal);
        After(nameof(SumBackward), inputSignal);
    }

    public override void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Inner.ConcatBackward(axis, offset, outputSignal, inputSignal);
        After(nameof(ConcatBackward), inputSignal);
    }

    public override void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
        Inner.PadBackward(before, outputSignal, inputSignal);
        After(nameof(PadBackward), inputSignal);
    }

    public override void Reshape(DeviceTensor source, DeviceTensor destination)
    {
        Inner.Reshape(source, destination);
        After(nameof(Reshape), destination);
    }

    public override void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination)
    {
        Inner.Transpose(permutation, source, destination);
        After(nameof(Transpose), destination);
    }

    private void After(string operation, DeviceTensor signal)
    {
        if (Spoil is null) return;
        var values = new double[signal.Shape.Count];
        Inner.Download(signal, values);
        Spoil(operation, values);
        Inner.Upload(values, signal);
    }

    /// <summary>A convolution's weights, those of the backward pass perhaps spoilt.</summary>
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
