using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <summary>The form in which products are computed.</summary>
    private ProductForm Form => Options.Form == ProductForm.Auto ? ProductForm.Vectorised : Options.Form;

    /// <summary>C(m, n) = sum over k of A(k, m) B(k, n) for each z, in the form that was chosen.</summary>
    /// <param name="k">Terms of a sum.</param>
    /// <param name="a">The factor of the rows.</param>
    /// <param name="b">The factor of the columns.</param>
    /// <param name="c">Where it goes.</param>
    /// <param name="order">Whether an element's terms are always summed in the same order.</param>
    private void Multiply<TA, TB>(int k, in TA a, in TB b, in PlaneProduct c, SumOrder order)
        where TA : struct, IOperand
        where TB : struct, IOperand
    {
        MultiplyParts parts = PartsOf(k, c, order);
        Multiply(parts, a, b, c, WorkingMemory(SliceFloats(parts, c)));
    }

    /// <summary>The same, cut already.</summary>
    /// <param name="parts">How sums are cut.</param>
    /// <param name="a">The factor of the rows.</param>
    /// <param name="b">The factor of the columns.</param>
    /// <param name="c">Where it goes.</param>
    /// <param name="slices">Memory for slices: <see cref="SliceFloats"/>.</param>
    private void Multiply<TA, TB>(in MultiplyParts parts, in TA a, in TB b, PlaneProduct c, ArrayView<float> slices)
        where TA : struct, IOperand
        where TB : struct, IOperand
    {
        int elements = checked(c.Z * c.M * c.N);
        if (elements == 0) return;
        (int rows, int columns) = TileOf(c);
        PlaneProduct target = c;
        if (parts.Slices > 1)
        {
            target.Result = slices;
            target.Slice = elements;
            target.Alpha = 1f;
            target.BiasAlong = BiasAxis.None;
            target.Tail = default;
        }

        var groups = new Index3D((c.N + columns - 1) / columns, (c.M + rows - 1) / rows, c.Z * parts.Slices);
        switch (rows)
        {
            case var _ when UsesTensorCores(c.M):
                MultiplyOnTensorCores(groups, parts, a, b, target);
                break;
            case GemmTiled<TA, TB>.Tile:
                LaunchGroups(groups, new GemmTiled<TA, TB> { Parts = parts, A = a, B = b, C = target });
                break;
            case GemmNarrow<TA, TB>.Rows:
                LaunchGroups(groups, new GemmNarrow<TA, TB> { Parts = parts, A = a, B = b, C = target });
                break;
            case Gemm64<TA, TB>.Tile:
                LaunchGroups(groups, new Gemm64<TA, TB> { Parts = parts, A = a, B = b, C = target });
                break;
            default:
                LaunchGroups(groups, new Gemm128<TA, TB> { Parts = parts, A = a, B = b, C = target });
                break;
        }

        if (parts.Slices > 1) SumSlices(slices, parts.Slices, c);
    }

    /// <summary>How a product's sums are cut.</summary>
    private MultiplyParts PartsOf(int k, in PlaneProduct c, SumOrder order)
    {
        (int rows, int columns) = TileOf(c);
        return MultiplyPlan.Of(k, c, rows, columns, order);
    }

    /// <summary>Floats of the slices of a product, if it has several.</summary>
    private static long SliceFloats(in MultiplyParts parts, in PlaneProduct c) =>
        parts.Slices > 1 ? (long)parts.Slices * c.Z * c.M * c.N : 0;

    /// <summary>The tile of a group, from the form and the product's shape; whatever the operands.</summary>
    private (int Rows, int Columns) TileOf(in PlaneProduct c)
    {
        if (Form == ProductForm.Tiled)
            return (GemmTiled<MatrixOperand, MatrixOperand>.Tile, GemmTiled<MatrixOperand, MatrixOperand>.Tile);
        if (UsesTensorCores(c.M))
            return (TensorRows(c.M), TensorGemm<ThreeTf32, LowTile, MatrixOperand, MatrixOperand, CudaMma>.Columns);
        const int Narrow = GemmNarrow<MatrixOperand, MatrixOperand>.Rows, Wide = GemmNarrow<MatrixOperand, MatrixOperand>.Columns;
        if (c.M <= Narrow && c.N >= Wide) return (Narrow, Wide);
        int tile = MultiplyPlan.IsForLargeTiles(c)
            ? Gemm128<MatrixOperand, MatrixOperand>.Tile
            : Gemm64<MatrixOperand, MatrixOperand>.Tile;
        return (tile, tile);
    }
}

/// <summary>What a product promises about the order of its terms.</summary>
internal enum SumOrder
{
    /// <summary>The number of terms alone decides, so that an image's result does not depend on the batch.</summary>
    ByTerms,

    /// <summary>The whole shape decides.</summary>
    ByShape,
}

/// <summary>
/// How a sum over k is cut: into parts of the given number of terms, each summed by itself, since long sums in float lose less
/// that way; and these into slices, which run side by side where there are few tiles.
/// </summary>
internal struct MultiplyParts
{
    /// <summary>All terms, terms of a part (a multiple of 16), parts, parts of a slice, slices.</summary>
    public int K, Length, Count, PerSlice, Slices;
}

/// <summary>The choice of tiles, parts and slices, from the shape alone.</summary>
internal static class MultiplyPlan
{
    /// <summary>Parts whose sums are summed plainly.</summary>
    public const int MostParts = 32;

    // A part's rounding is about 2^-24 sqrt(terms) / 2: 7e-7 at 512.
    private const int PartLength = 512;

    // Two groups for each multiprocessor of a large card.
    private const int EnoughGroups = 264;

    /// <summary>Whether tiles of 128 x 128 are well filled and still enough for a card.</summary>
    public static bool IsForLargeTiles(in PlaneProduct c) => c.M > 64 && c.N > 64 && Tiles(c, 128, 128) >= EnoughGroups / 2;

    /// <summary>Cuts the sum.</summary>
    public static MultiplyParts Of(int k, in PlaneProduct c, int rows, int columns, SumOrder order)
    {
        int count = Math.Max(1, (k + PartLength / 2 - 1) / PartLength), length = ((k + count - 1) / count + 15) / 16 * 16;
        count = Math.Max(1, (k + length - 1) / length);
        long tiles = Tiles(c, rows, columns);
        // One after another or side by side, the sum of at most the given number of parts is the same.
        int perSlice = count, least = (count + MostParts - 1) / MostParts;
        if (order == SumOrder.ByShape && tiles < EnoughGroups)
            perSlice = (int)Math.Max(least, count * tiles / (2 * EnoughGroups));
        else if (order == SumOrder.ByTerms && (least > 1 || tiles < EnoughGroups)) perSlice = least;
        return new() { K = k, Length = length, Count = count, PerSlice = perSlice, Slices = (count + perSlice - 1) / perSlice };
    }

    private static long Tiles(in PlaneProduct c, int rows, int columns) =>
        (long)((c.N + columns - 1) / columns) * ((c.M + rows - 1) / rows) * c.Z;
}
