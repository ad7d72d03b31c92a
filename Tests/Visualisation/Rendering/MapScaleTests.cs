using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Rendering;

public class MapScaleTests
{
    private static SaliencyMap Map(Reduction reduction, params float[] values) => new(values.Length, 1, values, reduction);

    [Test]
    public void TheLimitIsThePercentileOfNonZeroMagnitudes()
    {
        // NumPy: percentile([1, 2, 3, 4, 5], 90) = 4.6.
        var map = Map(Reduction.Signed, 0, -1, 2, 0, float.NaN, 5, -4, 3, 0);
        Assert.That(MapScale.Of(map, 90).Limit, Is.EqualTo(4.6f).Within(1e-6));
        Assert.That(MapScale.Of(map, 100).Limit, Is.EqualTo(5));
        Assert.That(MapScale.Of(map, 0).Limit, Is.EqualTo(1));
        Assert.That(MapScale.Of(map).IsSigned, Is.True);
    }

    [Test]
    public void SumIsClippedAtTheNinetyNinth()
    {
        Assert.That(MapScale.Of(Map(Reduction.Sum, 1)).Percentile, Is.EqualTo(99));
        Assert.That(MapScale.Of(Map(Reduction.Max, 1)).Percentile, Is.EqualTo(99.5));
    }

    [Test]
    public void ASharedScaleIsThatOfAllValuesTogether()
    {
        var (one, two) = (Map(Reduction.Max, 1, 2), Map(Reduction.Max, 30, 40, 50));
        Assert.That(MapScale.Shared([one, two], 50).Limit, Is.EqualTo(30));
        Assert.That(MapScale.Shared([one], 50), Is.EqualTo(MapScale.Of(one, 50)));
        Assert.Throws<ArgumentException>(() => MapScale.Shared([one, Map(Reduction.Sum, 1)]));
        Assert.Throws<ArgumentException>(() => MapScale.Shared([]));
    }

    [Test]
    public void PositionsAreLinearAndClipped()
    {
        var positive = new MapScale(4, 100, IsSigned: false);
        Assert.That(new[] { positive.Position(-1), positive.Position(0), positive.Position(1), positive.Position(9) },
            Is.EqualTo(new[] { 0, 0, 0.25f, 1 }));
        var signed = new MapScale(4, 100, IsSigned: true);
        Assert.That(new[] { signed.Position(-9), signed.Position(-1), signed.Position(0), signed.Position(4) },
            Is.EqualTo(new[] { -1, -0.25f, 0, 1 }));
        Assert.That(signed.Position(float.NaN), Is.NaN);
    }

    [Test]
    public void AMapOfZerosStaysAtZero()
    {
        var scale = MapScale.Of(Map(Reduction.Max, 0, 0));
        Assert.That(scale.Limit, Is.Zero);
        Assert.That(scale.Position(0), Is.Zero);
        Assert.That(scale.Position(float.NaN), Is.NaN);
        Assert.That(scale.ToString(), Does.Contain("0"));
    }

    [Test]
    public void WordsNameLimitAndPercentile()
    {
        Assert.That(new MapScale(0.002034f, 99.5, false).ToString(), Is.EqualTo("0 to 0.00203, the 99.5th percentile"));
        Assert.That(new MapScale(2, 99, true).ToString(), Is.EqualTo("-2 to 2, the 99th percentile"));
    }
}
