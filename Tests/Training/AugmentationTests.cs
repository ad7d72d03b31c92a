using NetViz.Engine;
using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

public class AugmentationTests
{
    private const int Width = 37, Height = 29;
    private static readonly float[] Mean = [0.48f, 0.45f, 0.4f], Deviation = [0.27f, 0.26f, 0.28f];

    private static readonly Augmentation Everything = new()
    {
        Mean = Mean, Deviation = Deviation, MinCropArea = 0.35, Padding = 4, Flip = 0.5, Brightness = 0.3, Contrast = 0.3,
        Saturation = 0.3, Erase = 0.5,
    };

    [Test]
    public void PlainIsThePreprocessingsArithmetic()
    {
        byte[] picture = Picture(Width, Height);
        float[] image = Plain(new Augmentation { Mean = Mean, Deviation = Deviation }, picture);
        for (int i = 0; i < image.Length; i++)
        {
            int c = i / (Width * Height), pixel = i % (Width * Height);
            Assert.That(image[i], Is.EqualTo((picture[3 * pixel + c] / 255f - Mean[c]) / Deviation[c]), $"element {i}");
        }
    }

    [Test]
    public void WithEverythingOffApplyIsPlain()
    {
        var off = new Augmentation { Mean = Mean, Deviation = Deviation };
        byte[] picture = Picture(Width, Height);
        Assert.That(Apply(off, picture, 3), Is.EqualTo(Plain(off, picture)));
    }

    [Test]
    public void FlipMirrorsLeftToRight()
    {
        byte[] picture = Picture(Width, Height);
        float[] plain = Plain(Everything, picture),
            flipped = Apply(new Augmentation { Mean = Mean, Deviation = Deviation, Flip = 1 }, picture, 3);
        for (int i = 0; i < plain.Length; i++)
            Assert.That(flipped[i], Is.EqualTo(plain[i / Width * Width + Width - 1 - i % Width]), $"element {i}");
    }

    [Test]
    public void PadAndCropShiftsByWholePixelsUnderABorderOfTheMean()
    {
        var shifting = new Augmentation { Mean = Mean, Deviation = Deviation, Padding = 2 };
        byte[] picture = Picture(Width, Height);
        float[] plain = Plain(shifting, picture);
        var seen = new HashSet<(int, int)>();
        for (ulong stream = 0; stream < 400; stream++)
        {
            float[] image = Apply(shifting, picture, stream);
            (int x, int y) = (from dy in Enumerable.Range(-2, 5)
                              from dx in Enumerable.Range(-2, 5)
                              where image.AsSpan().SequenceEqual(ShiftedBy(plain, dx, dy))
                              select (dx, dy)).Single();
            seen.Add((x, y));
        }

        Assert.That(seen, Has.Count.EqualTo(25));
    }

    [Test]
    public void AResizedCropOfARampIsAPartOfTheRamp()
    {
        // R rises with x and G with y; stretching a part keeps both linear, with a slope below 1.
        byte[] ramp = new byte[3 * 64 * 64];
        for (int i = 0; i < 64 * 64; i++) (ramp[3 * i], ramp[3 * i + 1]) = ((byte)(3 * (i % 64)), (byte)(3 * (i / 64)));
        var crop = new Augmentation { Mean = [0, 0, 0], Deviation = [1, 1, 1], MinCropArea = 0.35 };
        var areas = new List<double>();
        var image = new float[ramp.Length];
        for (ulong stream = 0; stream < 300; stream++)
        {
            crop.Apply(ramp, 64, 64, new CounterRandom(1, stream), image);
            double slopeX = (image[32 * 64 + 40] - image[32 * 64 + 24]) * 255 / 16 / 3,
                slopeY = (image[4096 + 40 * 64 + 32] - image[4096 + 24 * 64 + 32]) * 255 / 16 / 3;
            Assert.That(slopeX / slopeY, Is.InRange(0.7499, 1.3334));
            Assert.That(image[40 * 64 + 30], Is.EqualTo(image[5 * 64 + 30]).Within(1e-5), "R does not depend on y");
            areas.Add(slopeX * slopeY);
        }

        Assert.That(areas.Min(), Is.InRange(0.3499, 0.38));
        Assert.That(areas.Max(), Is.InRange(0.93, 1.0001));
        // Below (0.35 + 1) / 2: of the large parts those that are too wide or too high for the picture are drawn again.
        Assert.That(areas.Average(), Is.InRange(0.58, 0.66));
    }

    [Test]
    public void ColoursChangeWithinTheirReach()
    {
        byte[] picture = Picture(Width, Height);
        Augmentation plain = new() { Mean = [0, 0, 0], Deviation = [1, 1, 1] };
        float[] before = Plain(plain, picture);
        double luma = Luma(before).Average();
        for (ulong stream = 0; stream < 50; stream++)
        {
            float[] bright = Apply(plain with { Brightness = 0.2 }, picture, stream),
                contrast = Apply(plain with { Contrast = 0.2 }, picture, stream),
                saturated = Apply(plain with { Saturation = 0.2 }, picture, stream);
            int dark = Array.FindIndex(before, v => v is > 0.3f and < 0.6f);
            Assert.That(bright[dark] / before[dark], Is.InRange(0.8, 1.2));
            Assert.That((contrast[dark] - luma) / (before[dark] - luma), Is.InRange(0.799, 1.201));
            Assert.That(contrast, Has.All.InRange(0f, 1f));
            // Pictures without extremes keep each pixel's luma when only saturation changes.
            Assert.That(Luma(saturated), Is.EqualTo(Luma(before)).Within(0.03));
        }
    }

