using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// Elementwise on the numbers in their stored layout. Lanes past the last channel are computed too, and mean nothing.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void Combine(Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c, DeviceTensor output)
    {
        var work = new CombineWork(this, LayoutOf(output).Stored, Pointer(a), Pointer(b), Pointer(c), (float)f.P, (float)f.Q,
            Pointer(output));
        f.Visit(ref work);
    }

    private readonly struct CombineWork(CpuKernels kernels, long count, float* a, float* b, float* c, float p, float q,
        float* output) : ICombinationWork
    {
        public void Run<TF>()
            where TF : unmanaged, ICombination
        {
            var range = new CombineRange<TF>(a, b, c, p, q, output);
            kernels.ForRanges(count, ref range);
        }
    }

    private readonly struct CombineRange<TF>(float* a, float* b, float* c, float p, float q, float* output) : IRange
        where TF : unmanaged, ICombination
    {
        public void Run(int start, int length)
        {
            Vector256<float> vp = Vector256.Create(p), vq = Vector256.Create(q);
            int i = start, end = start + length;
            for (; i + 8 <= end; i += 8)
                TF.Of(Vector256.Load(a + i), Vector256.Load(b + i), Vector256.Load(c + i), vp, vq).Store(output + i);
            for (; i < end; i++) output[i] = TF.Of(a[i], b[i], c[i], p, q);
        }
    }
}
