namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    /// <remarks>db(c) = sum over n, p of R(n, c, p).</remarks>
    public void BackwardToBias(DeviceTensor outputSignal, DeviceTensor biasSignal)
    {
        ReadOnlySpan<T> above = Span(outputSignal);
        Span<T> result = Span(biasSignal);
        int channels = result.Length, images = outputSignal.Shape[0], places = above.Length / Math.Max(1, images * channels);
        for (int c = 0; c < channels; c++)
        {
            double sum = 0;
            for (int n = 0; n < images; n++)
            for (int p = 0; p < places; p++)
                sum += Wide(above[(n * channels + c) * places + p]);
            result[c] = Rounded(sum);
        }
    }
}
