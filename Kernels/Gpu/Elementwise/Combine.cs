using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void Combine(Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c, DeviceTensor output)
    {
        var work = new CombineWork(this, f, a, b, c, output);
        f.Visit(ref work);
    }

    private readonly struct CombineWork(GpuKernels kernels, Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c,
        DeviceTensor output) : ICombinationWork
    {
        public void Run<TF>()
            where TF : unmanaged, ICombination =>
            kernels.Launch(output.Shape.Count, new CombineKernel<TF>
            {
                A = Floats(a), B = Floats(b), C = Floats(c), P = (float)f.P, Q = (float)f.Q, Y = Floats(output),
            });
    }
}

/// <summary>y = f(a, b, c).</summary>
internal struct CombineKernel<TF> : IThreadKernel
    where TF : unmanaged, ICombination
{
    public ArrayView<float> A, B, C, Y;
    public float P, Q;

    public readonly void Run(int i) => Y[i] = TF.Of(A[i], B[i], C[i], P, Q);
}
