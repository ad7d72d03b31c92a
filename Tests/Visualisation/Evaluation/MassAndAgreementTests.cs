using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

/// <summary>The numbers of the newer metrics, on cases that are computed by hand.</summary>
public class MassAndAgreementTests
{
    [Test]
    public void Only_positive_mass_counts_and_the_highest_pixels_are_as_many_as_the_objects()
    {
        float[] map = [3, -5, 1, 0];
        bool[] mask = [true, true, false, false];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(MassShare.Of(map, mask), Is.EqualTo(0.75));
            Assert.That(MassShare.RankOf(map, mask), Is.EqualTo(0.5), "of pixels 0 and 2 one is inside");
            Assert.That(MassShare.Of([-1, 0], [true, false]), Is.NaN);
            Assert.That(MassShare.RankOf([2, 2], [true, false]), Is.NaN, "the same all over");
            Assert.That(MassShare.RankOf([2, 1], [false, false]), Is.NaN, "no object");
        }
    }

    [Test]
    public void Rankings_that_agree_have_W_1_and_opposite_ones_0()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RankAgreement.KendallsW([[1, 2, 3], [1, 2, 3], [1, 2, 3]]), Is.EqualTo(1).Within(1e-12));
            Assert.That(RankAgreement.KendallsW([[1, 2, 3], [3, 2, 1]]), Is.EqualTo(0).Within(1e-12));
            // Sums 4, 3, 5 of a mean of 4: S = 2, W = 12 * 2 / (4 * 24).
            Assert.That(RankAgreement.KendallsW([[1, 2, 3], [3, 1, 2]]), Is.EqualTo(0.25).Within(1e-12));
            // One tie of two: T = 6. Sums 2.5, 3.5, 6: S = 2.25 + 0.25 + 4 = 6.5, W = 78 / (96 - 12).
            Assert.That(RankAgreement.KendallsW([[1, 2, 3], [1.5, 1.5, 3]]), Is.EqualTo(78 / 84.0).Within(1e-12));
            Assert.That(RankAgreement.KendallsW([[1, 2]]), Is.NaN);
        }
    }

    [Test]
    public void Entropy_is_that_of_the_histogram()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(HistogramEntropy.Of([1, 1, 1], 10), Is.Zero);
            Assert.That(HistogramEntropy.Of([0, 0, 1, 1], 10), Is.EqualTo(Math.Log(2)).Within(1e-12));
            Assert.That(HistogramEntropy.Of([0, 1, 2, 3], 4), Is.EqualTo(Math.Log(4)).Within(1e-12));
        }
    }

    [Test]
    public void A_removed_pixel_is_the_weighted_mean_of_its_neighbours_and_what_is_linear_comes_back()
    {
        const int Side = 12;
        var imputation = new NoisyLinearImputation(ImageLayout.Nchw, 1, Side, Side);
        // A plane, of which each pixel is the weighted mean of its neighbours.
        float[] image = [.. Enumerable.Range(0, Side * Side).Select(i => 0.1f * (i % Side) - 0.05f * (i / Side))];
        var removed = new bool[image.Length];
        for (int y = 3; y < 9; y++) for (int x = 2; x < 8; x++) removed[y * Side + x] = true;
        float[] imputed = imputation.Impute(image, removed, new CounterRandom(1, 2));
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < image.Length; i++)
                Assert.That(imputed[i], Is.EqualTo(image[i]).Within(removed[i] ? 4 * NoisyLinearImputation.Noise : 0), $"{i}");
            Assert.That(imputation.Impute(image, removed, new CounterRandom(1, 2)), Is.EqualTo(imputed), "the same noise");
            Assert.That(imputed.Zip(image).Count(pair => pair.First != pair.Second), Is.EqualTo(36));
        }
    }
}
