using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>A number as two of TF32, their bits: a big one, and a small one that holds what is left.</summary>
internal readonly struct SplitNumber(uint big, uint small)
{
    public readonly uint Big = big, Small = small;
}

/// <summary>A's fragment as two of TF32.</summary>
internal readonly struct SplitA(SplitNumber a0, SplitNumber a1, SplitNumber a2, SplitNumber a3)
{
    public readonly FragmentA Big = new() { A0 = a0.Big, A1 = a1.Big, A2 = a2.Big, A3 = a3.Big };
    public readonly FragmentA Small = new() { A0 = a0.Small, A1 = a1.Small, A2 = a2.Small, A3 = a3.Small };

    /// <summary>Splits float32 numbers into the parts that tensor cores multiply.</summary>
    public static SplitA Of<TPrecision>(float a0, float a1, float a2, float a3)
        where TPrecision : struct, ITensorPrecision =>
        new(TPrecision.Split(a0), TPrecision.Split(a1), TPrecision.Split(a2), TPrecision.Split(a3));
}

/// <summary>Four fragments of B as two of TF32 each.</summary>
internal readonly struct SplitB
{
    public readonly FragmentsB Big, Small;

    private SplitB(in FragmentsB big, in FragmentsB small) => (Big, Small) = (big, small);

    /// <summary>Splits float32 numbers into the parts that tensor cores multiply.</summary>
    /// <param name="b0">b0 of the four fragments.</param>
    /// <param name="b1">b1 of the four fragments.</param>
    public static SplitB Of<TPrecision>(Float4 b0, Float4 b1)
        where TPrecision : struct, ITensorPrecision
    {
        SplitNumber x0 = TPrecision.Split(b0.X), y0 = TPrecision.Split(b0.Y);
        SplitNumber z0 = TPrecision.Split(b0.Z), w0 = TPrecision.Split(b0.W);
        SplitNumber x1 = TPrecision.Split(b1.X), y1 = TPrecision.Split(b1.Y);
        SplitNumber z1 = TPrecision.Split(b1.Z), w1 = TPrecision.Split(b1.W);
        return new SplitB(
            new() { X = Of(x0.Big, x1.Big), Y = Of(y0.Big, y1.Big), Z = Of(z0.Big, z1.Big), W = Of(w0.Big, w1.Big) },
            new()
            {
                X = Of(x0.Small, x1.Small), Y = Of(y0.Small, y1.Small), Z = Of(z0.Small, z1.Small), W = Of(w0.Small, w1.Small),
            });
    }

    private static FragmentB Of(uint b0, uint b1) => new() { B0 = b0, B1 = b1 };
}

/// <summary>How float32 numbers are multiplied by tensor cores, which take TF32.</summary>
internal interface ITensorPrecision
{
    /// <summary>Threads that are to find registers on a multiprocessor at once, out of its 65536.</summary>
    /// <param name="gathers">Whether an operand takes many of them.</param>
    static abstract int Threads(bool gathers);

    /// <summary>What lies in shared memory of four numbers.</summary>
    static abstract Float4 Stored<TMma>(TMma mma, Float4 x)
        where TMma : struct, IMma;

    /// <summary>What is multiplied of a number in shared memory.</summary>
    static abstract SplitNumber Split(float x);

    /// <summary>D += A B.</summary>
    static abstract void MultiplyAdd<TMma>(TMma mma, in SplitA a, in SplitB b, ref FragmentsD d)
        where TMma : struct, IMma;
}

/// <summary>
/// 3xTF32: A B is small big + big small + big big; small small lies below float32's last bits. Tensor cores cut their sums off
/// instead of rounding them, which over a long sum adds up to far more than float32's error; so eight terms at a time start from
/// 0 and are added in float32 outside of them (Ootomo and Yokota 2022, "Recovering single precision accuracy from Tensor Cores").
/// </summary>
internal readonly struct ThreeTf32 : ITensorPrecision
{
    // Bits that TF32 has, and half of the last of them.
    private const uint Kept = 0xffffe000, Half = 0x1000;

    public static int Threads(bool gathers) => gathers ? 256 : 384;

    public static Float4 Stored<TMma>(TMma mma, Float4 x)
        where TMma : struct, IMma => x;

    /// <summary>
    /// The big part is rounded to nearest; what is left has eleven bits or twelve, and of twelve the last is cut off. What is not
    /// a number stays so in the small part. Four instructions; cvt.rna, which looks for infinities, takes four for each part.
    /// </summary>
    public static SplitNumber Split(float x)
    {
        uint big = Interop.FloatAsInt(x) + Half & Kept;
        return new SplitNumber(big, Interop.FloatAsInt(x - Interop.IntAsFloat(big)) & Kept);
    }

    public static void MultiplyAdd<TMma>(TMma mma, in SplitA a, in SplitB b, ref FragmentsD d)
        where TMma : struct, IMma
    {
        // Four fragments in turns, so that the steps of one need not wait for each other.
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

/// <summary>TF32: numbers are rounded once, on their way to shared memory, from where several warps take them.</summary>
internal readonly struct OneTf32 : ITensorPrecision
{
    public static int Threads(bool gathers) => 512;

    public static Float4 Stored<TMma>(TMma mma, Float4 x)
        where TMma : struct, IMma => new(Round(mma, x.X), Round(mma, x.Y), Round(mma, x.Z), Round(mma, x.W));

    public static SplitNumber Split(float x) => new(Interop.FloatAsInt(x), 0);

    public static void MultiplyAdd<TMma>(TMma mma, in SplitA a, in SplitB b, ref FragmentsD d)
        where TMma : struct, IMma => mma.MultiplyAdd(a.Big, b.Big, ref d);

    private static float Round<TMma>(TMma mma, float x)
        where TMma : struct, IMma => Interop.IntAsFloat(mma.Round(x));
}
