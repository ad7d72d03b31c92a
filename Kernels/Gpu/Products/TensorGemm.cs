using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <summary>
    /// Whether products of the given number of rows go to tensor cores. Rows alone decide, not the batch: an image's result is
    /// the same with others beside it.
    /// </summary>
    private bool UsesTensorCores(int rows) => Options.Form switch
    {
        ProductForm.TensorCores => true,
        ProductForm.Auto => rows > 32 && (Options.Precision == GpuPrecision.Tf32 || _gpu.HasFastTensorCores),
        _ => false,
    };

    private void MultiplyOnTensorCores<TA, TB>(Index3D groups, in MultiplyParts parts, in TA a, in TB b, in PlaneProduct c)
        where TA : struct, IOperand
        where TB : struct, IOperand
    {
        if (Options.Precision == GpuPrecision.Float32)
            LaunchGroups(groups, new TensorGemm<ThreeTf32, LowTile, TA, TB, CudaMma> { Parts = parts, A = a, B = b, C = c });
        else if (TensorRows(c.M) == LowTile.Rows)
            LaunchGroups(groups, new TensorGemm<OneTf32, LowTile, TA, TB, CudaMma> { Parts = parts, A = a, B = b, C = c });
        else
            LaunchGroups(groups, new TensorGemm<OneTf32, HighTile, TA, TB, CudaMma> { Parts = parts, A = a, B = b, C = c });
    }

    /// <summary>
    /// Rows of a group's tile. In TF32 high tiles pay, since it multiplies so fast that reading is what takes time; 3xTF32 needs
    /// registers enough that three groups of low tiles are more warps at once than one of high tiles.
    /// </summary>
    private int TensorRows(int rows) =>
        Options.Precision == GpuPrecision.Float32 || rows <= LowTile.Rows ? LowTile.Rows : HighTile.Rows;
}

/// <summary>The rows of a tile that a group makes with tensor cores.</summary>
internal interface ITensorTile
{
    /// <summary>A multiple of a warp's 64.</summary>
    static abstract int Rows { get; }
}

/// <summary>64 rows: four warps beside each other.</summary>
internal readonly struct LowTile : ITensorTile
{
    public static int Rows => 64;
}

/// <summary>128 rows: eight warps.</summary>
internal readonly struct HighTile : ITensorTile
{
    public static int Rows => 128;
}

/// <summary>
/// C(m, n) = sum over k of A(k, m) B(k, n) by tensor cores. A group takes a tile of 64 or 128 rows and 128 columns, each of its
/// warps 64 x 32 of it, as 4 x 4 fragments of 16 x 8, in steps of 8 k that go through two buffers in shared memory.
/// <para>
/// Which row of C is which row of a fragment is free to choose. Row r of a warp's fragment f is row 4 r + f of its tile (with
/// r - 8 for r and from row 32 on, where r is 8 or more), and column c of fragment f is column 4 c + f: then what a lane needs of
/// four fragments lies together, loads are of 128 bits, and so are the stores of C. Lines of shared memory are 8 floats more than
/// a multiple of the 32 banks: lanes that load together, four k by two times four floats, hit each bank once.
/// </para>
/// </summary>
internal struct TensorGemm<TPrecision, TTile, TA, TB, TMma> : IGroupKernel
    where TPrecision : struct, ITensorPrecision
    where TTile : struct, ITensorTile
    where TA : struct, IOperand
    where TB : struct, IOperand
    where TMma : struct, IMma
{
    /// <summary>Columns of a group's tile.</summary>
    public const int Columns = 128;

    private const int Step = 8, LineB = Columns / 4 + 2;

    public MultiplyParts Parts;
    public TA A;
    public TB B;
    public PlaneProduct C;
    public TMma Mma;

    public static int GroupSize => TTile.Rows / 64 * (Columns / 32) * 32;

    public static int GroupsPerMultiprocessor => TPrecision.Threads(TA.Gathers || TB.Gathers) / GroupSize;

    private static bool IsLow => TTile.Rows == 64;

    // In units of 128 bits: a line of A, eight of which come before those of B, and a buffer.
    private static int LineA => TTile.Rows / 4 + 2;

    private static int Stage => Step * (LineA + LineB);

    public readonly void Run()
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * Stage);
        int thread = Group.IdxX, z = Grid.IdxZ / Parts.Slices, slice = Grid.IdxZ % Parts.Slices;
        int tileM = Grid.IdxY * TTile.Rows, tileN = Grid.IdxX * Columns;

        // What this thread carries: four elements of A, four of B and, where the tile is low, four of B that are four k on.
        int kOfA = thread / (TTile.Rows / 4), quadA = thread & TTile.Rows / 4 - 1, toA = kOfA * LineA + quadA;
        int kOfB = thread / (Columns / 4), quadB = thread & Columns / 4 - 1, toB = Step * LineA + kOfB * LineB + quadB;
        int carriedM = tileM + 4 * quadA, carriedN = tileN + 4 * quadB;

        // What it computes.
        int warp = thread / 32, g = thread / 4 & 7, t = thread & 3, warpM = warp / 4 * 64, warpN = (warp & 3) * 32;
        int fromA = t * LineA + warpM / 4 + g, fromB = Step * LineA + t * LineB + warpN / 4 + g;

        int part = slice * Parts.PerSlice, end = part + Parts.PerSlice < Parts.Count ? part + Parts.PerSlice : Parts.Count;
        int k = part * Parts.Length, stage = 0, isFirst = 1;
        Float4 a = A.Load(z, k + kOfA, carriedM), b0 = B.Load(z, k + kOfB, carriedN), b1 = default;
        if (IsLow) b1 = B.Load(z, k + kOfB + Step / 2, carriedN);
        for (; part < end; part++)
        {
            var sums = default(WarpTile<TPrecision, TMma>);
            int last = k + Parts.Length < Parts.K ? k + Parts.Length : Parts.K;
            for (; k < last; k += Step)
            {
                shared[stage + toA] = TPrecision.Stored(Mma, a);
                shared[stage + toB] = TPrecision.Stored(Mma, b0);
                if (IsLow) shared[stage + toB + Step / 2 * LineB] = TPrecision.Stored(Mma, b1);

                Group.Barrier();
                a = A.Load(z, k + Step + kOfA, carriedM);
                b0 = B.Load(z, k + Step + kOfB, carriedN);
                if (IsLow) b1 = B.Load(z, k + Step + kOfB + Step / 2, carriedN);

                // Views of their own: what is added to their indices is constant, and part of the load.
                ArrayView<Float4> atA = shared.SubView(stage + fromA), atB = shared.SubView(stage + fromB);
                sums.MultiplyAdd(Mma, atA[0], atA[8], atA[4 * LineA], atA[4 * LineA + 8], atB[0], atB[4 * LineB]);

                // The other buffer is free: who read it has met this step's barrier since.
                stage = Stage - stage;
            }

            sums.Store(C, z, tileM + warpM + 4 * g, tileN + warpN + 8 * t, slice, isFirst, part + 1 == end ? 1 : 0);
            isFirst = 0;
        }
    }
}

