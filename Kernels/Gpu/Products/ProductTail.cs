using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// The rectifier behind a product. Which one is known at run time only: a product's kernel is compiled for its operands, and once
/// more for each rectifier would be too often for an operation at its very end.
/// </summary>
internal struct ProductTail
{
    /// <summary>1 where there is one.</summary>
    public int Exists;

    public RectifierKind Kind;
    public float Low, High, Slope;
    public ArrayView<byte> Bits;

    public static ProductTail Of(Rectifier f, ArrayView<byte> bits) => new()
    {
        Exists = 1, Kind = f.Kind, Low = f.Low, High = f.High, Slope = f.Slope, Bits = bits,
    };

    /// <summary>f of four elements, whose bits it keeps.</summary>
    /// <param name="quad">Their number over four, row-major.</param>
    /// <param name="x">The elements.</param>
    public readonly Float4 Apply(int quad, Float4 x)
    {
        if (Kind == RectifierKind.LeakyRelu) return With(new LeakyRelu<float>(Slope), quad, x);
        if (Kind == RectifierKind.Clip) return With(new Clip<float>(Low, High), quad, x);
        return With(default(Relu<float>), quad, x);
    }

    private readonly Float4 With<TF>(TF f, int quad, Float4 x)
        where TF : struct, IRectifier<float>
    {
        Bits[quad] = Rectified.Bits(f, x);
        return Rectified.Forward(f, x);
    }
}
