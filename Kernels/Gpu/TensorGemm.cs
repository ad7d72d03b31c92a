using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <summary>
    /// Whether products of so many rows go to tensor cores. Rows alone decide, not the batch: an image's result is the same with
    /// others beside it.
    /// </summary>
    private bool UsesTensorCores(int rows) => Options.Form switch
    {
        ProductForm.TensorCores => true,
        ProductForm.Auto when Options.Precision == GpuPrecision.Tf32 => rows > 32,
        ProductForm.Auto => _gpu.HasFastTensorCores && rows > 64,
        _ => false,
    };

    private void MultiplyOnTensorCores<TA, TB>(Index3D groups, in MultiplyParts parts, in TA a, in TB b, in PlaneProduct c)
        where TA : struct, IOperand
        where TB : struct, IOperand
    {
        if (Options.Precision == GpuPrecision.Tf32)
            LaunchGroups(groups, new TensorGemmKernel<TA, TB, OneTf32, CudaMma> { Parts = parts, A = a, B = b, C = c });
        else
            LaunchGroups(groups, new TensorGemmKernel<TA, TB, ThreeTf32, CudaMma> { Parts = parts, A = a, B = b, C = c });
    }
}

/// <summary>
/// C(m, n) = sum over k of A(k, m) B(k, n) by tensor cores. A group of eight warps takes a tile of 128 x 128, each warp 64 x 32
/// of it, as 4 x 4 fragments of 16 x 8, in steps of 16 k that go through two buffers in shared memory.
/// <para>
/// Which row of C is which row of a fragment is free to choose. Row r of a warp's fragment f is row 4 r + f of its tile (with
/// r - 8 for r and from row 32 on, where r is 8 or more), and column c of fragment f is column 4 c + f: then what a lane needs of
/// four fragments lies together, loads are of 128 bits, and so are the stores of C. Lines of shared memory are 136 floats long, 8
/// more than a multiple of the 32 banks: lanes that load together, four k by two times four floats, hit each bank once.
/// </para>
/// </summary>
internal struct TensorGemmKernel<TA, TB, TPrecision, TMma> : IGroupKernel
    where TA : struct, IOperand
    where TB : struct, IOperand
    where TPrecision : struct, ITensorPrecision
    where TMma : struct, IMma
{
    /// <summary>Rows and columns of a group's tile.</summary>
    public const int Tile = 128;

    private const int Step = 16, Line = Tile + 8, Quads = Line / 4, Stage = Step * Quads;

    public MultiplyParts Parts;
    public TA A;
    public TB B;
    public PlaneProduct C;
    public TMma Mma;

    public static int GroupSize => 256;

    public readonly void Run()
    {
        ArrayView<Float4> sharedA = SharedMemory.Allocate<Float4>(2 * Stage), sharedB = SharedMemory.Allocate<Float4>(2 * Stage);
        int thread = Group.IdxX, z = Grid.IdxZ / Parts.Slices, slice = Grid.IdxZ % Parts.Slices;
        int tileM = Grid.IdxY * Tile, tileN = Grid.IdxX * Tile;

        // What this thread carries: k, and k + 8, of four elements of each factor.
        int carriedK = thread / 32, carried = thread % 32, place = carriedK * Quads + carried;
        int carriedM = tileM + 4 * carried, carriedN = tileN + 4 * carried;

        // What it computes.
        int warp = thread / 32, g = thread % 32 / 4, t = thread % 4, warpM = warp / 4 * 64, warpN = warp % 4 * 32;
        int fromA = t * Quads + warpM / 4 + g, fromB = t * Quads + warpN / 4 + g;

        int part = slice * Parts.PerSlice, end = part + Parts.PerSlice < Parts.Count ? part + Parts.PerSlice : Parts.Count;
        int k = part * Parts.Length, stage = 0, isFirst = 1;
        Float4 a0 = A.Load(z, k + carriedK, carriedM), a1 = A.Load(z, k + carriedK + 8, carriedM);
        Float4 b0 = B.Load(z, k + carriedK, carriedN), b1 = B.Load(z, k + carriedK + 8, carriedN);
        for (; part < end; part++)
        {
            var sums = default(WarpTile<TPrecision, TMma>);
            int last = k + Parts.Length < Parts.K ? k + Parts.Length : Parts.K;
            for (; k < last; k += Step)
            {
                sharedA[stage + place] = a0;
                sharedA[stage + place + 8 * Quads] = a1;
                sharedB[stage + place] = b0;
                sharedB[stage + place + 8 * Quads] = b1;
                Group.Barrier();
                a0 = A.Load(z, k + Step + carriedK, carriedM);
                a1 = A.Load(z, k + Step + carriedK + 8, carriedM);
                b0 = B.Load(z, k + Step + carriedK, carriedN);
                b1 = B.Load(z, k + Step + carriedK + 8, carriedN);
                for (int at = stage; at < stage + Stage; at += 8 * Quads)
                {
                    sums.MultiplyAdd(Mma, sharedA[at + fromA], sharedA[at + fromA + 8], sharedA[at + fromA + 4 * Quads],
                        sharedA[at + fromA + 4 * Quads + 8], sharedB[at + fromB], sharedB[at + fromB + 4 * Quads]);
                }

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
        var b = new SplitB<TMma>(mma, b0, b1);
        TPrecision.MultiplyAdd(mma, new SplitA<TMma>(mma, a0.X, a1.X, a2.X, a3.X), b, ref _x);
        TPrecision.MultiplyAdd(mma, new SplitA<TMma>(mma, a0.Y, a1.Y, a2.Y, a3.Y), b, ref _y);
        TPrecision.MultiplyAdd(mma, new SplitA<TMma>(mma, a0.Z, a1.Z, a2.Z, a3.Z), b, ref _z);
        TPrecision.MultiplyAdd(mma, new SplitA<TMma>(mma, a0.W, a1.W, a2.W, a3.W), b, ref _w);
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
