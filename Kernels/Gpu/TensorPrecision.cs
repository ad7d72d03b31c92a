using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// A number as two of TF32: the nearest one, and the nearest one to the rest. Together they hold 22 or more of float32's 24 bits.
/// </summary>
internal readonly struct SplitNumber<TMma>
    where TMma : struct, IMma
{
    public readonly uint Big, Small;

    public SplitNumber(TMma mma, float x)
    {
        Big = mma.Round(x);
        Small = mma.Round(x - Interop.IntAsFloat(Big));
    }
}

/// <summary>A's fragment as two of TF32.</summary>
internal readonly struct SplitA<TMma>
    where TMma : struct, IMma
{
    public readonly FragmentA Big, Small;

    public SplitA(TMma mma, float a0, float a1, float a2, float a3)
    {
        SplitNumber<TMma> x = new(mma, a0), y = new(mma, a1), z = new(mma, a2), w = new(mma, a3);
        Big = new FragmentA { A0 = x.Big, A1 = y.Big, A2 = z.Big, A3 = w.Big };
        Small = new FragmentA { A0 = x.Small, A1 = y.Small, A2 = z.Small, A3 = w.Small };
    }
}

/// <summary>Four fragments of B as two of TF32 each.</summary>
internal readonly struct SplitB<TMma>
    where TMma : struct, IMma
{
    public readonly FragmentsB Big, Small;

    /// <summary>Splits.</summary>
    /// <param name="mma">What rounds.</param>
    /// <param name="b0">b0 of the four fragments.</param>
    /// <param name="b1">b1 of the four fragments.</param>
    public SplitB(TMma mma, Float4 b0, Float4 b1)
    {
        SplitNumber<TMma> x0 = new(mma, b0.X), y0 = new(mma, b0.Y), z0 = new(mma, b0.Z), w0 = new(mma, b0.W);
        SplitNumber<TMma> x1 = new(mma, b1.X), y1 = new(mma, b1.Y), z1 = new(mma, b1.Z), w1 = new(mma, b1.W);
        Big = new FragmentsB { X = Of(x0.Big, x1.Big), Y = Of(y0.Big, y1.Big), Z = Of(z0.Big, z1.Big), W = Of(w0.Big, w1.Big) };
        Small = new FragmentsB
        {
            X = Of(x0.Small, x1.Small), Y = Of(y0.Small, y1.Small), Z = Of(z0.Small, z1.Small), W = Of(w0.Small, w1.Small),
        };
    }

    private static FragmentB Of(uint b0, uint b1) => new() { B0 = b0, B1 = b1 };
}

/// <summary>How float32 numbers are multiplied by tensor cores, which take TF32.</summary>
internal interface ITensorPrecision
{
    /// <summary>D += A B.</summary>
    static abstract void MultiplyAdd<TMma>(TMma mma, in SplitA<TMma> a, in SplitB<TMma> b, ref FragmentsD d)
        where TMma : struct, IMma;
}

/// <summary>
/// 3xTF32: A B is small big + big small + big big; small small lies below float32's last bits. Tensor cores cut their sums off
/// instead of rounding them, which over a long sum adds up to far more than float32's error; so eight terms at a time start from
/// 0 and are added in float32 outside of them (Ootomo and Yokota 2022, "Recovering single precision accuracy from Tensor Cores").
/// </summary>
internal readonly struct ThreeTf32 : ITensorPrecision
{
    public static void MultiplyAdd<TMma>(TMma mma, in SplitA<TMma> a, in SplitB<TMma> b, ref FragmentsD d)
        where TMma : struct, IMma
    {
        var sum = default(FragmentsD);
        mma.MultiplyAdd(a.Small, b.Big, ref sum);
        mma.MultiplyAdd(a.Big, b.Small, ref sum);
        mma.MultiplyAdd(a.Big, b.Big, ref sum);
        Add(sum.X, ref d.X);
        Add(sum.Y, ref d.Y);
        Add(sum.Z, ref d.Z);
        Add(sum.W, ref d.W);
    }

    private static void Add(in FragmentD sum, ref FragmentD d)
    {
        d.D0 += sum.D0;
        d.D1 += sum.D1;
        d.D2 += sum.D2;
        d.D3 += sum.D3;
    }
}

/// <summary>TF32: the big parts alone; the small ones are never used, and ptxas leaves them out.</summary>
internal readonly struct OneTf32 : ITensorPrecision
{
    public static void MultiplyAdd<TMma>(TMma mma, in SplitA<TMma> a, in SplitB<TMma> b, ref FragmentsD d)
        where TMma : struct, IMma => mma.MultiplyAdd(a.Big, b.Big, ref d);
}
