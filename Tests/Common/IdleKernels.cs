using NetViz.Kernels;
using NetViz.Kernels.Reference;

namespace NetViz.Tests.Common;

/// <summary>A back-end that holds tensors and computes nothing, which leaves what the engine itself does.</summary>
public sealed class IdleKernels() : DelegatingKernels(new ReferenceKernels<float>()), IFusedKernels
{
    /// <summary>Whether it lets convolutions be fused with what follows them.</summary>
    public bool FusesAll { get; init; }

    public bool CanFuse(in ConvGeometry geometry, PreparedWeights weights, in PoolGeometry? pool, bool backward) =>
        FusesAll;

    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, in ConvTail tail,
        DeviceTensor output)
    {
    }

    public void ConvBackward(in ConvGeometry geometry, DeviceTensor tailSignal, in ConvTail tail, ReluRule rule,
        PreparedWeights weights, DeviceTensor inputSignal)
    {
    }

    public override void AddTo(DeviceTensor source, DeviceTensor sum)
    {
    }

    public override void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
    }

    public override void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
    }

    public override void FullyConnectedForward(in FullyConnectedGeometry geometry, DeviceTensor input,
        PreparedWeights weights, DeviceTensor output)
    {
    }

    public override void FullyConnectedBackward(in FullyConnectedGeometry geometry, DeviceTensor outputSignal,
        PreparedWeights weights, DeviceTensor inputSignal)
    {
    }

    public override void ReluForward(Rectifier f, DeviceTensor input, DeviceTensor output, ActiveBits bits)
    {
    }

    public override void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits,
        DeviceTensor inputSignal)
    {
    }

    public override void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches)
    {
    }

    public override void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches,
        DeviceTensor inputSignal)
    {
    }

    public override void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output)
    {
    }

    public override void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
    }

    public override void LrnForward(in LrnParameters parameters, DeviceTensor input, DeviceTensor output)
    {
    }

    public override void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
    }

    public override void AffineForward(DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
    }

    public override void AffineBackward(DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal)
    {
    }

    public override void PairForward(PairKind kind, DeviceTensor a, DeviceTensor b, DeviceTensor output)
    {
    }

    public override void PairBackward(PairKind kind, int side, DeviceTensor? a, DeviceTensor? b, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
    }

    public override void ReduceForward(ReduceKind kind, int from, int to, DeviceTensor input, DeviceTensor output)
    {
    }

    public override void ReduceBackward(ReduceKind kind, int from, int to, DeviceTensor? input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
    }

    public override void PreluForward(DeviceTensor input, PreparedWeights slopes, DeviceTensor output, ActiveBits bits)
    {
    }

    public override void PreluBackward(ReluRule rule, DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits,
        DeviceTensor inputSignal)
    {
    }

    public override void SoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
    }

    public override void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
    }

    public override void LogSoftmaxForward(int from, int to, DeviceTensor input, DeviceTensor output)
    {
    }

    public override void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
    }

    public override void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output)
    {
    }

    public override void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal)
    {
    }

    public override void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output)
    {
    }

    public override void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
    }

    public override void PadForward(ReadOnlySpan<int> before, float value, DeviceTensor input, DeviceTensor output)
    {
    }

    public override void PadBackward(ReadOnlySpan<int> before, DeviceTensor outputSignal, DeviceTensor inputSignal)
    {
    }

    public override void Reshape(DeviceTensor source, DeviceTensor destination)
    {
    }

    public override void Transpose(ReadOnlySpan<int> permutation, DeviceTensor source, DeviceTensor destination)
    {
    }
}
