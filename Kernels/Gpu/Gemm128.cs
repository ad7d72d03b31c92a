using System.Runtime.CompilerServices;
using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// C(m, n) = sum over k of A(k, m) B(k, n): a group makes 128 x 128 of it, each of its 256 threads 8 x 8 in registers, as four
/// blocks of 4 x 4 that lie 64 apart, so that neighbours read neighbouring 128 bits of shared memory. Eight k at a time lie in
/// shared memory, twice: while one is multiplied, the next is on its way from device memory. 64 multiply-adds to four loads.
/// </summary>
internal struct Gemm128<TA, TB> : IGroupKernel
    where TA : struct, IOperand
    where TB : struct, IOperand
{
    public const int Tile = 128, Depth = 8;

    // A row of k in shared memory, in units of 128 bits: one more than it holds, so that the threads that store the same
    // columns of eight rows meet eight different banks.
    private const int Pitch = Tile / 4 + 1, Stage = Depth * Pitch;

    public MultiplyParts Parts;
    public TA A;
    public TB B;
    public PlaneProduct C;

    public static int GroupSize => 256;

    public readonly void Run()
    {
        ArrayView<Float4> a = SharedMemory.Allocate<Float4>(2 * Stage), b = SharedMemory.Allocate<Float4>(2 * Stage);
        int t = Group.IdxX, z = Grid.IdxZ / Parts.Slices, slice = Grid.IdxZ % Parts.Slices;
        int firstM = Grid.IdxY * Tile, firstN = Grid.IdxX * Tile;

        // Eight threads side by side load eight k of the same four columns: 32 bytes together whichever way a factor lies.
        int loadK = t % Depth, loadM = firstM + t / Depth * 4, loadN = firstN + t / Depth * 4, store = loadK * Pitch + t / Depth;

        // A warp makes 4 x 8 of the blocks, so that each of its loads takes 128 bytes of shared memory at most.
        int m = t / 64 * 4 + t % 32 / 8, n = t / 32 % 2 * 8 + t % 8;

        int part = slice * Parts.PerSlice, end = part + Parts.PerSlice < Parts.Count ? part + Parts.PerSlice : Parts.Count;
        int k = part * Parts.Length, stage = 0, isFirst = 1;
        a[store] = A.Load(z, k + loadK, loadM);
        b[store] = B.Load(z, k + loadK, loadN);
        Group.Barrier();
        for (; part < end; part++)
        {
            RegisterBlock c00 = default, c01 = default, c10 = default, c11 = default;
            int last = k + Parts.Length < Parts.K ? k + Parts.Length : Parts.K;
            for (; k < last; k += Depth)
            {
                Float4 nextA = A.Load(z, k + Depth + loadK, loadM), nextB = B.Load(z, k + Depth + loadK, loadN);
                int atA = stage + m, atB = stage + n;
                Step(a, b, atA, atB, ref c00, ref c01, ref c10, ref c11);
                Step(a, b, atA + Pitch, atB + Pitch, ref c00, ref c01, ref c10, ref c11);
                Step(a, b, atA + 2 * Pitch, atB + 2 * Pitch, ref c00, ref c01, ref c10, ref c11);
                Step(a, b, atA + 3 * Pitch, atB + 3 * Pitch, ref c00, ref c01, ref c10, ref c11);
                Step(a, b, atA + 4 * Pitch, atB + 4 * Pitch, ref c00, ref c01, ref c10, ref c11);
                Step(a, b, atA + 5 * Pitch, atB + 5 * Pitch, ref c00, ref c01, ref c10, ref c11);
                Step(a, b, atA + 6 * Pitch, atB + 6 * Pitch, ref c00, ref c01, ref c10, ref c11);
                Step(a, b, atA + 7 * Pitch, atB + 7 * Pitch, ref c00, ref c01, ref c10, ref c11);
                stage = Stage - stage;
                a[stage + store] = nextA;
                b[stage + store] = nextB;
                Group.Barrier();
            }

            int row = firstM + m * 4, column = firstN + n * 4, isLast = part + 1 == end ? 1 : 0;
            c00.Store(C, z, row, column, slice, isFirst, isLast);
            c01.Store(C, z, row, column + Tile / 2, slice, isFirst, isLast);
            c10.Store(C, z, row + Tile / 2, column, slice, isFirst, isLast);
            c11.Store(C, z, row + Tile / 2, column + Tile / 2, slice, isFirst, isLast);
            isFirst = 0;
        }
    }

    /// <summary>One k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ArrayView<Float4> a, ArrayView<Float4> b, int atA, int atB, ref RegisterBlock c00,
        ref RegisterBlock c01, ref RegisterBlock c10, ref RegisterBlock c11)
    {
        Float4 a0 = a[atA], a1 = a[atA + Tile / 8], b0 = b[atB], b1 = b[atB + Tile / 8];
        c00.Add(a0, b0);
        c01.Add(a0, b1);
        c10.Add(a1, b0);
        c11.Add(a1, b1);
    }
}