/// <summary>A lane's part of a warp's 64 x 32 sums.</summary>
internal struct WarpTile<TPrecision, TMma>
    where TPrecision : struct, ITensorPrecision
    where TMma : struct, IMma
{
    private FragmentsD _x, _y, _z, _w;

    /// <summary>Adds eight k.</summary>
    /// <param name="mma">What multiplies.</param>
    /// <param name="a0">Row g of the four fragments of A, at k = t.</param>
    /// <param name="a1">Row g + 8.</param>
    /// <param name="a2">Row g, at k = t + 4.</param>
    /// <param name="a3">Row g + 8.</param>
    /// <param name="b0">Column g of the four fragments of B, at k = t.</param>
    /// <param name="b1">At k = t + 4.</param>
    public void MultiplyAdd(TMma mma, Float4 a0, Float4 a1, Float4 a2, Float4 a3, Float4 b0, Float4 b1)
    {
        var b = SplitB.Of<TPrecision>(b0, b1);
        TPrecision.MultiplyAdd(mma, SplitA.Of<TPrecision>(a0.X, a1.X, a2.X, a3.X), b, ref _x);
        TPrecision.MultiplyAdd(mma, SplitA.Of<TPrecision>(a0.Y, a1.Y, a2.Y, a3.Y), b, ref _y);
        TPrecision.MultiplyAdd(mma, SplitA.Of<TPrecision>(a0.Z, a1.Z, a2.Z, a3.Z), b, ref _z);
        TPrecision.MultiplyAdd(mma, SplitA.Of<TPrecision>(a0.W, a1.W, a2.W, a3.W), b, ref _w);
    }

    /// <summary>
    /// Hands the sums to the product, rows m .. m + 3 and m + 32 .. m + 35, columns n .. n + 7. In a loop: sixteen copies of
    /// what a product does would be most of the kernel.
    /// </summary>
    public readonly void Store(in PlaneProduct c, int z, int m, int n, int slice, int isFirst, int isLast)
    {
        for (int i = 0; i < 16; i++)
        {
            int row = i / 4, quarter = i % 4;
            FragmentsD d = row == 0 ? _x : row == 1 ? _y : row == 2 ? _z : _w;
            c.Store(z, m + row + quarter / 2 * 32, n + quarter % 2 * 4,
                new Float4(Of(d.X, quarter), Of(d.Y, quarter), Of(d.Z, quarter), Of(d.W, quarter)), slice, isFirst, isLast);
        }
    }

    private static float Of(in FragmentD d, int k) => k == 0 ? d.D0 : k == 1 ? d.D1 : k == 2 ? d.D2 : d.D3;
}
