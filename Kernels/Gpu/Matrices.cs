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
            result[at] = new Float4(
                Finish(before.X, values.X, row, n, isLast), Finish(before.Y, values.Y, row, n + 1, isLast),
                Finish(before.Z, values.Z, row, n + 2, isLast), Finish(before.W, values.W, row, n + 3, isLast));
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

    private readonly float Finish(float before, float value, int row, int n, int isLast)
    {
        float sum = before + value;
        if (isLast == 0) return sum;
        sum *= Alpha;
        return BiasAlong == BiasAxis.None ? sum : sum + Bias[BiasAlong == BiasAxis.Rows ? row : n];
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

/// <summary>result = alpha times the sum of a product's slices, in their order, + bias; a thread an element.</summary>
internal struct SliceSumKernel : IThreadKernel
{
    // Sums of so many slices are summed in their turn: long sums in float lose less that way.
    private const int Block = MultiplyPlan.MostParts;

    public ArrayView<float> Slices;
    public PlaneProduct Product;
    public int Count;

    public readonly void Run(int i)
    {
        float sum = 0f;
        for (int first = 0; first < Count; first += Block)
        {
            float ofBlock = 0f;
            int last = first + Block < Count ? first + Block : Count;
            for (int s = first; s < last; s++) ofBlock += Slices[s * Product.Slice + i];
            sum += ofBlock;
        }

        sum *= Product.Alpha;
        int row = Product.Plane.Quotient(i);
        if (Product.BiasAlong == BiasAxis.Rows) sum += Product.Bias[row % (Product.Z * Product.M)];
        else if (Product.BiasAlong == BiasAxis.Columns) sum += Product.Bias[i - row * Product.Plane.Value];
        Product.Result[i] = sum;
    }
}
