using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// Where all products here go: C(m, n) of batch z to result[(image Z + z) M + m, p], n = image Plane + p; with one image that is
/// a matrix of rows m. alpha C + bias. A long sum arrives in parts, which are added in their order, or each in a slice of its
/// own.
/// </summary>
internal struct PlaneProduct : IProduct
{
    public ArrayView<float> Result, Bias;

    /// <summary>Batches, rows of a batch, columns.</summary>
    public int Z, M, N;

    /// <summary>Columns of an image.</summary>
    public Divisor Plane;

    /// <summary>Elements of a slice; 0 where there is one.</summary>
    public int Slice;

    public float Alpha;
    public BiasAxis BiasAlong;

    /// <summary>What is done with the whole sum; only where an image's columns are a multiple of four.</summary>
    public ProductTail Tail;

    public readonly void Store(int z, int m, int n, Float4 values) => Store(z, m, n, values, 0, 1, 1);

    /// <summary>Takes a part of the sum into a slice.</summary>
    public readonly void Store(int z, int m, int n, Float4 values, int slice, int isFirst, int isLast)
    {
        if (m >= M || n >= N) return;
        int row = z * M + m;
        if (Plane.Value % 4 == 0)
        {
            int image = Plane.Quotient(n);
            int at = (slice * Slice + (image * Z * M + row) * Plane.Value + n - image * Plane.Value) / 4;
            ArrayView<Float4> result = Result.Cast<Float4>();
            Float4 before = isFirst != 0 ? default : result[at];
            var sums = new Float4(
                Finish(before.X, values.X, row, n, isLast), Finish(before.Y, values.Y, row, n + 1, isLast),
                Finish(before.Z, values.Z, row, n + 2, isLast), Finish(before.W, values.W, row, n + 3, isLast));
            if (isLast != 0 && Tail.Exists != 0) sums = Tail.Apply(at, sums);
            result[at] = sums;
            return;
        }

        int last = N - n < 4 ? N - n : 4;
        for (int i = 0; i < last; i++)
        {
            int image = Plane.Quotient(n + i);
            int at = slice * Slice + (image * Z * M + row) * Plane.Value + n + i - image * Plane.Value;
            float value = i < 2 ? i == 0 ? values.X : values.Y : i == 2 ? values.Z : values.W;
            Result[at] = Finish(isFirst != 0 ? 0f : Result[at], value, row, n + i, isLast);
        }
    }

    /// <summary>alpha sum + bias: an element of row z M + m and column n of an image, or of the only one.</summary>
    public readonly float Finish(float sum, int row, int n)
    {
        sum *= Alpha;
        return BiasAlong == BiasAxis.None ? sum : sum + Bias[BiasAlong == BiasAxis.Rows ? row : n];
    }

    private readonly float Finish(float before, float value, int row, int n, int isLast)
    {
        float sum = before + value;
        return isLast == 0 ? sum : Finish(sum, row, n);
    }
}

/// <summary>What a bias belongs to.</summary>
internal enum BiasAxis
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>z M + m: a convolution's channels.</summary>
    Rows,

    /// <summary>n: a fully connected layer's outputs.</summary>
    Columns,
}
