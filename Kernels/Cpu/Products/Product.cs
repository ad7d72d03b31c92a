using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor product)
    {
        var range = new ProductRange(a, b, product);
        ForRanges(LayoutOf(product).Stored, ref range);
    }

    private readonly struct ProductRange(DeviceTensor a, DeviceTensor b, DeviceTensor product) : IRange
    {
        public void Run(int start, int length) =>
            TensorPrimitives.Multiply(Part(a, start, length), Part(b, start, length), Part(product, start, length));
    }
}
