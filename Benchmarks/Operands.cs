using NetViz.Engine;
using NetViz.Kernels;

namespace NetViz.Benchmarks;

/// <summary>Tensors of random numbers on a back-end.</summary>
internal static class Operands
{
    /// <summary>Random numbers of deviation 1.</summary>
    public static float[] Random(long count, ulong seed)
    {
        var values = new float[count];
        new CounterRandom(seed, 0).Fill(0, 1.0, values);
        return values;
    }

    /// <summary>A tensor of random numbers.</summary>
    public static DeviceTensor Tensor(IKernels kernels, Shape shape, ulong seed)
    {
        DeviceTensor tensor = Empty(kernels, shape);
        kernels.Upload(Random(shape.Count, seed), tensor);
        return tensor;
    }

    /// <summary>A tensor to be written.</summary>
    public static DeviceTensor Empty(IKernels kernels, Shape shape) =>
        kernels.View(kernels.Allocate(kernels.BytesOf(shape)), shape);
}
