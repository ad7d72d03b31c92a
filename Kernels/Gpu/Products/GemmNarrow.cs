using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// As <see cref="Gemm128{TA, TB}"/> for at most eight rows, as the backward pass to an image's three channels has them: a
/// thread makes them all for four columns. No two threads need the same element of B, so it goes from device memory to
/// registers; those of A are the same for all threads of a group.
/// </summary>
internal struct GemmNarrow<TA, TB> : IGroupKernel
    where TA : struct, IOperand
    where TB : struct, IOperand
{
    public const int Rows = 8, Columns = 4 * Threads;

    private const int Threads = 128;

    public MultiplyParts Parts;
    public TA A;
    public TB B;
    public PlaneProduct C;

    public static int GroupSize => Threads;

    public readonly void Run()
    {
        int z = Grid.IdxZ / Parts.Slices, slice = Grid.IdxZ % Parts.Slices, n = (Grid.IdxX * Threads + Group.IdxX) * 4;
        int part = slice * Parts.PerSlice, end = part + Parts.PerSlice < Parts.Count ? part + Parts.PerSlice : Parts.Count;
        int k = part * Parts.Length, isFirst = 1;
        for (; part < end; part++)
        {
            RegisterBlock upper = default, lower = default;
            int last = k + Parts.Length < Parts.K ? k + Parts.Length : Parts.K;
            for (; k < last; k += 4)
            {
                // Four k on their way at once; past the last one there are zeros.
                Float4 b0 = B.Load(z, k, n), b1 = B.Load(z, k + 1, n), b2 = B.Load(z, k + 2, n), b3 = B.Load(z, k + 3, n);
                upper.Add(A.Load(z, k, 0), b0);
                upper.Add(A.Load(z, k + 1, 0), b1);
                upper.Add(A.Load(z, k + 2, 0), b2);
                upper.Add(A.Load(z, k + 3, 0), b3);
                if (C.M <= 4) continue;
                lower.Add(A.Load(z, k, 4), b0);
                lower.Add(A.Load(z, k + 1, 4), b1);
                lower.Add(A.Load(z, k + 2, 4), b2);
                lower.Add(A.Load(z, k + 3, 4), b3);
            }

            int isLast = part + 1 == end ? 1 : 0;
            upper.Store(C, z, 0, n, slice, isFirst, isLast);
            lower.Store(C, z, 4, n, slice, isFirst, isLast);
            isFirst = 0;
        }
    }
}
