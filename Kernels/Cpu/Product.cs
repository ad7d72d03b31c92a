using System.Numerics.Tensors;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void Multiply(DeviceTensor a, DeviceTensor b, DeviceTensor product) =>
        ForRanges((int)product.Shape.Count, (start, length) =>
            TensorPrimitives.Multiply(Part(a, start, length), Part(b, start, length), Part(product, start, length)));
}
