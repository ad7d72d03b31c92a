using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <summary>A product from its slices, which begin as many elements apart as it has.</summary>
    private void SumSlices(ArrayView<float> slices, int count, PlaneProduct product)
    {
        int elements = checked(product.Z * product.M * product.N);
        product.Slice = elements;
        if (product.Plane.Value % 4 == 0)
            Launch(elements / 4, new SliceSumQuadsKernel { Slices = slices, Product = product, Count = count });
        else Launch(elements, new SliceSumKernel { Slices = slices, Product = product, Count = count });
    }
}

/// <summary>result = alpha times the sum of a product's slices, in their order, + bias; a thread an element.</summary>
internal struct SliceSumKernel : IThreadKernel
{
    // Sums of the given number of slices are summed in their turn: long sums in float lose less that way.
    public const int Block = MultiplyPlan.MostParts;

    public ArrayView<float> Slices;
    public PlaneProduct Product;
    public int Count;

    public readonly void Run(int i)
    {
        float sum = 0f;
        for (int first = 0; first < Count; first += Block)
        {
            float ofBlock = 0f;
            int last = first + Block < Count ? first + Block : Count;
            for (int s = first; s < last; s++) ofBlock += Slices[s * Product.Slice + i];
            sum += ofBlock;
        }

        int row = Product.Plane.Quotient(i);
        Product.Result[i] = Product.Finish(sum, row % (Product.Z * Product.M), i - row * Product.Plane.Value);
    }
}

/// <summary>
/// The same where an image's columns are a multiple of four: a thread four elements, and what is done with them.
/// </summary>
internal struct SliceSumQuadsKernel : IThreadKernel
{
    public ArrayView<float> Slices;
    public PlaneProduct Product;
    public int Count;

    public readonly void Run(int i)
    {
        ArrayView<Float4> slices = Slices.Cast<Float4>();
        float x = 0f, y = 0f, z = 0f, w = 0f;
        for (int first = 0; first < Count; first += SliceSumKernel.Block)
        {
            float ofX = 0f, ofY = 0f, ofZ = 0f, ofW = 0f;
            int last = first + SliceSumKernel.Block < Count ? first + SliceSumKernel.Block : Count;
            for (int s = first; s < last; s++)
            {
                Float4 values = slices[s * (Product.Slice / 4) + i];
                ofX += values.X;
                ofY += values.Y;
                ofZ += values.Z;
                ofW += values.W;
            }

            x += ofX;
            y += ofY;
            z += ofZ;
            w += ofW;
        }

        int row = Product.Plane.Quotient(i * 4), n = i * 4 - row * Product.Plane.Value, bias = row % (Product.Z * Product.M);
        var sums = new Float4(Product.Finish(x, bias, n), Product.Finish(y, bias, n + 1), Product.Finish(z, bias, n + 2),
            Product.Finish(w, bias, n + 3));
        if (Product.Tail.Exists != 0) sums = Product.Tail.Apply(i, sums);
        Product.Result.Cast<Float4>()[i] = sums;
    }
}
