using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// The gradient with respect to up to three channels has a kernel of its own. It gives the bytes of the general kernel, which a
/// convolution of more channels with the same weights takes.
/// </summary>
public class NarrowConvTests
{
    private const int ManyChannels = 5;

    [Test]
    public void Few_channels_have_the_bytes_of_many([Values(1, 2, 3)] int channels, [Values(1, 2)] int threads,
        [Values(8, 16, 40, 96)] int outputs, [Values("7x7 2", "11x11 4", "3x3 1", "3x3 3", "5x5 2", "2x2 3")] string kernel)
    {
        int size = int.Parse(kernel[..kernel.IndexOf('x')]), stride = int.Parse(kernel[^1..]), pad = size / 3;
        var window = new Window(size, size) { StrideH = stride, StrideW = stride, PadTop = pad, PadLeft = pad, PadRight = 1 };
        var random = new Random(channels * 100 + outputs);
        float[] weight = Draw(random, outputs * ManyChannels * size * size);
        var many = new ConvGeometry(2, ManyChannels, 37, 41, outputs, 1, window);
        var few = new ConvGeometry(2, channels, 37, 41, outputs, 1, window);
        float[] signal = Draw(random, 2 * outputs * many.OH * many.OW);
        float[] of = Down(many, threads, weight, signal), found = Down(few, threads, Few(weight, outputs, channels, size), signal);
        int plane = 37 * 41;
        for (int n = 0; n < 2; n++)
        {
            Assert.That(found.AsSpan(n * channels * plane, channels * plane).ToArray(),
                Is.EqualTo(of.AsSpan(n * ManyChannels * plane, channels * plane).ToArray()), $"image {n}");
        }
    }

    [Test]
    public void A_signal_of_zeros_stays_zero_unless_a_weight_is_not_finite([Values(1, 16, 20)] int channels,
        [Values(1, 2)] int stride)
    {
        var window = new Window(3, 3) { StrideH = stride, StrideW = stride, PadTop = 1, PadLeft = 1, PadRight = 1, PadBottom = 1 };
        var geometry = new ConvGeometry(1, channels, 12, 12, 16, 1, window);
        float[] weight = Draw(new Random(1), 16 * channels * 9), signal = new float[16 * geometry.OH * geometry.OW];
        Assert.That(Down(geometry, 1, weight, signal), Is.All.EqualTo(0f));
        weight[4] = float.PositiveInfinity;
        Assert.That(Down(geometry, 1, weight, signal), Has.Some.NaN);
    }

    private static float[] Draw(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];

    private static float[] Few(float[] weight, int outputs, int channels, int size)
    {
        int area = size * size;
        return [.. Enumerable.Range(0, outputs).SelectMany(o => weight.Skip(o * ManyChannels * area).Take(channels * area))];
    }

    private static float[] Down(in ConvGeometry geometry, int threads, float[] weight, float[] signal)
    {
        using var kernels = new CpuKernels(threads, ConvAlgorithm.Direct);
        using PreparedWeights weights = kernels.PrepareConv(geometry.C, 1, geometry.Window, weight, ReadOnlyMemory<float>.Empty);
        Shape above = geometry.Output, below = geometry.Input;
        using DeviceBuffer first = kernels.Allocate(kernels.BytesOf(above)), second = kernels.Allocate(kernels.BytesOf(below));
        DeviceTensor from = kernels.View(first, above), to = kernels.View(second, below);
        kernels.Upload(signal, from);
        kernels.ConvBackward(geometry, from, weights, to);
        var found = new float[below.Count];
        kernels.Download(to, found);
        return found;
    }
}
