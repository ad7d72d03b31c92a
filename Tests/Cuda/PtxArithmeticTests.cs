using System.Numerics;
using NUnit.Framework;

namespace NetViz.Tests.Cuda;

/// <summary>The PTX interpreter's arithmetic against C#'s own, on values at the ends of their ranges.</summary>
public class PtxArithmeticTests
{
    private static readonly int[] Ints = [0, 1, -1, 2, -7, 31, 32, 33, 64, 12345, -98765, int.MaxValue, int.MinValue];
    private static readonly long[] Longs = [0, 1, -1, 5, -7, 63, 64, 1L << 33, -(1L << 40), long.MaxValue, long.MinValue];

    private static readonly float[] Floats =
    [
        0f, -0f, 1f, -1f, 0.1f, -3.5f, 1e-40f, float.Epsilon, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity,
        float.NaN, 16777217f, 1f / 3,
    ];

    private static readonly double[] Doubles = [.. Floats.Select(value => value * 1.000000001)];

    private static IEnumerable<TestCaseData> OfInts =>
    [
        Case<int>("add.s32", (a, b) => a + b), Case<int>("sub.s32", (a, b) => a - b), Case<int>("mul.lo.s32", (a, b) => a * b),
        Case<int>("mul.hi.s32", (a, b) => (int)((long)a * b >> 32)),
        Case<int>("mul.hi.u32", (a, b) => (int)((ulong)(uint)a * (uint)b >> 32)),
        Case<int>("div.s32", (a, b) => b == 0 ? -1 : (int)((long)a / b)),
        Case<int>("rem.s32", (a, b) => b == 0 ? a : (int)((long)a % b)),
        Case<int>("div.u32", (a, b) => b == 0 ? -1 : (int)((uint)a / (uint)b)),
        Case<int>("rem.u32", (a, b) => b == 0 ? a : (int)((uint)a % (uint)b)),
        Case<int>("min.s32", Math.Min), Case<int>("max.u32", (a, b) => (int)Math.Max((uint)a, (uint)b)),
        Case<int>("and.b32", (a, b) => a & b), Case<int>("or.b32", (a, b) => a | b), Case<int>("xor.b32", (a, b) => a ^ b),
        Case<int>("shl.b32", (a, b) => (uint)b > 31 ? 0 : a << b),
        Case<int>("shr.s32", (a, b) => a >> (int)Math.Min((uint)b, 31)),
        Case<int>("shr.u32", (a, b) => (uint)b > 31 ? 0 : (int)((uint)a >> b)),
    ];

    private static IEnumerable<TestCaseData> OfLongs =>
    [
        Case<long>("add.s64", (a, b) => a + b), Case<long>("sub.u64", (a, b) => a - b), Case<long>("mul.lo.s64", (a, b) => a * b),
        Case<long>("mul.hi.s64", (a, b) => Math.BigMul(a, b, out _)),
        Case<long>("mul.hi.u64", (a, b) => (long)Math.BigMul((ulong)a, (ulong)b, out _)),
        Case<long>("div.s64", (a, b) => b == 0 ? -1 : b == -1 ? -a : a / b),
        Case<long>("rem.u64", (a, b) => b == 0 ? a : (long)((ulong)a % (ulong)b)),
        Case<long>("min.u64", (a, b) => (long)Math.Min((ulong)a, (ulong)b)), Case<long>("and.b64", (a, b) => a & b),
    ];

    private static IEnumerable<TestCaseData> OfFloats =>
    [
        Case<float>("add.f32", (a, b) => a + b), Case<float>("add.rn.f32", (a, b) => a + b),
        Case<float>("sub.f32", (a, b) => a - b), Case<float>("mul.f32", (a, b) => a * b),
        Case<float>("div.rn.f32", (a, b) => a / b),
        Case<float>("min.f32", (a, b) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : MathF.Min(a, b)),
        Case<float>("max.f32", (a, b) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : MathF.Max(a, b)),
    ];

    private static IEnumerable<TestCaseData> OfDoubles =>
    [
        Case<double>("add.f64", (a, b) => a + b), Case<double>("mul.f64", (a, b) => a * b),
        Case<double>("div.rn.f64", (a, b) => a / b),
    ];

    private static IEnumerable<TestCaseData> OfOneFloat =>
    [
        One("mov.f32", a => a), One("neg.f32", a => -a), One("abs.f32", MathF.Abs), One("sqrt.rn.f32", MathF.Sqrt),
        One("rcp.rn.f32", a => 1 / a),
        One("ex2.approx.f32", a => (float)Math.Pow(2, a)), One("lg2.approx.f32", a => (float)Math.Log2(a)),
        One("cvt.rzi.f32.f32", MathF.Truncate), One("cvt.rni.f32.f32", MathF.Round), One("cvt.rmi.f32.f32", MathF.Floor),
    ];

