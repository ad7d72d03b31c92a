using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// C(m, n) = sum over k of A(k, m) B(k, n), a thread an output: a group of 256 makes 16 x 16, from tiles of 16 k in shared
/// memory. What the register blocks of <see cref="Gemm128{TA, TB}"/> are measured against: two loads to one multiply-add.
/// </summary>
internal struct GemmTiled<TA, TB> : IGroupKernel
    where TA : struct, IOperand
    where TB : struct, IOperand
{
    public const int Tile = 16;

    public MultiplyParts Parts;
    public TA A;
    public TB B;
    public PlaneProduct C;

    public static int GroupSize => Tile * Tile;

    public readonly void Run()
    {
        ArrayView<float> a = SharedMemory.Allocate<float>(Tile * Tile), b = SharedMemory.Allocate<float>(Tile * Tile);
        int t = Group.IdxX, z = Grid.IdxZ / Parts.Slices, slice = Grid.IdxZ % Parts.Slices;
        int firstM = Grid.IdxY * Tile, firstN = Grid.IdxX * Tile, m = t / Tile, n = t % Tile;
        int part = slice * Parts.PerSlice, end = part + Parts.PerSlice < Parts.Count ? part + Parts.PerSlice : Parts.Count;
        int k = part * Parts.Length, isFirst = 1;

        // Four threads a row of k: the first 64 load A, the next 64 load B.
        int loadK = t / 4 % Tile, loadI = t % 4 * 4;
        for (; part < end; part++)
        {
            float sum = 0f;
            int last = k + Parts.Length < Parts.K ? k + Parts.Length : Parts.K;
            for (; k < last; k += Tile)
            {
                if (t < 64) a.Cast<Float4>()[t] = A.Load(z, k + loadK, firstM + loadI);
                else if (t < 128) b.Cast<Float4>()[t - 64] = B.Load(z, k + loadK, firstN + loadI);
                Group.Barrier();
                for (int i = 0; i < Tile; i++) sum += a[i * Tile + m] * b[i * Tile + n];
                Group.Barrier();
            }

            // A product takes four at a time.
            a[t] = sum;
            Group.Barrier();
            if (t < 64)
            {
                int row = firstM + t / 4, column = firstN + t % 4 * 4;
                C.Store(z, row, column, a.Cast<Float4>()[t], slice, isFirst, part + 1 == end ? 1 : 0);
            }

            Group.Barrier();
            isFirst = 0;
        }
    }
}
