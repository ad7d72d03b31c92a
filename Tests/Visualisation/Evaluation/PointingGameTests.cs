using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

public class PointingGameTests
{
    private static readonly InputPlacement Same = new(10, 8, 0, 0, 10, 8);

    [Test]
    public void PointsAtTheCentreOfTheFirstHighestPixel()
    {
        Assert.That(PointingGame.PointOf(Map(3, 2, 0, 1, 5, 5, 1, 0)), Is.EqualTo((2.5, 0.5)));
        Assert.That(PointingGame.PointOf(Map(3, 2, 0, 0, 0, 0, 0, 1)), Is.EqualTo((2.5, 1.5)));
        Assert.That(PointingGame.PointOf(Map(3, 2, 0, 0, 0, 0, 0, 0)), Is.Null, "it points nowhere");
    }

    // The box has columns 2 to 4 and rows 3 to 5.
    [TestCase(2.5, 3.5, 0, true)]
    [TestCase(4.5, 5.5, 0, true, Description = "the last row and column belong to it")]
    [TestCase(5.5, 5.5, 0, false)]
    [TestCase(1.5, 3.5, 0, false)]
    [TestCase(5.5, 5.5, 0.99, false, Description = "one pixel beside the last")]
    [TestCase(5.5, 5.5, 1, true)]
    [TestCase(7.5, 9.5, 4.99, false, Description = "3 right and 4 below: 5 away")]
    [TestCase(7.5, 9.5, 5, true)]
    [TestCase(5, 6, 0, false, Description = "the edges of the last row and column lie outside")]
    public void HitsInTheBoxOrNear(double x, double y, double tolerance, bool hits) =>
        Assert.That(PointingGame.Hits(x, y, new PixelBox(2, 3, 4, 5), Same, tolerance), Is.EqualTo(hits));

    [Test]
    public void TheBoxIsLaidOntoTheInput()
    {
        // A photograph of 40 x 20, of which columns 10 to 29 are the input of 10 x 10: two photograph pixels to one.
        var crop = new InputPlacement(10, 10, 10, 0, 20, 20);
        var box = new PixelBox(14, 4, 17, 7); // input columns 2 and 3, rows 2 and 3
        Assert.That(PointingGame.Hits(2.5, 2.5, box, crop, 0), Is.True);
        Assert.That(PointingGame.Hits(3.5, 3.5, box, crop, 0), Is.True);
        Assert.That(PointingGame.Hits(4.5, 3.5, box, crop, 0), Is.False);
        Assert.That(PointingGame.Hits(4.5, 3.5, box, crop, 0.75), Is.True, "column 17's centre is at 3.75");
        Assert.That(PointingGame.Hits(0.5, 0.5, new PixelBox(0, 0, 5, 19), crop, 0), Is.False, "cut off by the crop");
    }

    [Test]
    public void TheToleranceKeepsItsShare() =>
        Assert.That((PointingGame.ToleranceFor(224), PointingGame.ToleranceFor(64)), Is.EqualTo((15, 15 * 64 / 224.0)));

    private static SaliencyMap Map(int width, int height, params float[] values) => new(width, height, values, Reduction.Max);
}