    [TestCaseSource(nameof(OfInts))]
    public void Of_32_bits(string name, Func<int, int, int> want) => Agree(name, want, Ints);

    [TestCaseSource(nameof(OfLongs))]
    public void Of_64_bits(string name, Func<long, long, long> want) => Agree(name, want, Longs);

    [TestCaseSource(nameof(OfFloats))]
    public void Of_float32(string name, Func<float, float, float> want) => Agree(name, want, Floats);

    [TestCaseSource(nameof(OfDoubles))]
    public void Of_float64(string name, Func<double, double, double> want) => Agree(name, want, Doubles);

    [TestCaseSource(nameof(OfOneFloat))]
    public void Of_one_float32(string name, Func<float, float> want) =>
        Assert.That(PtxSample.Map<float, float>($"{name} %d, %a;", Floats), Is.EqualTo(Floats.Select(want)));

    [Test]
    public void Signs_of_zero()
    {
        (float[] a, float[] b) = PtxSample.Pairs(0f, -0f);
        Assert.That(PtxSample.Map<float, float>("min.f32 %d, %a, %b;", a, b).Select(float.IsNegative),
            Is.EqualTo([false, true, true, true]));
        Assert.That(PtxSample.Map<float, float>("max.f32 %d, %a, %b;", a, b).Select(float.IsNegative),
            Is.EqualTo([false, false, false, true]));
        Assert.That(PtxSample.Map<float, float>("neg.f32 %d, %a;", [0f, -0f]).Select(float.IsNegative),
            Is.EqualTo([true, false]));
    }

    [Test]
    public void A_product_and_a_sum_are_not_contracted_but_fma_is_rounded_once()
    {
        float[] a = [1 + 1f / 4096, 3f], b = [1 + 1f / 4096, 1f / 3], c = [-1 - 1f / 2048, -1f];
        Assert.That(PtxSample.Map<float, float>("mul.f32 %f1, %a, %b; add.f32 %d, %f1, %c;", a, b, c),
            Is.EqualTo(new[] { 0f, 0f }));
        Assert.That(PtxSample.Map<float, float>("fma.rn.f32 %d, %a, %b, %c;", a, b, c),
            Is.EqualTo(a.Select((_, k) => MathF.FusedMultiplyAdd(a[k], b[k], c[k]))));
    }

    [Test]
    public void Three_operands_and_twice_the_width()
    {
        (int[] a, int[] b) = PtxSample.Pairs(Ints);
        Assert.That(PtxSample.Map<int, int>("mad.lo.s32 %d, %a, %b, %a;", a, b), Is.EqualTo(a.Zip(b, (x, y) => x * y + x)));
        Assert.That(PtxSample.Map<int, long>("mul.wide.s32 %d, %a, %b;", a, b), Is.EqualTo(a.Zip(b, (x, y) => (long)x * y)));
        Assert.That(PtxSample.Map<int, ulong>("mul.wide.u32 %d, %a, %b;", a, b),
            Is.EqualTo(a.Zip(b, (x, y) => (ulong)(uint)x * (uint)y)));
        Assert.That(PtxSample.Map<int, long>("mov.b64 %rd9, -5; mad.wide.s32 %d, %a, %b, %rd9;", a, b),
            Is.EqualTo(a.Zip(b, (x, y) => (long)x * y - 5)));
    }

    [Test]
    public void Shifts_of_64_bits_take_an_amount_of_32()
    {
        ulong[] a = [ulong.MaxValue, 0x8000000000000001];
        foreach (int amount in new[] { 0, 1, 33, 63, 64, 200, -1 })
        {
            bool all = (uint)amount > 63;
            Assert.That(PtxSample.Map<ulong, ulong>($"mov.b32 %r1, {amount}; shr.u64 %d, %a, %r1;", a),
                Is.EqualTo(a.Select(value => all ? 0 : value >> amount)), $"{amount}");
            Assert.That(PtxSample.Map<ulong, ulong>($"shl.b64 %d, %a, {amount};", a),
                Is.EqualTo(a.Select(value => all ? 0 : value << amount)));
            Assert.That(PtxSample.Map<ulong, ulong>($"shr.s64 %d, %a, {amount};", a),
                Is.EqualTo(a.Select(value => (ulong)((long)value >> (all ? 63 : amount)))));
        }
    }

    private static void Agree<T>(string name, Func<T, T, T> want, T[] values)
        where T : unmanaged, INumber<T>
    {
        (T[] a, T[] b) = PtxSample.Pairs(values);
        Assert.That(PtxSample.Map<T, T>($"{name} %d, %a, %b;", a, b), Is.EqualTo(a.Zip(b, want)));
    }

    private static TestCaseData Case<T>(string name, Func<T, T, T> want) => new TestCaseData(name, want).SetArgDisplayNames(name);

    private static TestCaseData One(string name, Func<float, float> want) =>
        new TestCaseData(name, want).SetArgDisplayNames(name);
}
