using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation;

public class SaliencyMapTests
{
    // Two images of three channels, one row of two pixels: w(0) = (1, -4, 2), (0, 0, 0); w(1) = (-1, -2, -3), (3, -3, 0.5).
    private static readonly Tensor<float> Signal =
        Tensor.Create<float>([1, 0, -4, 0, 2, 0, -1, 3, -2, -3, -3, 0.5f], [2, 3, 1, 2]);

    [TestCase(Reduction.Max, 0, new float[] { 4, 0 })]
    [TestCase(Reduction.Sum, 0, new float[] { 7, 0 })]
    [TestCase(Reduction.Mean, 0, new float[] { 7 / 3f, 0 })]
    [TestCase(Reduction.Signed, 0, new float[] { -1, 0 })]
    [TestCase(Reduction.Max, 1, new float[] { 3, 3 })]
    [TestCase(Reduction.Sum, 1, new float[] { 6, 6.5f })]
    [TestCase(Reduction.Signed, 1, new float[] { -6, 0.5f })]
    public void ReducesChannels(Reduction reduction, int image, float[] expected)
    {
        var map = SaliencyMap.Of(Signal, image, reduction);
        Assert.That((map.Width, map.Height, map.Reduction), Is.EqualTo((2, 1, reduction)));
        Assert.That(map.Values.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void TheDefaultIsThePapers() => Assert.That(SaliencyMap.Of(Signal).Reduction, Is.EqualTo(Reduction.Max));

    [TestCase(Reduction.Max)]
    [TestCase(Reduction.Sum)]
    [TestCase(Reduction.Mean)]
    public void OneChannelGivesItsMagnitude(Reduction reduction)
    {
        var map = SaliencyMap.Of(Tensor.Create<float>([-2, 3], [1, 1, 1, 2]), 0, reduction);
        Assert.That(map.Values.ToArray(), Is.EqualTo(new float[] { 2, 3 }));
    }

    [Test]
    public void TheSignalIsLeftAsItWas()
    {
        var values = new float[] { -1, -2, -3 };
        SaliencyMap.Of(Tensor.Create(values, [1, 3, 1, 1]));
        Assert.That(values, Is.EqualTo(new float[] { -1, -2, -3 }));
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void SignalsThatAreNotFiniteAreRefused(float bad)
    {
        var signal = Tensor.Create<float>([0, 0, 0, 0, 0, bad], [1, 1, 2, 3]);
        var error = Assert.Throws<NetVizException>(() => SaliencyMap.Of(signal));
        Assert.That(error!.Message, Does.Contain("row 1, column 2"));
    }

    [Test]
    public void WrongShapesAreRefused()
    {
        Assert.Throws<ArgumentException>(() => SaliencyMap.Of(Tensor.Create<float>([1, 2], [1, 2])));
        Assert.Throws<ArgumentOutOfRangeException>(() => SaliencyMap.Of(Signal, 2));
        Assert.Throws<ArgumentException>(() => SaliencyMap.Of(Signal).ToPhoto(new InputPlacement(3, 1, 0, 0, 3, 1), 3, 1));
        Assert.Throws<ArgumentException>(() => SaliencyMap.Of(Signal).ToPhoto(new InputPlacement(2, 1, 0, 0, 0, 1), 3, 1));
    }

    [Test]
    public void SameSizeIsACopy()
    {
        var map = HotPixel(5, 4, 3, 2);
        Assert.That(map.ToPhoto(new InputPlacement(5, 4, 0, 0, 5, 4), 5, 4).Values.ToArray(), Is.EqualTo(map.Values.ToArray()));
    }

    // Input 4x4 enlarged three times, cropped from x = 6, y = 3 of a photo of 24x18: pixel (1, 2) covers x 9..12, y 9..12.
    [Test]
    public void AHotPixelLandsOnItsPlace()
    {
        var laid = HotPixel(4, 4, 1, 2).ToPhoto(new InputPlacement(4, 4, 6, 3, 12, 12), 24, 18);
        Assert.That((laid.Width, laid.Height), Is.EqualTo((24, 18)));
        for (var y = 0; y < 18; y++)
        {
            for (var x = 0; x < 24; x++)
            {
                if (x is < 6 or >= 18 || y is < 3 or >= 15)
                    Assert.That(laid[y, x], Is.NaN, $"outside the crop, at {x},{y}");
                else
                    // Bilinear: 1 at the centre (10.5, 10.5), 0 from a whole input pixel (3 photo pixels) away.
                    Assert.That(laid[y, x], Is.EqualTo(Tent((x - 10) / 3.0) * Tent((y - 10) / 3.0)).Within(1e-6), $"at {x},{y}");
            }
        }
        static double Tent(double distance) => Math.Max(0, 1 - Math.Abs(distance));
    }

    // A warp: 4x2 input over a photo of 8x8, twice as wide, four times as high.
    [Test]
    public void AWarpIsUndone()
    {
        var laid = HotPixel(4, 2, 3, 0).ToPhoto(new InputPlacement(4, 2, 0, 0, 8, 8), 8, 8);
        // The pixel's own area is x 6..8, y 0..4, up to the photo's edges, where the value does not fall.
        Assert.That(laid[0, 7], Is.EqualTo(1));
        Assert.That(laid[0, 6], Is.EqualTo(0.75f));
        Assert.That(laid[3, 7], Is.EqualTo(0.625f), "y 3.5 is 1.5 / 4 of the way to the next centre");
        Assert.That(laid[7, 7], Is.Zero);
        Assert.That(laid[0, 3], Is.Zero);
    }

    [Test]
    public void ASmallerPhotoGetsAreaMeans()
    {
        float[] values = [.. Enumerable.Range(0, 36).Select(i => (float)(i * i % 17))];
        var map = new SaliencyMap(6, 6, values, Reduction.Max);
        var laid = map.ToPhoto(new InputPlacement(6, 6, 0, 0, 2, 3), 2, 3);
        for (var y = 0; y < 3; y++)
        {
            for (var x = 0; x < 2; x++)
            {
                var mean = 0.0;
                for (var i = 0; i < 6; i++)
                    mean += map[2 * y + i / 3, 3 * x + i % 3] / 6;
                Assert.That(laid[y, x], Is.EqualTo(mean).Within(1e-5));
            }
        }
        // Weights by area where pixels do not fall together: 3 input pixels on 2.
        var uneven = new SaliencyMap(3, 1, [3, 6, 9], Reduction.Max).ToPhoto(new InputPlacement(3, 1, 0, 0, 2, 1), 2, 1);
        Assert.That(uneven.Values.ToArray(), Is.EqualTo(new float[] { 4, 8 }).Within(1e-6f));
    }

    // A crop may reach beyond the photograph (padding): what lies outside is cut off, the rest keeps its place.
    [Test]
    public void ACropBeyondThePhotoIsCut()
    {
        var laid = HotPixel(4, 4, 1, 1).ToPhoto(new InputPlacement(4, 4, -1, -1, 4, 4), 3, 3);
        Assert.That(laid.Values.ToArray(), Is.EqualTo(new float[] { 1, 0, 0, 0, 0, 0, 0, 0, 0 }));
    }

    [Test]
    public void NothingLeavesTheRangeOfTheMap()
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, 81).Select(_ => random.NextSingle() + 1)];
        var map = new SaliencyMap(9, 9, values, Reduction.Max);
        foreach (var size in new[] { 4, 9, 13, 50 })
        {
            var all = map.ToPhoto(new InputPlacement(9, 9, 0.3, -0.4, size, size - 0.7), size, size).Values.ToArray();
            float[] laid = [.. all.Where(value => !float.IsNaN(value))];
            Assert.That(laid.Min(), Is.GreaterThanOrEqualTo(values.Min() - 1e-6f));
            Assert.That(laid.Max(), Is.LessThanOrEqualTo(values.Max() + 1e-6f));
        }
    }

    [Test]
    public void PeakIsTheGreatestMagnitude()
    {
        Assert.That(new SaliencyMap(3, 1, [1, -5, float.NaN], Reduction.Signed).Peak, Is.EqualTo(5));
        Assert.That(new SaliencyMap(1, 1, [float.NaN], Reduction.Max).Peak, Is.Zero);
    }

    private static SaliencyMap HotPixel(int width, int height, int x, int y)
    {
        var values = new float[width * height];
        values[y * width + x] = 1;
        return new SaliencyMap(width, height, values, Reduction.Max);
    }
}
