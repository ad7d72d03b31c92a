using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <summary>result(n, j) = sum over k of x(n, k) w(k, j) for few images: slices of k side by side, then their sum.</summary>
    private void MultiplyColumns(int k, ArrayView<float> x, ArrayView<float> w, PlaneProduct result)
    {
        const int J = WeightColumnsKernel.Columns, Images = WeightColumnsKernel.Images;
        (int length, int slices) = ColumnSlices(k);
        int elements = checked(result.M * result.N);
        PlaneProduct partial = result;
        partial.Result = WorkingMemory((long)slices * elements);
        partial.Slice = elements;
        LaunchGroups(new Index3D((result.N + J - 1) / J, (result.M + Images - 1) / Images, slices), new WeightColumnsKernel
        {
            K = k, Length = length, IsAligned = result.N % 4 == 0 ? 1 : 0, X = x, W = w, Partial = partial,
        });
        SumSlices(partial.Result, slices, result);
    }

    /// <summary>
    /// Terms of a slice, and slices. The number of terms alone decides, so that an image's result does not depend on the batch.
    /// </summary>
    private static (int Length, int Slices) ColumnSlices(int k)
    {
        int length = Math.Clamp((k + 31) / 32 + 3 & ~3, 16, WeightColumnsKernel.MostTerms);
        return (length, (k + length - 1) / length);
    }
}

/// <summary>
/// partial(slice, n, j) = sum over the slice's k of x(n, k) w(k, j): a thread takes four columns of the weight, 128 bits of each
/// row, and up to eight images, whose numbers its group has in shared memory.
/// </summary>
internal struct WeightColumnsKernel : IGroupKernel
{
    public const int Columns = 4 * Threads, Images = 8, MostTerms = 256;

    private const int Threads = 128;

    public int K, Length, IsAligned;
    public ArrayView<float> X, W;
    public PlaneProduct Partial;

    public static int GroupSize => Threads;

    public readonly void Run()
    {
        // [k][image], so that four images are one load; 0 if there is none.
        ArrayView<float> x = SharedMemory.Allocate<float>(MostTerms * Images);
        int t = Group.IdxX, firstImage = Grid.IdxY * Images, firstK = Grid.IdxZ * Length;
        for (int i = t; i < Length * Images; i += Threads)
        {
            int k = firstK + i / Images, n = firstImage + i % Images;
            x[i] = k < K && n < Partial.M ? X[n * K + k] : 0f;
        }

        Group.Barrier();
        int j = (Grid.IdxX * Threads + t) * 4;
        if (j >= Partial.N) return;
        ArrayView<Float4> images = x.Cast<Float4>();
        RegisterBlock low = default, high = default;
        for (int k = 0; k < Length; k += 4)
        {
            // Four rows on their way at once.
            Float4 w0 = Four(firstK + k, j), w1 = Four(firstK + k + 1, j);
            Float4 w2 = Four(firstK + k + 2, j), w3 = Four(firstK + k + 3, j);
            low.Add(images[2 * k], w0);
            low.Add(images[2 * k + 2], w1);
            low.Add(images[2 * k + 4], w2);
            low.Add(images[2 * k + 6], w3);
            if (Partial.M - firstImage <= 4) continue;
            high.Add(images[2 * k + 1], w0);
            high.Add(images[2 * k + 3], w1);
            high.Add(images[2 * k + 5], w2);
            high.Add(images[2 * k + 7], w3);
        }

        low.Store(Partial, 0, firstImage, j, Grid.IdxZ, 1, 0);
        high.Store(Partial, 0, firstImage + 4, j, Grid.IdxZ, 1, 0);
    }

    private readonly Float4 Four(int k, int j)
    {
        if (k >= K) return default;
        int at = k * Partial.N + j;
        if (IsAligned != 0) return W.Cast<Float4>()[at / 4];
        return new Float4(W[at], j + 1 < Partial.N ? W[at + 1] : 0f, j + 2 < Partial.N ? W[at + 2] : 0f,
            j + 3 < Partial.N ? W[at + 3] : 0f);
    }
}
