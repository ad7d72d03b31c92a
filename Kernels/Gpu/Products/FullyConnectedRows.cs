using System.Runtime.CompilerServices;
using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <summary>result(n, j) = sum over k of x(n, k) w(j, k) for few images.</summary>
    private void MultiplyRows(int k, ArrayView<float> x, ArrayView<float> w, PlaneProduct result)
    {
        const int J = WeightRowsKernel.Rows, Images = WeightRowsKernel.Images;
        LaunchGroups(new Index3D((result.N + J - 1) / J, (result.M + Images - 1) / Images, 1), new WeightRowsKernel
        {
            K = k, IsAligned = k % 4 == 0 ? 1 : 0, X = x, W = w, Result = result,
        });
    }
}

/// <summary>
/// result(n, j) = sum over k of x(n, k) w(j, k): a group takes four rows of the weight and up to eight images. Its threads run
/// along the rows, 128 bits at a time, each weight multiplied with all the images; then the threads' sums are summed.
/// </summary>
internal struct WeightRowsKernel : IGroupKernel
{
    public const int Rows = 4, Images = 8;

    private const int Threads = 128, Sums = Rows * Images;

    // A sum's threads in shared memory: four more than there are, so that threads that add different sums meet different banks.
    private const int Pitch = Threads + 4;

    public int K, IsAligned;
    public ArrayView<float> X, W;
    public PlaneProduct Result;

    public static int GroupSize => Threads;

    public readonly void Run()
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Sums * Pitch), parts = SharedMemory.Allocate<float>(Threads);
        int t = Group.IdxX, firstRow = Grid.IdxX * Rows, firstImage = Grid.IdxY * Images;
        int last = Result.N - 1, images = Result.M - firstImage < Images ? Result.M - firstImage : Images;

        // Rows past the last one are read as the last one and not stored.
        int row0 = firstRow * K, row1 = (firstRow + 1 < last ? firstRow + 1 : last) * K;
        int row2 = (firstRow + 2 < last ? firstRow + 2 : last) * K, row3 = (firstRow + 3 < last ? firstRow + 3 : last) * K;
        int image = firstImage * K;
        GemvTransposed s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int k = t * 4; k < K; k += Threads * 4)
        {
            Float4 w0 = Four(W, row0, k), w1 = Four(W, row1, k), w2 = Four(W, row2, k), w3 = Four(W, row3, k);
            s0.Add(w0, w1, w2, w3, Four(X, image, k));
            if (images > 1) s1.Add(w0, w1, w2, w3, Four(X, image + K, k));
            if (images > 2) s2.Add(w0, w1, w2, w3, Four(X, image + 2 * K, k));
            if (images > 3) s3.Add(w0, w1, w2, w3, Four(X, image + 3 * K, k));
            if (images > 4) s4.Add(w0, w1, w2, w3, Four(X, image + 4 * K, k));
            if (images > 5) s5.Add(w0, w1, w2, w3, Four(X, image + 5 * K, k));
            if (images > 6) s6.Add(w0, w1, w2, w3, Four(X, image + 6 * K, k));
            if (images > 7) s7.Add(w0, w1, w2, w3, Four(X, image + 7 * K, k));
        }

        s0.Store(shared, t, Pitch);
        s1.Store(shared, t + 4 * Pitch, Pitch);
        s2.Store(shared, t + 8 * Pitch, Pitch);
        s3.Store(shared, t + 12 * Pitch, Pitch);
        s4.Store(shared, t + 16 * Pitch, Pitch);
        s5.Store(shared, t + 20 * Pitch, Pitch);
        s6.Store(shared, t + 24 * Pitch, Pitch);
        s7.Store(shared, t + 28 * Pitch, Pitch);
        Group.Barrier();

        // Four threads a sum, each every fourth of its terms.
        float part = 0f;
        for (int i = t % 4; i < Threads; i += 4) part += shared[t / 4 * Pitch + i];
        parts[t] = part;
        Group.Barrier();
        int n = firstImage + t / Rows, j = firstRow + t % Rows;
        if (t >= Sums || n >= Result.M || j >= Result.N) return;
        float sum = Result.Alpha * (parts[t * 4] + parts[t * 4 + 1] + (parts[t * 4 + 2] + parts[t * 4 + 3]));
        Result.Result[n * Result.N + j] = Result.BiasAlong == BiasAxis.Columns ? sum + Result.Bias[j] : sum;
    }

    private readonly Float4 Four(ArrayView<float> view, int row, int k)
    {
        if (IsAligned != 0) return view.Cast<Float4>()[(row + k) / 4];
        return new Float4(view[row + k], k + 1 < K ? view[row + k + 1] : 0f, k + 2 < K ? view[row + k + 2] : 0f,
            k + 3 < K ? view[row + k + 3] : 0f);
    }
}

/// <summary>One image's sums with four rows.</summary>
internal struct GemvTransposed
{
    private float _row0, _row1, _row2, _row3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Float4 w0, Float4 w1, Float4 w2, Float4 w3, Float4 x)
    {
        _row0 += w0.X * x.X + w0.Y * x.Y + (w0.Z * x.Z + w0.W * x.W);
        _row1 += w1.X * x.X + w1.Y * x.Y + (w1.Z * x.Z + w1.W * x.W);
        _row2 += w2.X * x.X + w2.Y * x.Y + (w2.Z * x.Z + w2.W * x.W);
        _row3 += w3.X * x.X + w3.Y * x.Y + (w3.Z * x.Z + w3.W * x.W);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int at, int pitch)
    {
        shared[at] = _row0;
        shared[at + pitch] = _row1;
        shared[at + 2 * pitch] = _row2;
        shared[at + 3 * pitch] = _row3;
    }
}
