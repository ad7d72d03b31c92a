using System.Runtime.CompilerServices;
using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// As <see cref="Gemm128{TA, TB}"/> for products of few rows or columns: a group makes 64 x 64, each of its 128 threads 8 x 4, as
/// two blocks of 4 x 4 that lie 32 rows apart. 32 multiply-adds to three loads.
/// </summary>
internal struct Gemm64<TA, TB> : IGroupKernel
    where TA : struct, IOperand
    where TB : struct, IOperand
{
    public const int Tile = 64, Depth = 8;

    private const int Pitch = Tile / 4 + 1, Stage = Depth * Pitch;

    public MultiplyParts Parts;
    public TA A;
    public TB B;
    public PlaneProduct C;

    public static int GroupSize => 128;

    public readonly void Run()
    {
        ArrayView<Float4> a = SharedMemory.Allocate<Float4>(2 * Stage), b = SharedMemory.Allocate<Float4>(2 * Stage);
        int t = Group.IdxX, z = Grid.IdxZ / Parts.Slices, slice = Grid.IdxZ % Parts.Slices;
        int firstM = Grid.IdxY * Tile, firstN = Grid.IdxX * Tile;
        int loadK = t & Depth - 1, four = t / Depth, loadM = firstM + four * 4, loadN = firstN + four * 4;
        int store = loadK * Pitch + four;

        // Of the 2 x 2 warps each makes 4 x 8 of the blocks.
        int m = t / 64 * 4 + Lane.Row(t), n = (t / 32 & 1) * 8 + Lane.Column(t);

        int part = slice * Parts.PerSlice, end = part + Parts.PerSlice < Parts.Count ? part + Parts.PerSlice : Parts.Count;
        int k = part * Parts.Length, stage = 0, isFirst = 1;
        a[store] = A.Load(z, k + loadK, loadM);
        b[store] = B.Load(z, k + loadK, loadN);
        Group.Barrier();
        for (; part < end; part++)
        {
            RegisterBlock c0 = default, c1 = default;
            int last = k + Parts.Length < Parts.K ? k + Parts.Length : Parts.K;
            for (; k < last; k += Depth)
            {
                Float4 nextA = A.Load(z, k + Depth + loadK, loadM), nextB = B.Load(z, k + Depth + loadK, loadN);
                ArrayView<Float4> atA = a.SubView(stage + m), atB = b.SubView(stage + n);
                Step(atA, atB, 0, ref c0, ref c1);
                Step(atA, atB, Pitch, ref c0, ref c1);
                Step(atA, atB, 2 * Pitch, ref c0, ref c1);
                Step(atA, atB, 3 * Pitch, ref c0, ref c1);
                Step(atA, atB, 4 * Pitch, ref c0, ref c1);
                Step(atA, atB, 5 * Pitch, ref c0, ref c1);
                Step(atA, atB, 6 * Pitch, ref c0, ref c1);
                Step(atA, atB, 7 * Pitch, ref c0, ref c1);
                stage = Stage - stage;
                a[stage + store] = nextA;
                b[stage + store] = nextB;
                Group.Barrier();
            }

            int row = firstM + m * 4, column = firstN + n * 4, isLast = part + 1 == end ? 1 : 0;
            c0.Store(C, z, row, column, slice, isFirst, isLast);
            c1.Store(C, z, row + Tile / 2, column, slice, isFirst, isLast);
            isFirst = 0;
        }
    }

    /// <summary>One k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ArrayView<Float4> a, ArrayView<Float4> b, int at, ref RegisterBlock c0, ref RegisterBlock c1)
    {
        Float4 a0 = a[at], a1 = a[at + Tile / 8], b0 = b[at];
        c0.Add(a0, b0);
        c1.Add(a1, b0);
    }
}
