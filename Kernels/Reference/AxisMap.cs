namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public PreparedWeights PrepareAxisMap(AxisSampling sampling) => new SampledWeights(sampling);

    /// <inheritdoc/>
    /// <remarks>y(a, i, b) = sum over the taps k of i of w(k) x(a, source(k), b).</remarks>
    public void AxisMapForward(int axis, DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        Map(axis, ((SampledWeights)weights).Sampling.For(input.Shape[axis]), input, output);

    /// <inheritdoc/>
    /// <remarks>The same with the transposed map.</remarks>
    public void AxisMapBackward(int axis, DeviceTensor outputSignal, PreparedWeights weights, DeviceTensor inputSignal) =>
        Map(axis, ((SampledWeights)weights).Sampling.For(inputSignal.Shape[axis]).Transposed, outputSignal, inputSignal);

    private static void Map(int axis, AxisTaps taps, DeviceTensor source, DeviceTensor destination)
    {
        ReadOnlySpan<T> x = Span(source);
        Span<T> y = Span(destination);
        Shape shape = destination.Shape;
        (int outer, int inner) = ((int)shape.Product(0, axis), (int)shape.Product(axis + 1, shape.Rank));
        for (int a = 0; a < outer; a++)
        for (int i = 0; i < taps.Length; i++)
        for (int b = 0; b < inner; b++)
        {
            double sum = 0;
            for (int k = taps.Starts[i]; k < taps.Starts[i + 1]; k++)
                sum += taps.Weights[k] * Wide(x[(a * taps.SourceLength + taps.Sources[k]) * inner + b]);
            y[(a * taps.Length + i) * inner + b] = Rounded(sum);
        }
    }
}
