using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

public class PixelCurveTests
{
    [Test]
    public void PixelsComeFromTheHighestDown() =>
        Assert.That(PixelCurve.Order([1, 5, 3, 5, 0]), Is.EqualTo((int[])[1, 3, 2, 0, 4]));

    [Test]
    public void TheOrderByChanceHasEachPixelOnce()
    {
        int[] order = PixelCurve.RandomOrder(100, new CounterRandom(1, 2));
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, 100)));
        Assert.That(order, Is.Not.Ordered);
        Assert.That(PixelCurve.RandomOrder(100, new CounterRandom(1, 2)), Is.EqualTo(order));
    }

    [TestCase(4, 4, new[] { 0, 1, 2, 3, 4 })]
    [TestCase(10, 4, new[] { 0, 3, 5, 8, 10 })]
    [TestCase(5, 1, new[] { 0, 5 })]
    public void StepsDivideThePixels(int pixels, int steps, int[] counts) =>
        Assert.That(PixelCurve.Counts(pixels, steps), Is.EqualTo(counts));

    [Test]
    public void TheAreaIsThatOfTrapeziums()
    {
        Assert.That(PixelCurve.Area([0, 0.25, 1], [1, 0.5, 0]), Is.EqualTo(0.25 * 0.75 + 0.75 * 0.25));
        Assert.That(PixelCurve.Area([0, 1], [0.3, 0.3]), Is.EqualTo(0.3));
    }

    [TestCase(ImageLayout.Nchw)]
    [TestCase(ImageLayout.Nhwc)]
    public void PixelsAreReplacedWithAllTheirChannels(ImageLayout layout)
    {
        var curve = new PixelCurve(layout, 2, 2, 3);
        var image = new float[12];
        curve.Replace(image, [.. Enumerable.Range(1, 12).Select(i => (float)i)], [1, 5]);
        Assert.That(image, Is.EqualTo(layout == ImageLayout.Nchw
            ? (float[])[0, 2, 0, 0, 0, 6, 0, 8, 0, 0, 0, 12]
            : [0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 11, 12]));
    }

    [Test]
    public void TheMeanColourIsThatOfEachChannel()
    {
        Assert.That(new PixelCurve(ImageLayout.Nchw, 2, 1, 2).MeanColour([1, 3, 10, 20]), Is.EqualTo((float[])[2, 2, 15, 15]));
        Assert.That(new PixelCurve(ImageLayout.Nhwc, 2, 1, 2).MeanColour([1, 10, 3, 20]), Is.EqualTo((float[])[2, 15, 2, 15]));
    }

    [Test]
    public void TheBlurIsAGaussian()
    {
        var image = new float[35];
        (image[2 * 7 + 3], image[0]) = (1, 2);
        // SciPy's gaussian_filter of deviation 1, truncate 3, mode nearest: the first three rows.
        double[] expected = 
        [
            9.78910252e-01, 4.23296040e-01, 9.48298903e-02, 2.77530001e-02, 1.30713076e-02, 2.91660295e-03, 2.39409349e-04,
            4.21452395e-01, 1.93641591e-01, 9.37002152e-02, 9.92486641e-02, 5.85815363e-02, 1.30713076e-02, 1.07295826e-03,
            8.35275919e-02, 5.66696217e-02, 1.03414772e-01, 1.59759248e-01, 9.65846250e-02, 2.15509428e-02, 1.76900911e-03,
        ];
        Assert.That(new PixelCurve(ImageLayout.Nchw, 1, 5, 7).Blur(image, 1).Take(21), Is.EqualTo(expected).Within(1e-6));
        float[] flat = new PixelCurve(ImageLayout.Nhwc, 3, 4, 4).Blur([.. Enumerable.Repeat(0.7f, 48)], 5);
        Assert.That(flat, Is.All.EqualTo(0.7f).Within(1e-6));
    }
}
