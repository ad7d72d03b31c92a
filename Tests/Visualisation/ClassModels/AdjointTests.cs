using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.ClassModels;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.ClassModels;

/// <summary>
/// Each operation between the pixels and the network against its backward pass: &lt;A x, y&gt; = &lt;x, A^T y&gt; where it is
/// linear, and finite differences where it is not.
/// </summary>
public sealed class AdjointTests
{
    private const int Height = 9, Width = 12;

    private static IEnumerable<TestCaseData> Views()
    {
        yield return new TestCaseData(new Roll(Height, Width, 3, -5)).SetArgDisplayNames("rolled");
        yield return new TestCaseData(new Roll(Height, Width, -20, 31)).SetArgDisplayNames("rolled beyond the side");
        yield return new TestCaseData(new AffineView(Height, Width, 1, 0, 2, -1)).SetArgDisplayNames("shifted");
        yield return new TestCaseData(new AffineView(Height, Width, 1.1, 0, 0, 0)).SetArgDisplayNames("scaled");
        yield return new TestCaseData(new AffineView(Height, Width, 1, 10, 0, 0)).SetArgDisplayNames("turned");
        yield return new TestCaseData(new AffineView(Height, Width, 1.2, -7, 0.3, 1.7)).SetArgDisplayNames("all of it, padded");
    }

    [TestCaseSource(nameof(Views))]
    public void A_views_backward_pass_is_its_transpose(IPixelView view)
    {
        float[] x = Numbers(3 * Height * Width, 1), y = Numbers(x.Length, 2);
        float[] forward = new float[x.Length], back = new float[x.Length];
        view.Forward(x, forward);
        view.Backward(y, back);
        Assert.That(TensorPrimitives.Dot<float>(forward, y), Is.EqualTo(TensorPrimitives.Dot<float>(x, back)).Within(1e-4));
    }

    [Test]
    public void A_view_that_changes_nothing_shows_the_image()
    {
        float[] x = Numbers(3 * Height * Width, 1), seen = new float[x.Length];
        new AffineView(Height, Width, 1, 0, 0, 0).Forward(x, seen);
        Assert.That(seen, Is.EqualTo(x));
        new AffineView(Height, Width, 1, 0, 1, 0).Forward(x, seen);
        Assert.That(seen[..Width], Is.EqualTo(x[Width..(2 * Width)]), "a shift down by one row shows the row below");
        Assert.That(seen[((Height - 1) * Width)..(Height * Width)], Is.All.Zero, "beyond the edge lies the mean");
    }

    [TestCase(9, 12)]
    [TestCase(64, 64)]
    [TestCase(1, 7)]
    public void The_spectrum_is_its_own_inverse_and_keeps_the_norm(int height, int width)
    {
        var transform = new HartleyTransform(height, width);
        float[] x = Numbers(2 * height * width, 3), z = new float[x.Length], back = new float[x.Length];
        transform.Apply(x, z);
        transform.Apply(z, back);
        Assert.That(TensorPrimitives.Distance<float>(x, back), Is.LessThan(1e-5 * TensorPrimitives.Norm<float>(x)));
        Assert.That(TensorPrimitives.Norm<float>(z), Is.EqualTo(TensorPrimitives.Norm<float>(x)).Within(1e-5).Percent);
    }

    [Test]
    public void A_wave_has_its_frequency_alone()
    {
        var transform = new HartleyTransform(16, 16);
        float[] x = [.. Enumerable.Range(0, 256).Select(i => (float)Math.Cos(2 * Math.PI * 3 * (i % 16) / 16))];
        var z = new float[256];
        transform.Apply(x, z);
        foreach (int i in Enumerable.Range(0, 256).Where(i => Math.Abs(z[i]) > 1e-4))
            Assert.That(transform.Frequency(i / 16, i % 16), Is.EqualTo(3 / 16.0), $"coefficient {i}");
    }

    [TestCase(ChannelOrder.Rgb)]
    [TestCase(ChannelOrder.Bgr)]
    [TestCase(ChannelOrder.Grey)]
    public void The_spectral_images_backward_pass_is_its_derivative(ChannelOrder order)
    {
        var spectral = new SpectralImage(ModelFixture.Small(Height, Width, order));
        int count = ModelFixture.Small(Height, Width, order).Count;
        float[] z = Numbers(count, 4), signal = Numbers(count, 5), image = new float[count], found = new float[count];
        spectral.Forward(z, image);
        spectral.Backward(image, signal, found);
        AgreesWithDifferences(z, found, moved =>
        {
            var at = new float[count];
            spectral.Forward(moved, at);
            return Dot(at, signal);
        });
    }

    [Test]
    public void Total_variations_gradient_is_its_derivative()
    {
        float[] x = Numbers(2 * Height * Width, 6), minus = new float[x.Length];
        TotalVariation.Subtract(x, Height, Width, 0.1, 1, minus);
        AgreesWithDifferences(x, [.. minus.Select(value => -value)],
            moved => TotalVariation.Subtract(moved, Height, Width, 0.1, 1, new float[x.Length]));
        Assert.That(TotalVariation.Subtract(new float[x.Length], Height, Width, 0.1, 1, minus), Is.Zero, "flat");
    }

    [Test]
    public void A_blur_keeps_a_flat_image_and_the_sum_of_a_spot_far_from_the_edge()
    {
        float[] flat = [.. Enumerable.Repeat(2f, 400)], spot = new float[400];
        spot[20 * 10 + 10] = 1;
        GaussianBlur.Apply(flat, 20, 20, 1);
        GaussianBlur.Apply(spot, 20, 20, 1);
        Assert.That(flat, Is.All.EqualTo(2f).Within(1e-6));
        Assert.That(spot.Sum(), Is.EqualTo(1).Within(1e-5));
        Assert.That(spot[20 * 10 + 11] / spot[20 * 10 + 10], Is.EqualTo(Math.Exp(-0.5)).Within(1e-5));
    }

    [Test]
    public void Clipping_takes_the_smallest_pixels()
    {
        float[] image = [1, -4, 3, 2, 1, -4, 3, 2];
        Clipping.SmallNorm(image, 4, 50);
        Assert.That(image, Is.EqualTo(new float[] { 0, -4, 3, 0, 0, -4, 3, 0 }));
        float[] other = [1, -4, 3, 2];
        Clipping.SmallContribution(other, [9, 1, 1, 1], 4, 50);
        Assert.That(other, Is.EqualTo(new float[] { 1, -4, 0, 0 }));
    }

    private static void AgreesWithDifferences(float[] at, float[] gradient, Func<float[], double> f)
    {
        const float Step = 1e-2f;
        foreach (int i in Enumerable.Range(0, at.Length).Where(i => i % 7 == 0))
        {
            float[] up = [.. at], down = [.. at];
            (up[i], down[i]) = (at[i] + Step, at[i] - Step);
            double slope = (f(up) - f(down)) / (2 * Step);
            Assert.That(gradient[i], Is.EqualTo(slope).Within(2e-3 * Math.Max(1, Math.Abs(slope))), $"element {i}");
        }
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    private static float[] Numbers(int count, ulong stream)
    {
        var numbers = new float[count];
        new CounterRandom(7, stream).Fill(0, 1, numbers);
        return numbers;
    }
}
