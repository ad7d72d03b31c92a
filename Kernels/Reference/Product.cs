namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor product)
    {
        ReadOnlySpan<T> left = Span(a), right = Span(b);
        Span<T> result = Span(product);
        for (int i = 0; i < result.Length; i++) result[i] = left[i] * right[i];
    }
}
