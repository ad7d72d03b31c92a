using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void PreluForward(DeviceTensor input, PreparedWeights slopes, DeviceTensor output, ActiveBits bits)
    {
        var w = (AffineWeights)slopes;
        Launch(Quads.Of(output.Shape.Count), new PreluForwardKernel
        {
            Map = Broadcast(input.Shape, w.ScaleShape), Count = (int)output.Shape.Count, Slope = w.Weight, X = Floats(input),
            Y = Floats(output), Bits = Bits(bits),
        });
    }

    /// <inheritdoc/>
    public void PreluBackward(ReluRule rule, DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits,
        DeviceTensor inputSignal)
    {
        if (rule == ReluRule.DeconvNet) PreluBackward<DeconvNetRule>(outputSignal, slopes, bits, inputSignal);
        else if (rule == ReluRule.Guided) PreluBackward<GuidedRule>(outputSignal, slopes, bits, inputSignal);
        else PreluBackward<GradientRule>(outputSignal, slopes, bits, inputSignal);
    }

    private void PreluBackward<TRule>(DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits, DeviceTensor inputSignal)
        where TRule : struct, IReluRule
    {
        var w = (AffineWeights)slopes;
        Launch(inputSignal.Shape.Count, new PreluBackwardKernel<TRule>
        {
            Map = Broadcast(inputSignal.Shape, w.ScaleShape), Kept = (int)bits.Shape.Count, Slope = w.Weight,
            Above = Floats(outputSignal), Below = Floats(inputSignal), Bits = Bits(bits),
        });
    }
}

/// <summary>y = x or slope x, and the bit; a thread four elements and the byte of their bits.</summary>
internal struct PreluForwardKernel : IThreadKernel
{
    public AxisMap Map;
    public int Count;
    public ArrayView<float> Slope, X, Y;
    public ArrayView<byte> Bits;

    public readonly void Run(int i)
    {
        int bits = 0;
        for (int k = 0; k < 4; k++)
        {
            int at = i * 4 + k;
            if (at >= Count) continue;
            var f = new LeakyRelu<float>(Slope[Map.SourceOf(at)]);
            float x = X[at];
            if (f.IsActive(x)) bits |= 1 << k;
            Y[at] = f.Forward(x);
        }

        Bits[i] = (byte)bits;
    }
}

/// <summary>R_n = rule(R_{n+1}, bit) at each element's slope.</summary>
internal struct PreluBackwardKernel<TRule> : IThreadKernel
    where TRule : struct, IReluRule
{
    public AxisMap Map;
    public int Kept;
    public ArrayView<float> Slope, Above, Below;
    public ArrayView<byte> Bits;

    public readonly void Run(int i)
    {
        int kept = i % Kept;
        bool active = ((Bits[kept / 4] >> (kept % 4)) & 1) != 0;
        Below[i] = TRule.Backward(Above[i], active, new LeakyRelu<float>(Slope[Map.SourceOf(i)]));
    }
}
