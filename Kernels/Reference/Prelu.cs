namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y = x for x > 0, else slope x.</remarks>
    public void PreluForward(DeviceTensor input, PreparedWeights slopes, DeviceTensor output, ActiveBits bits)
    {
        ReadOnlySpan<T> x = Span(input);
        Span<T> y = Span(output);
        bool[] active = Values(bits);
        for (int i = 0; i < y.Length; i++)
        {
            LeakyRelu<T> f = SlopeAt((AffineWeights)slopes, i, input.Shape);
            (active[i], y[i]) = (f.IsActive(x[i]), f.Forward(x[i]));
        }
    }

    /// <inheritdoc/>
    /// <remarks>The three rules of ReluRules.cs at each element's own slope.</remarks>
    public void PreluBackward(ReluRule rule, DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits,
        DeviceTensor inputSignal)
    {
        ReadOnlySpan<T> above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        bool[] active = Values(bits);
        for (int i = 0; i < below.Length; i++)
        {
            LeakyRelu<T> f = SlopeAt((AffineWeights)slopes, i, inputSignal.Shape);
            below[i] = rule switch
            {
                ReluRule.DeconvNet => DeconvNetRule.Backward(above[i], active[i], f),
                ReluRule.Guided => GuidedRule.Backward(above[i], active[i], f),
                _ => GradientRule.Backward(above[i], active[i], f),
            };
        }
    }

    private static LeakyRelu<T> SlopeAt(AffineWeights slopes, int i, Shape shape) =>
        new(T.CreateChecked(slopes.Scale.Span[BroadcastIndex(i, shape, slopes.ScaleShape)]));
}
