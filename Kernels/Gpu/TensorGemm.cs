using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// C(m, n) = sum over k of A(k, m) B(k, n) by tensor cores. A group of eight warps takes a tile of 128 x 128, each warp 64 x 32 of
/// it, as 4 x 4 fragments of 16 x 8, in steps of 16 k that go through two buffers in shared memory.
/// <para>
/// Which row of C is which row of a fragment is free to choose. Row r of a warp's fragment f is row 4 r + f of its tile (from 32 on
/// for r from 8 on), and column c of fragment f is column 4 c + f: then what a lane needs of four fragments lies together, loads are of
/// 128 bits, and so are the stores of C. Lines of shared memory are 136 floats long, 8 more than a multiple of the 32 banks: lanes
/// that load together, four k by two times four floats, hit each bank once.
/// </para>
/// </summary>
internal struct TensorGemmKernel<TA, TB, TProduct, TPrecision, TMma> : IGroupKernel
    where TA : struct, IOperand
    where TB : struct, IOperand
    where TProduct : struct, IProduct
    where TPrecision : struct, ITensorPrecision
    where TMma : struct, IMma
{
    /// <summary>Rows and columns of a group's tile.</summary>
    public const int Tile = 128;

    private const int Step = 16, Line = Tile + 8, Quads = Line / 4, Buffer = Step * Quads;

    public TA A;
    public TB B;
    public TProduct C;
    public int K;
    public TMma Mma;

    public static int GroupSize => 256;

    public readonly void Run()
    {
        ArrayView<Float4> sharedA = SharedMemory.Allocate<Float4>(2 * Buffer), sharedB = SharedMemory.Allocate<Float4>(2 * Buffer);
        int thread = Group.IdxX, z = Grid.IdxZ, tileM = Grid.IdxY * Tile, tileN = Grid.IdxX * Tile;

        // What this thread carries: k, and k + 8, of four elements.
        int carriedK = thread / 32, carried = thread % 32, place = carriedK * Quads + carried;
        int carriedM = tileM + 4 * carried, carriedN = tileN + 4 * carried;

        // What it computes.
        int warp = thread / 32, g = thread % 32 / 4, t = thread % 4, warpM = warp / 4 * 64, warpN = warp % 4 * 32;
        int fromA = t * Quads + warpM / 4 + g, fromB = t * Quads + warpN / 4 + g;
        var sums = default(WarpTile<TPrecision, TMma>);

        Float4 a0 = A.Load(z, carriedK, carriedM), a1 = A.Load(z, carriedK + 8, carriedM);
        Float4 b0 = B.Load(z, carriedK, carriedN), b1 = B.Load(z, carriedK + 8, carriedN);
        int buffer = 0;
        for (int k = 0; k < K; k += Step)
        {
            sharedA[buffer + place] = a0;
            sharedA[buffer + place + 8 * Quads] = a1;
            sharedB[buffer + place] = b0;
            sharedB[buffer + place + 8 * Quads] = b1;
            Group.Barrier();
            if (k + Step < K)
            {
                a0 = A.Load(z, k + Step + carriedK, carriedM);
                a1 = A.Load(z, k + Step + carriedK + 8, carriedM);
                b0 = B.Load(z, k + Step + carriedK, carriedN);
                b1 = B.Load(z, k + Step + carriedK + 8, carriedN);
            }

            for (int at = buffer; at < buffer + Buffer; at += 8 * Quads)
            {
                sums.MultiplyAdd(Mma, sharedA[at + fromA], sharedA[at + fromA + 8], sharedA[at + fromA + 4 * Quads],
                    sharedA[at + fromA + 4 * Quads + 8], sharedB[at + fromB], sharedB[at + fromB + 4 * Quads]);
            }

            // The other buffer is free: who read it has met this step's barrier since.
            buffer = Buffer - buffer;
        }

        sums.Store(C, z, tileM + warpM + 4 * g, tileN + warpN + 8 * t);
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

    /// <summary>Writes the sums.</summary>
    public readonly void Store<TProduct>(TProduct c, int z, int m, int n)
        where TProduct : struct, IProduct
    {
        Store(_x, c, z, m, n);
        Store(_y, c, z, m + 1, n);
        Store(_z, c, z, m + 2, n);
        Store(_w, c, z, m + 3, n);
    }

    private static void Store<TProduct>(in FragmentsD d, TProduct c, int z, int m, int n)
        where TProduct : struct, IProduct
    {
        c.Store(z, m, n, new Float4(d.X.D0, d.Y.D0, d.Z.D0, d.W.D0));
        c.Store(z, m, n + 4, new Float4(d.X.D1, d.Y.D1, d.Z.D1, d.W.D1));
        c.Store(z, m + 32, n, new Float4(d.X.D2, d.Y.D2, d.Z.D2, d.W.D2));
        c.Store(z, m + 32, n + 4, new Float4(d.X.D3, d.Y.D3, d.Z.D3, d.W.D3));
    }
}
