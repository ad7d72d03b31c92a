using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

public class LabelledImagesTests
{
    [Test]
    public void HoldsTheSameShareOfEachClassOut()
    {
        LabelledImages set = Numbered(300, i => i % 3 == 0 ? 0 : i % 30 == 1 ? 2 : 1);
        (LabelledImages kept, LabelledImages heldOut) = set.Split(50, 7);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((kept.Count, heldOut.Count), Is.EqualTo((250, 50)));
            // 100, 190 and 10 pictures: a sixth is 16.67, 31.67 and 1.67. The largest remainders are equal; the first two win.
            Assert.That(CountsOf(heldOut), Is.EqualTo((int[])[17, 32, 1]));
            Assert.That(NumbersOf(kept).Concat(NumbersOf(heldOut)), Is.EquivalentTo(Enumerable.Range(0, 300)));
            Assert.That(NumbersOf(kept), Is.Ordered);
            Assert.That(NumbersOf(heldOut), Is.Ordered);
        }
    }

    [Test]
    public void TheSeedDecidesWhichAreHeldOut()
    {
        LabelledImages set = Numbered(300, i => i % 3);
        int[] first = NumbersOf(set.Split(60, 1).HeldOut);
        Assert.That(NumbersOf(set.Split(60, 1).HeldOut), Is.EqualTo(first));
        Assert.That(NumbersOf(set.Split(60, 2).HeldOut), Is.Not.EqualTo(first));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(9)]
    [TestCase(10)]
    public void HoldsAnyNumberOut(int heldOut)
    {
        (LabelledImages kept, LabelledImages held) = Numbered(10, i => i % 3).Split(heldOut, 5);
        Assert.That((kept.Count, held.Count), Is.EqualTo((10 - heldOut, heldOut)));
        Assert.That(() => Numbered(10, i => i % 3).Split(11, 5), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void MomentsAreThoseOfAllPixels()
    {
        byte[][] pictures = [[0, 10, 255, 100, 10, 255], [0, 30, 255, 100, 30, 255]];
        (float[] mean, float[] deviation) = new LabelledImages(2, 1, pictures, [0, 0], ["all"]).ChannelMoments();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mean, Is.EqualTo((float[])[50 / 255f, 20 / 255f, 1]).Within(1e-7));
            Assert.That(deviation, Is.EqualTo((float[])[50 / 255f, 10 / 255f, 0]).Within(1e-7));
        }
    }

    [Test]
    public void PicturesOfAnotherSizeAndClassesWithoutANameAreRefused()
    {
        Assert.That(() => new LabelledImages(2, 1, [new byte[6], new byte[5]], [0, 0], ["all"]), Throws.ArgumentException);
        Assert.That(() => new LabelledImages(2, 1, [new byte[6]], [1], ["all"]), Throws.ArgumentException);
        Assert.That(() => new LabelledImages(2, 1, [new byte[6]], [], ["all"]), Throws.ArgumentException);
    }

    // One pixel each, which tells the picture's number.
    private static LabelledImages Numbered(int count, Func<int, int> classOf) =>
        new(1, 1, [.. Enumerable.Range(0, count).Select(i => new byte[] { (byte)(i / 256), (byte)(i % 256), 0 })],
            [.. Enumerable.Range(0, count).Select(classOf)], ["a", "b", "c"]);

    private static int[] NumbersOf(LabelledImages set) =>
        [.. Enumerable.Range(0, set.Count).Select(i => set.Pixels(i)[0] * 256 + set.Pixels(i)[1])];

    private static int[] CountsOf(LabelledImages set) =>
        [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, set.Count).Count(i => set.Class(i) == c))];
}
