using System.Numerics;
using NetViz.Analysis.Proofs;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>Sums of magnitudes without rounding.</summary>
public class ExactSumTests
{
    [Test]
    public void Magnitudes_that_a_double_sum_would_lose_are_kept()
    {
        // 2^200 + 2^-200: no floating-point number holds both.
        ExactMass mass = Sum(Math.ScaleB(1, 200), -Math.ScaleB(1, -200));
        Assert.That(mass.Units, Is.EqualTo((BigInteger.One << 1274) + (BigInteger.One << 874)));
        Assert.That(mass, Is.Not.EqualTo(Sum(Math.ScaleB(1, 200))));
        Assert.That(mass.Value, Is.EqualTo(Math.ScaleB(1, 200)));
    }

    [Test]
    public void The_order_of_summing_does_not_matter()
    {
        var random = new Random(7);
        double[] values = [.. Enumerable.Range(0, 1000)
            .Select(_ => Math.ScaleB(random.NextDouble() - 0.5, random.Next(-300, 300)))];
        ExactMass forward = Sum(values);
        random.Shuffle(values);
        Assert.That(Sum(values), Is.EqualTo(forward));
        Assert.That(Sum(values[..400]) + Sum(values[400..]), Is.EqualTo(forward));
        double largest = values.Max(Math.Abs);
        Assert.That(forward.Value, Is.EqualTo(values.Select(Math.Abs).Order().Sum()).Within(largest * 1e-12));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-0.1)]
    [TestCase(double.Epsilon)]
    [TestCase(2.2250738585072014E-308)]
    [TestCase(double.MaxValue)]
    [TestCase(1.17549435E-38)]
    public void One_number_is_its_own_magnitude(double value)
    {
        Assert.That(Sum(value).Value, Is.EqualTo(Math.Abs(value)));
        Assert.That(Sum(value).IsZero, Is.EqualTo(value == 0));
    }

    /// <summary>2^53 + 1 lies between two doubles: to the even one below; anything more goes up.</summary>
    [Test]
    public void Its_double_is_rounded_once()
    {
        double big = Math.ScaleB(1, 53);
        Assert.That(Sum(big, 1).Value, Is.EqualTo(big));
        Assert.That(Sum(big, 1, double.Epsilon).Value, Is.EqualTo(big + 2));
        Assert.That(Sum(double.MaxValue, double.MaxValue).Value, Is.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public void Taking_the_sum_begins_anew()
    {
        var sum = new ExactSum();
        sum.Add(3);
        Assert.That(sum.Take().Value, Is.EqualTo(3));
        Assert.That(sum.Take().IsZero);
        sum.Add(0.5);
        Assert.That(sum.Take().Value, Is.EqualTo(0.5));
    }

    [TestCase(double.NaN)]
    [TestCase(double.NegativeInfinity)]
    public void What_is_no_number_is_refused(double value) =>
        Assert.That(() => new ExactSum().Add(value), Throws.ArgumentException);

    private static ExactMass Sum(params double[] values)
    {
        var sum = new ExactSum();
        foreach (double value in values) sum.Add(value);
        return sum.Take();
    }
}
