namespace NetViz.Kernels.Reference;

public sealed partial class ReferenceKernels<T>
{
    /// <inheritdoc/>
    public void Combine(Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c, DeviceTensor output)
    {
        var work = new CombineWork(a, b, c, T.CreateChecked(f.P), T.CreateChecked(f.Q), output);
        f.Visit(ref work);
    }

    private readonly struct CombineWork(DeviceTensor a, DeviceTensor b, DeviceTensor c, T p, T q, DeviceTensor output)
        : ICombinationWork
    {
        public void Run<TF>()
            where TF : unmanaged, ICombination
        {
            Span<T> x = Span(a), y = Span(b), z = Span(c), result = Span(output);
            for (int i = 0; i < result.Length; i++) result[i] = TF.Of(x[i], y[i], z[i], p, q);
        }
    }
}