    [Test]
    public void ErasingLeavesARectangleOfTheMean()
    {
        byte[] picture = [.. Enumerable.Repeat((byte)200, 3 * Width * Height)];
        Augmentation erasing = new() { Mean = Mean, Deviation = Deviation, Erase = 1 };
        for (ulong stream = 0; stream < 100; stream++)
        {
            float[] image = Apply(erasing, picture, stream);
            int[] erased = [.. Enumerable.Range(0, Width * Height).Where(i => image[i] == 0)];
            int width = erased.Max(i => i % Width) - erased.Min(i => i % Width) + 1,
                height = erased.Max(i => i / Width) - erased.Min(i => i / Width) + 1;
            Assert.That(erased, Has.Length.EqualTo(width * height));
            Assert.That(erased.Length, Is.InRange(0.02 * Width * Height, 0.45 * Width * Height));
        }

        int touched = Enumerable.Range(0, 1000).Count(s => Apply(erasing with { Erase = 0.25 }, picture, (ulong)s).Contains(0f));
        Assert.That(touched, Is.EqualTo(250).Within(50));
    }

    [Test]
    public void TheSameNumbersGiveTheSameImageOnAnyThread()
    {
        byte[] picture = Picture(Width, Height);
        float[][] alone = [.. Enumerable.Range(0, 64).Select(s => Apply(Everything, picture, (ulong)s))];
        var together = new float[64][];
        Parallel.For(0, 64, s => together[s] = Apply(Everything, picture, (ulong)s));
        Assert.That(together, Is.EqualTo(alone));
        Assert.That(alone.Select(image => image[500]).Distinct().Count(), Is.GreaterThan(32));
    }

    [TestCase(1, 1)]
    [TestCase(1, 9)]
    [TestCase(8, 1)]
    [TestCase(5, 5)]
    public void PicturesOfAnyShapeBecomeImagesOfTheSizeWanted(int width, int height)
    {
        Augmentation sized = Everything with { Width = 12, Height = 7 };
        var image = new float[3 * 12 * 7];
        for (ulong stream = 0; stream < 50; stream++)
        {
            sized.Apply(Picture(width, height), width, height, new CounterRandom(1, stream), image);
            Assert.That(image, Has.All.InRange(-3f, 3f));
            (sized with { MinCropArea = 1 }).Apply(Picture(width, height), width, height, new CounterRandom(1, stream), image);
            Assert.That(image, Has.All.InRange(-3f, 3f));
        }

        sized.Plain(Picture(width, height), width, height, image);
        Assert.That(image, Has.All.InRange(-3f, 3f));
    }

    [Test]
    public void NonsenseIsRefused()
    {
        Assert.That(() => Everything with { Flip = 1.5 }, Throws.InstanceOf<NetVizException>().With.Message.Contains("flip 1.5"));
        Assert.That(() => Everything with { MinCropArea = 0 }, Throws.InstanceOf<NetVizException>());
        Assert.That(() => Everything with { Brightness = double.NaN }, Throws.InstanceOf<NetVizException>());
        Assert.That(() => Everything with { Mean = [1, 2] }, Throws.InstanceOf<NetVizException>());
        Assert.That(() => Everything with { Deviation = [1, 2, 0] }, Throws.InstanceOf<NetVizException>());
    }

    private static float[] Apply(Augmentation augmentation, byte[] picture, ulong stream)
    {
        var image = new float[picture.Length];
        augmentation.Apply(picture, Width, Height, new CounterRandom(11, stream), image);
        return image;
    }

    private static float[] Plain(Augmentation augmentation, byte[] picture)
    {
        var image = new float[picture.Length];
        augmentation.Plain(picture, Width, Height, image);
        return image;
    }

    private static float[] ShiftedBy(float[] plain, int dx, int dy)
    {
        var shifted = new float[plain.Length];
        for (int i = 0; i < plain.Length; i++)
        {
            int c = i / (Width * Height), y = i / Width % Height + dy, x = i % Width + dx;
            shifted[i] = x >= 0 && x < Width && y >= 0 && y < Height ? plain[(c * Height + y) * Width + x]
                : (255 * Mean[c] / 255 - Mean[c]) / Deviation[c];
        }

        return shifted;
    }

    private static double[] Luma(float[] image)
    {
        int plane = image.Length / 3;
        return [.. Enumerable.Range(0, plane)
            .Select(i => 0.299 * image[i] + 0.587 * image[plane + i] + 0.114 * image[2 * plane + i])];
    }

    // Between 40 and 210, so that a change of a fifth cuts nothing off.
    private static byte[] Picture(int width, int height)
    {
        var random = new CounterRandom(5, 5);
        return [.. Enumerable.Range(0, 3 * width * height).Select(i => (byte)(40 + random.Bits(i) % 171))];
    }
}
