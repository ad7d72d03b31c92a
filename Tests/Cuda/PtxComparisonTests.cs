using NUnit.Framework;

namespace NetViz.Tests.Cuda;

/// <summary>The PTX interpreter's comparisons, predicates and conversions against C#'s own.</summary>
public class PtxComparisonTests
{
    private static readonly float[] Floats =
        [0f, -0f, 1f, -1.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, 2.5f, -2.5f, 3e9f, -3e9f,
            1e20f];

    private static readonly int[] Ints = [0, 1, -1, 127, 128, 255, 256, -129, 65535, 16777217, int.MaxValue, int.MinValue];

    // Unordered ones are true with NaN.
    private static readonly (string Name, Func<float, float, bool> Want)[] OfFloats =
    [
        ("eq", (a, b) => a == b), ("ne", (a, b) => a < b || a > b), ("lt", (a, b) => a < b), ("le", (a, b) => a <= b),
        ("gt", (a, b) => a > b),
        ("ge", (a, b) => a >= b), ("equ", (a, b) => !(a < b || a > b)), ("neu", (a, b) => a != b), ("ltu", (a, b) => !(a >= b)),
        ("leu", (a, b) => !(a > b)), ("gtu", (a, b) => !(a <= b)), ("geu", (a, b) => !(a < b)),
        ("num", (a, b) => !float.IsNaN(a) && !float.IsNaN(b)), ("nan", (a, b) => float.IsNaN(a) || float.IsNaN(b)),
    ];

    private static readonly (string Name, Func<int, int, bool> Want)[] OfInts =
    [
        ("eq.s32", (a, b) => a == b), ("ne.u32", (a, b) => a != b), ("lt.s32", (a, b) => a < b), ("le.s32", (a, b) => a <= b),
        ("gt.s32", (a, b) => a > b), ("ge.s32", (a, b) => a >= b), ("lt.u32", (a, b) => (uint)a < (uint)b),
        ("lo.u32", (a, b) => (uint)a < (uint)b),
        ("ls.u32", (a, b) => (uint)a <= (uint)b), ("hi.u32", (a, b) => (uint)a > (uint)b),
        ("hs.u32", (a, b) => (uint)a >= (uint)b),
    ];

    [Test]
    public void Comparisons()
    {
        (float[] a, float[] b) = PtxSample.Pairs(Floats);
        foreach ((string name, Func<float, float, bool> want) in OfFloats)
        {
            Assert.That(PtxSample.Map<float, int>($"setp.{name}.f32 %p1, %a, %b; selp.b32 %d, 1, 0, %p1;", a, b),
                Is.EqualTo(a.Zip(b, (x, y) => want(x, y) ? 1 : 0)), name);
            Assert.That(PtxSample.Map<float, int>($"cvt.f64.f32 %fd1, %a; cvt.f64.f32 %fd2, %b; setp.{name}.f64 %p1, %fd1, %fd2; "
                + "selp.b32 %d, 1, 0, %p1;", a, b), Is.EqualTo(a.Zip(b, (x, y) => want(x, y) ? 1 : 0)), name);
        }

        (int[] m, int[] n) = PtxSample.Pairs(Ints);
        foreach ((string name, Func<int, int, bool> want) in OfInts)
        {
            Assert.That(PtxSample.Map<int, int>($"setp.{name} %p1, %a, %b; selp.b32 %d, %a, 7, %p1;", m, n),
                Is.EqualTo(m.Zip(n, (x, y) => want(x, y) ? x : 7)), name);
        }
    }

    [Test]
    public void Predicates()
    {
        (int[] a, int[] b) = PtxSample.Pairs(0, 1);
        const string Set = "setp.ne.s32 %p1, %a, 0; setp.ne.s32 %p2, %b, 0; ", Get = " selp.b32 %d, 1, 0, %p3;";
        Assert.That(PtxSample.Map<int, int>(Set + "and.pred %p3, %p1, %p2;" + Get, a, b), Is.EqualTo([0, 0, 0, 1]));
        Assert.That(PtxSample.Map<int, int>(Set + "or.pred %p3, %p1, %p2;" + Get, a, b), Is.EqualTo([0, 1, 1, 1]));
        Assert.That(PtxSample.Map<int, int>(Set + "xor.pred %p3, %p1, %p2;" + Get, a, b), Is.EqualTo([0, 1, 1, 0]));
        Assert.That(PtxSample.Map<int, int>(Set + "not.pred %p3, %p1;" + Get, a, b), Is.EqualTo([1, 1, 0, 0]));
        Assert.That(PtxSample.Map<int, int>(Set + "mov.b32 %d, 5; @%p1 mov.b32 %d, 6; @!%p2 add.s32 %d, %d, 10;", a, b),
            Is.EqualTo([15, 5, 16, 6]));
    }

    [Test]
    public void Properties_of_floats()
    {
        foreach ((string name, Func<float, bool> want) in new (string, Func<float, bool>)[]
        {
            ("notanumber", float.IsNaN), ("number", a => !float.IsNaN(a)), ("infinite", float.IsInfinity),
            ("finite", float.IsFinite),
        })
        {
            Assert.That(PtxSample.Map<float, int>($"testp.{name}.f32 %p1, %a; selp.b32 %d, 1, 0, %p1;", Floats),
                Is.EqualTo(Floats.Select(a => want(a) ? 1 : 0)), name);
        }
    }

