namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>y = a + sign b.</remarks>
    public void SumForward(DeviceTensor a, DeviceTensor b, float sign, DeviceTensor output)
    {
        ReadOnlySpan<T> first = Span(a), second = Span(b);
        Span<T> y = Span(output);
        for (int i = 0; i < y.Length; i++) y[i] = first[i] + T.CreateChecked(sign) * second[i];
    }

    /// <inheritdoc/>
    /// <remarks>r = sign R.</remarks>
    public void SumBackward(DeviceTensor outputSignal, float sign, DeviceTensor inputSignal)
    {
        ReadOnlySpan<T> above = Span(outputSignal);
        Span<T> below = Span(inputSignal);
        for (int i = 0; i < below.Length; i++) below[i] = T.CreateChecked(sign) * above[i];
    }
}
