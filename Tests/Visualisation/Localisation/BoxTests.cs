using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Localisation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Localisation;

/// <summary>Boxes, components, overlaps and scores on cases done by hand.</summary>
public sealed class BoxTests
{
    [Test]
    public void Overlap_counts_the_last_row_and_column()
    {
        var box = new PixelBox(0, 0, 9, 9);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(box.OverlapWith(box), Is.EqualTo(1));
            Assert.That(box.OverlapWith(new PixelBox(0, 0, 9, 4)), Is.EqualTo(0.5));
            Assert.That(box.OverlapWith(new PixelBox(9, 9, 10, 10)), Is.EqualTo(1 / 103.0));
            Assert.That(box.OverlapWith(new PixelBox(10, 0, 12, 9)), Is.Zero);
            Assert.That(new PixelBox(3, 3, 3, 3).OverlapWith(new PixelBox(3, 3, 3, 3)), Is.EqualTo(1));
        }
    }

    [TestCase(64, 64, 0.8, 6, 57)]
    [TestCase(64, 64, 1, 0, 63)]
    [TestCase(10, 10, 0.8, 1, 8)]
    [TestCase(10, 10, 0.01, 4, 5)]
    [TestCase(1, 1, 0.5, 0, 0)]
    [TestCase(5, 5, 0.2, 2, 2)]
    public void The_centred_box_holds_pixels_whose_centres_lie_in_it(int width, int height, double share, int first, int last) =>
        Assert.That(PixelBox.Centred(width, height, share), Is.EqualTo(new PixelBox(first, first, last, last)));

    [Test]
    public void Corners_connect_and_the_largest_component_stays()
    {
        bool[] mask = Mask(
            "##...",
            "..#.#",
            "....#",
            "###..");
        var components = new Components();
        components.KeepLargest(mask, 5, 4);
        Assert.That((components.Count, components.LargestArea), Is.EqualTo((3, 3)));
        Assert.That(mask, Is.EqualTo(Mask("##...", "..#..", ".....", ".....")), "of two with three pixels the first");
        Assert.That(PixelBox.Around(mask, 5), Is.EqualTo(new PixelBox(0, 0, 2, 1)));

        bool[] nothing = new bool[20];
        components.KeepLargest(nothing, 5, 4);
        Assert.That((components.Count, components.LargestArea), Is.EqualTo((0, 0)));
        Assert.That(PixelBox.Around(nothing, 5), Is.Null);
    }

    [Test]
    public void The_score_is_that_of_ILSVRC()
    {
        var score = new LocalisationScore();
        PixelBox right = new(0, 0, 9, 9), half = new(0, 0, 9, 4), less = new(0, 0, 9, 3);
        score.Add(0, right.OverlapWith(right));
        score.Add(4, half.OverlapWith(right));
        score.Add(5, right.OverlapWith(right));
        score.Add(0, less.OverlapWith(right));
        score.Add(0, null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((score.Top1.Hits, score.Top5.Hits, score.LabelGiven.Hits), Is.EqualTo((1, 2, 3)));
            Assert.That(score.LabelGiven.Count, Is.EqualTo(5));
            Assert.That(score.WithoutBox, Is.EqualTo(1));
            Assert.That(score.MeanOverlap, Is.EqualTo((1 + 0.5 + 1 + 0.4) / 5).Within(1e-12));
        }
    }

    [Test]
    public void The_threshold_smooths_and_cuts()
    {
        var saliency = new float[9 * 9];
        (saliency[4 * 9 + 4], saliency[0]) = (1, float.NaN);
        var (threshold, mask) = (new SaliencyThreshold(), new bool[81]);
        threshold.Segment(saliency, 9, 9, 0, 0.5, mask);
        Assert.That(mask.Count(m => m), Is.EqualTo(1));
        // Of a normal kernel of deviation 1, e^(-1/2) = 0.61 is above a half, e^(-1) = 0.37 at the diagonal is not.
        threshold.Segment(saliency, 9, 9, 1, 0.5, mask);
        Assert.That(mask.Count(m => m), Is.EqualTo(5));
        threshold.Segment(new float[81], 9, 9, 1, 0.5, mask);
        Assert.That(mask, Has.None.True);
    }

    [Test]
    public void Sobel_sees_an_edge_and_nothing_else()
    {
        var rgb = new byte[3 * 6 * 4];
        for (int i = 0; i < rgb.Length; i++) rgb[i] = (byte)(i / 3 % 6 < 3 ? 0 : 100);
        float[] edges = Sobel.Of(new Photo(6, 4, rgb));
        Assert.That(edges, Is.EqualTo(Enumerable.Range(0, 24).Select(i => i % 6 is 2 or 3 ? 400f : 0f)));
    }

    private static bool[] Mask(params string[] rows) => [.. rows.SelectMany(row => row.Select(c => c == '#'))];
}
