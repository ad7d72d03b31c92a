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

    public static int GroupsPerMultiprocessor => 2;

    public readonly void Run()
    {
        ArrayView<Float4> a = SharedMemory.Allocate<Float4>(2 * Stage), b = SharedMemory.Allocate<Float4>(2 * Stage);
        int t = Group.IdxX, z = Grid.IdxZ / Parts.Slices, slice = Grid.IdxZ % Parts.Slices;
        int firstM = Grid.IdxY * Tile, firstN = Grid.IdxX * Tile;

        // Eight threads side by side load eight k of the same four columns: 32 bytes together whichever way a factor lies.
        int loadK = t & Depth - 1, four = t / Depth, loadM = firstM + four * 4, loadN = firstN + four * 4;
        int store = loadK * Pitch + four;

        // Of the 4 x 2 warps each makes 4 x 8 of the blocks.
        int m = t / 64 * 4 + Lane.Row(t), n = (t / 32 & 1) * 8 + Lane.Column(t);

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

                for (int at = stage; at < stage + Stage; at += 4 * Pitch)
                {
                    // Views of their own: what is added to their indices is constant, and part of the load.
                    ArrayView<Float4> atA = a.SubView(at + m), atB = b.SubView(at + n);
                    Step(atA, atB, 0, ref c00, ref c01, ref c10, ref c11);
                    Step(atA, atB, Pitch, ref c00, ref c01, ref c10, ref c11);
                    Step(atA, atB, 2 * Pitch, ref c00, ref c01, ref c10, ref c11);
                    Step(atA, atB, 3 * Pitch, ref c00, ref c01, ref c10, ref c11);
                }

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
    private static void Step(ArrayView<Float4> a, ArrayView<Float4> b, int at, ref RegisterBlock c00, ref RegisterBlock c01,
        ref RegisterBlock c10, ref RegisterBlock c11)
    {
        Float4 a0 = a[at], a1 = a[at + Tile / 8], b0 = b[at], b1 = b[at + Tile / 8];
        c00.Add(a0, b0);
        c01.Add(a0, b1);
        c10.Add(a1, b0);
        c11.Add(a1, b1);
    }
}