    [Test]
    public void Floats_to_integers_round_saturate_and_make_zero_of_NaN()
    {
        Assert.That(PtxSample.Map<float, int>("cvt.rzi.s32.f32 %d, %a;", Floats),
            Is.EqualTo(Floats.Select(a => Saturated(MathF.Truncate(a)))));
        Assert.That(PtxSample.Map<float, int>("cvt.rni.s32.f32 %d, %a;", Floats),
            Is.EqualTo(Floats.Select(a => Saturated(MathF.Round(a)))));
        Assert.That(PtxSample.Map<float, int>("cvt.rmi.s32.f32 %d, %a;", Floats),
            Is.EqualTo(Floats.Select(a => Saturated(MathF.Floor(a)))));
        Assert.That(PtxSample.Map<float, int>("cvt.rpi.s32.f32 %d, %a;", Floats),
            Is.EqualTo(Floats.Select(a => Saturated(MathF.Ceiling(a)))));
        Assert.That(PtxSample.Map<float, uint>("cvt.rzi.u32.f32 %d, %a;", [-1f, float.NaN, 4e9f, 5e9f, 2.9f]),
            Is.EqualTo(new uint[] { 0, 0, 4000000000, uint.MaxValue, 2 }));
        Assert.That(PtxSample.Map<float, long>("cvt.rzi.s64.f32 %d, %a;", [1e20f, -1e20f, float.NaN, -2.9f]),
            Is.EqualTo(new long[] { long.MaxValue, long.MinValue, 0, -2 }));

        static int Saturated(float a) =>
            float.IsNaN(a) ? 0 : a >= int.MaxValue ? int.MaxValue : a <= int.MinValue ? int.MinValue : (int)a;
    }

    [Test]
    public void Integers_to_floats_round_to_nearest()
    {
        Assert.That(PtxSample.Map<int, float>("cvt.rn.f32.s32 %d, %a;", Ints), Is.EqualTo(Ints.Select(a => (float)a)));
        Assert.That(PtxSample.Map<int, float>("cvt.rn.f32.u32 %d, %a;", Ints), Is.EqualTo(Ints.Select(a => (float)(uint)a)));
        Assert.That(PtxSample.Map<int, double>("cvt.rn.f64.s32 %d, %a;", Ints), Is.EqualTo(Ints.Select(a => (double)a)));
        double[] wide = [1 + 1e-9, 1 / 3.0, 1e300, double.NaN, 1e-46];
        Assert.That(PtxSample.Map<double, float>("cvt.rn.f32.f64 %d, %a;", wide), Is.EqualTo(wide.Select(a => (float)a)));
        Assert.That(PtxSample.Map<float, double>("cvt.f64.f32 %d, %a;", Floats), Is.EqualTo(Floats.Select(a => (double)a)));
    }

    [Test]
    public void Integers_are_cut_and_extended_by_their_sign()
    {
        Assert.That(PtxSample.Map<int, int>("cvt.u8.u32 %rs1, %a; cvt.s32.u8 %d, %rs1;", Ints),
            Is.EqualTo(Ints.Select(a => a & 255)));
        Assert.That(PtxSample.Map<int, int>("cvt.s8.s32 %rs1, %a; cvt.s32.s8 %d, %rs1;", Ints),
            Is.EqualTo(Ints.Select(a => (int)(sbyte)a)));
        Assert.That(PtxSample.Map<int, int>("cvt.u16.u32 %rs1, %a; cvt.s32.s16 %d, %rs1;", Ints),
            Is.EqualTo(Ints.Select(a => (int)(short)a)));
        Assert.That(PtxSample.Map<int, long>("cvt.s64.s32 %d, %a;", Ints), Is.EqualTo(Ints.Select(a => (long)a)));
        Assert.That(PtxSample.Map<int, ulong>("cvt.u64.u32 %d, %a;", Ints), Is.EqualTo(Ints.Select(a => (ulong)(uint)a)));
        Assert.That(PtxSample.Map<long, int>("cvt.s32.s64 %d, %a;", [-1, 1L << 32, 0x123456789]),
            Is.EqualTo(new[] { -1, 0, 0x23456789 }));
    }

    [Test]
    public void To_tf32_ties_go_away_from_zero()
    {
        uint[] bits = [0x3F800000, 0x3F800FFF, 0x3F801000, 0x3F801001, 0xBF801000, 0x3FFFF000, 0x7F7FFFFF, 0x7F800000, 0x00000FFF,
            0x00001000];
        uint[] want = [0x3F800000, 0x3F800000, 0x3F802000, 0x3F802000, 0xBF802000, 0x40000000, 0x7F800000, 0x7F800000, 0, 0x2000];
        float[] a = [.. bits.Select(BitConverter.UInt32BitsToSingle)];
        Assert.That(PtxSample.Map<float, uint>("cvt.rna.tf32.f32 %d, %a;", a), Is.EqualTo(want));
        uint[] got = PtxSample.Map<float, uint>("cvt.rna.tf32.f32 %d, %a;", [float.NaN]);
        Assert.That(BitConverter.UInt32BitsToSingle(got[0]), Is.NaN);
    }
}
