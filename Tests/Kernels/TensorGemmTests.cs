using ILGPU;
using ILGPU.Runtime;
using NetViz.Kernels.Gpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// The kernel for tensor cores with these emulated: its tiles, fragments and sums are what runs on a card, only the instruction
/// is not.
/// </summary>
public class TensorGemmTests
{
    private static readonly (int M, int N, int K, int Z)[] Shapes = [(70, 200, 37, 2), (130, 20, 300, 1)];

    [Test]
    public void Three_products_of_TF32_are_as_exact_as_float32() => RequireProducts<ThreeTf32, LowTile>(3e-7);

    [Test]
    public void One_product_of_TF32_keeps_ten_bits()
    {
        RequireProducts<OneTf32, LowTile>(4e-4);
        RequireProducts<OneTf32, HighTile>(4e-4);
    }

    /// <summary>Each shape whole, and cut into parts in slices of two.</summary>
    private static void RequireProducts<TPrecision, TTile>(double bound)
        where TPrecision : struct, ITensorPrecision
        where TTile : struct, ITensorTile
    {
        using GpuKernels kernels = GpuBackEnd.Create(GpuPlatform.OpenCL);
        foreach ((int m, int n, int k, int z) in Shapes)
        {
            double[] a = Numbers.Normal((long)z * k * m, $"{m} {n} {k} a"), b = Numbers.Normal((long)z * k * n, $"{m} {n} {k} b");
            double[] right = Define(a, b, m, n, k, z);
            int count = (k + 31) / 32;
            foreach (int perSlice in new[] { count, 2 })
            {
                var parts = new MultiplyParts
                {
                    K = k, Length = 32, Count = count, PerSlice = perSlice, Slices = (count + perSlice - 1) / perSlice,
                };
                double error = Numbers.RelativeError(Run<TPrecision, TTile>(kernels, a, b, m, n, z, parts), right);
                TestContext.Out.WriteLine($"{m} x {n}, {k} terms, {parts.Slices} slices: {error:e1}");
                Assert.That(error, Is.LessThan(bound), $"{m} x {n}, {k} terms");
            }
        }
    }

    private static double[] Define(double[] a, double[] b, int m, int n, int k, int z)
    {
        var c = new double[(long)z * m * n];
        for (int batch = 0; batch < z; batch++)
        for (int term = 0; term < k; term++)
        for (int row = 0; row < m; row++)
        for (int column = 0; column < n; column++)
        {
            c[(batch * m + row) * n + column] +=
                (double)(float)a[(batch * k + term) * m + row] * (float)b[(batch * k + term) * n + column];
        }

        return c;
    }

    private static double[] Run<TPrecision, TTile>(GpuKernels kernels, double[] a, double[] b, int m, int n, int z,
        MultiplyParts parts)
        where TPrecision : struct, ITensorPrecision
        where TTile : struct, ITensorTile
    {
        const int Columns = TensorGemm<TPrecision, TTile, StridedOperand, StridedOperand, EmulatedMma>.Columns;
        Accelerator device = kernels.Accelerator.Accelerator;
        var groups = new Index3D((n + Columns - 1) / Columns, (m + TTile.Rows - 1) / TTile.Rows, z * parts.Slices);
        int elements = z * m * n;
        int threads = TensorGemm<TPrecision, TTile, StridedOperand, StridedOperand, EmulatedMma>.GroupSize;
        using MemoryBuffer1D<float, Stride1D.Dense> first = device.Allocate1D(Numbers.Single(a)),
            second = device.Allocate1D(Numbers.Single(b)), result = device.Allocate1D<float>(parts.Slices * elements);
        using MemoryBuffer1D<uint, Stride1D.Dense> memory =
            device.Allocate1D<uint>(groups.Size * threads / 32 * EmulatedMma.Numbers);
        using AcceleratorStream stream = device.CreateStream();
        kernels.Accelerator.Groups<TensorGemm<TPrecision, TTile, StridedOperand, StridedOperand, EmulatedMma>>()(
            stream, new KernelConfig(groups, new Index3D(threads, 1, 1)),
            new TensorGemm<TPrecision, TTile, StridedOperand, StridedOperand, EmulatedMma>
            {
                Parts = parts, A = StridedOperand.Of(first.View.AsContiguous(), parts.K, m, m, 1, parts.K * m),
                B = StridedOperand.Of(second.View.AsContiguous(), parts.K, n, n, 1, parts.K * n),
                C = new PlaneProduct
                {
                    Result = result.View.AsContiguous(), Bias = result.View.AsContiguous(), Z = z, M = m, N = n, Plane = new(n),
                    Alpha = 1f, Slice = parts.Slices > 1 ? elements : 0,
                },
                Mma = new EmulatedMma { Memory = memory.View.AsContiguous() },
            });
        stream.Synchronize();
        float[] slices = result.GetAsArray1D();
        var sum = new double[elements];
        for (int i = 0; i < slices.Length; i++) sum[i % elements] += slices[i];
        return sum;
    }
}
