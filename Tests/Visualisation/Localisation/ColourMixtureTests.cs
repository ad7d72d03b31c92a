using NetViz.Engine;
using NetViz.Visualisation.Localisation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Localisation;

/// <summary>Expectation maximisation on colours whose mixture is known.</summary>
public sealed class ColourMixtureTests
{
    private static readonly CounterRandom Chance = new(1, 1);

    [Test]
    public void The_likelihood_never_falls()
    {
        var mixture = new ColourMixture(5);
        for (int seed = 0; seed < 30; seed++)
        {
            byte[] rgb = Clouds(seed, 200 + 20 * seed, 1 + seed % 7, spread: seed % 4 == 0 ? 0 : 4 * (seed % 5));
            mixture.Fit(rgb, All(rgb), new CounterRandom((ulong)seed, 1));
            for (int i = 1; i < mixture.LogLikelihoods.Count; i++)
            {
                Assert.That(mixture.LogLikelihoods[i], Is.GreaterThanOrEqualTo(mixture.LogLikelihoods[i - 1] - 1e-6),
                    $"picture {seed}, step {i}");
            }

            Assert.That(mixture.Weights.ToArray().Sum(), Is.EqualTo(1).Within(1e-9));
            Assert.That(mixture.Iterations, Is.InRange(1, ColourMixture.MaxIterations));
        }
    }

    [Test]
    public void Two_clouds_far_apart_are_found()
    {
        var random = new Random(3);
        var rgb = new byte[3 * 4000];
        for (int i = 0; i < 4000; i++)
        {
            double[] mean = i % 4 == 0 ? [200, 60, 40] : [40, 90, 180];
            for (int c = 0; c < 3; c++)
                rgb[3 * i + c] = (byte)(mean[c] + 8 * Enumerable.Range(0, 12).Sum(_ => random.NextDouble() - 0.5));
        }

        var mixture = new ColourMixture(2);
        mixture.Fit(rgb, All(rgb), Chance);
        int red = mixture.Means[0] > mixture.Means[3] ? 0 : 1;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mixture.Weights[red], Is.EqualTo(0.25).Within(1e-6));
            // Truncation to bytes lowers the mean by a half.
            Assert.That(mixture.Means.Slice(3 * red, 3).ToArray(), Is.EqualTo((double[])[199.5, 59.5, 39.5]).Within(1.0));
            Assert.That(mixture.Covariances[red].RR, Is.EqualTo(64).Within(8));
            Assert.That(mixture.Covariances[red].RG, Is.EqualTo(0).Within(6));
        }
    }

    [Test]
    public void One_colour_has_the_density_of_the_floor()
    {
        byte[] rgb = [.. Enumerable.Repeat((byte)77, 300)];
        var mixture = new ColourMixture(5);
        mixture.Fit(rgb, All(rgb), Chance);
        Assert.That(mixture.Count, Is.EqualTo(1));
        double atMean = -1.5 * Math.Log(2 * Math.PI * ColourMixture.VarianceFloor);
        Assert.That(mixture.LogDensity(77, 77, 77), Is.EqualTo(atMean).Within(1e-9));
        Assert.That(mixture.LogDensity(83, 77, 77), Is.EqualTo(atMean - 36 / (2 * ColourMixture.VarianceFloor)).Within(1e-9));
        Assert.That(double.IsFinite(mixture.LogDensity(255, 255, 255)));
    }

    [Test]
    public void The_same_seed_gives_the_same_bits()
    {
        byte[] rgb = Clouds(5, 500, 4, 10);
        var (one, other) = (new ColourMixture(5), new ColourMixture(5));
        one.Fit(rgb, All(rgb), Chance);
        other.Fit(Clouds(6, 900, 3, 5), All(rgb), Chance);
        other.Fit(rgb, All(rgb), Chance);
        Assert.That(other.Means.ToArray(), Is.EqualTo(one.Means.ToArray()));
        Assert.That(other.LogLikelihoods, Is.EqualTo(one.LogLikelihoods));
    }

    [Test]
    public void Small_eigenvalues_are_raised_and_no_others()
    {
        // Eigenvalues 6 and 2 in the plane of R and G, along the diagonals.
        SymmetricMatrix raised = new SymmetricMatrix(4, 2, 0, 4, 0, 20).WithFloor(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(raised.RR, Is.EqualTo(5.5).Within(1e-12));
            Assert.That(raised.RG, Is.EqualTo(0.5).Within(1e-12));
            Assert.That(raised.BB, Is.EqualTo(20).Within(1e-12));
            Assert.That(raised.Determinant, Is.EqualTo(6 * 5 * 20).Within(1e-9));
            Assert.That(raised.Inverse().Form(1, 1, 0), Is.EqualTo(2 / 6.0).Within(1e-12));
        }
    }

    private static int[] All(byte[] rgb) => [.. Enumerable.Range(0, rgb.Length / 3)];

    private static byte[] Clouds(int seed, int pixels, int clouds, int spread)
    {
        var random = new Random(seed);
        var means = new byte[3 * clouds];
        random.NextBytes(means);
        var rgb = new byte[3 * pixels];
        for (int i = 0; i < rgb.Length; i++)
        {
            int value = means[3 * (i / 3 % clouds) + i % 3] + random.Next(-spread, spread + 1);
            rgb[i] = (byte)Math.Clamp(value, 0, 255);
        }

        return rgb;
    }
}
