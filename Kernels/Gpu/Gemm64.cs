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
        int loadK = t % Depth, loadM = firstM + t / Depth * 4, loadN = firstN + t / Depth * 4, store = loadK * Pitch + t / Depth;

        // A warp makes 4 x 8 of the blocks.
        int m = t / 64 * 4 + t % 32 / 8, n = t / 32 % 2 * 8 + t % 8;

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
                int atA = stage + m, atB = stage + n;
                Step(a, b, atA, atB, ref c0, ref c1);
                Step(a, b, atA + Pitch, atB + Pitch, ref c0, ref c1);
                Step(a, b, atA + 2 * Pitch, atB + 2 * Pitch, ref c0, ref c1);
                Step(a, b, atA + 3 * Pitch, atB + 3 * Pitch, ref c0, ref c1);
                Step(a, b, atA + 4 * Pitch, atB + 4 * Pitch, ref c0, ref c1);
                Step(a, b, atA + 5 * Pitch, atB + 5 * Pitch, ref c0, ref c1);
                Step(a, b, atA + 6 * Pitch, atB + 6 * Pitch, ref c0, ref c1);
                Step(a, b, atA + 7 * Pitch, atB + 7 * Pitch, ref c0, ref c1);
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
    private static void Step(ArrayView<Float4> a, ArrayView<Float4> b, int atA, int atB, ref RegisterBlock c0,
        ref RegisterBlock c1)
    {
        Float4 a0 = a[atA], a1 = a[atA + Tile / 8], b0 = b[atB];
        c0.Add(a0, b0);
        c1.Add(a1, b0);
    }
}
