using NetViz.Engine.Imaging;
using NetViz.Kernels;
using NetViz.Visualisation.Proofs;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Proofs;

/// <summary>Signals of every shape as pictures of a few pixels.</summary>
public class SignalThumbnailTests
{
    // Two channels of 2 x 2.
    private static readonly double[] Planes = [1, -2, 0, 0, /**/ 0, 1, 4, -3];
    private static readonly Shape Shape = new(1, 2, 2, 2);

    [Test]
    public void All_channels_show_the_largest_magnitude_enlarged_by_a_whole_number()
    {
        SignalThumbnail small = Of(SignalAspect.AllChannels, 0, 7, 5);
        Assert.That((small.Width, small.Height, small.Block), Is.EqualTo((4, 4, 1)));
        // 1 2 / 4 3 on a scale whose end is the 99.5th percentile of those four, each four times.
        float end = small.Scale.Limit;
        Assert.That(end, Is.EqualTo(4).Within(0.01));
        Assert.That(new[] { small.Shade(0, 0), small.Shade(3, 1), small.Shade(1, 2), small.Shade(2, 3) },
            Is.EqualTo(new[] { 1 / end, 2 / end, 1, 3 / end }).Within(1e-6));
        Assert.That(small.ScaleInWords(), Is.EqualTo("0 to 4 (99.5th percentile)"));
    }

    [Test]
    public void One_channel_keeps_its_sign_and_large_planes_become_means()
    {
        SignalThumbnail plane = Of(SignalAspect.OneChannel, 1, 2, 2), mean = Of(SignalAspect.OneChannel, 1, 1, 1);
        Photo colours = plane.Colour(ChannelOrder.Rgb);
        Assert.That(colours.At(0, 0), Is.EqualTo(Entry(0)));
        Assert.That(colours.At(0, 1), Is.EqualTo(Entry(1)));
        Assert.That(colours.At(1, 1), Is.EqualTo(Entry(-3 / plane.Scale.Limit)));
        Assert.That((mean.Width, mean.Height, mean.Block, mean.Scale.Limit), Is.EqualTo((1, 1, 2, 0.5f)));
        Assert.That(mean.ScaleInWords(), Is.EqualTo("+-0.5 (99.5th percentile)"));
        Assert.That(mean.ScaleInWords(signed: false), Is.EqualTo("0 to 0.5 (99.5th percentile)"));
    }

    [Test]
    public void Colours_are_about_grey_in_the_order_of_the_network()
    {
        double[] signal = [8, 0, -8];
        SignalThumbnail rgb = SignalThumbnail.Of([.. signal, .. signal.Select(r => -r)], new Shape(1, 3, 1, 2), ImageLayout.Nchw,
            SignalAspect.Colours, 0, 2, 1);
        // Channels [8 0] [-8 -8] [0 8]
        Assert.That(rgb.Colour(ChannelOrder.Rgb).At(0, 0), Is.EqualTo(((byte)255, (byte)1, (byte)128)));
        Assert.That(rgb.Colour(ChannelOrder.Bgr).At(0, 0), Is.EqualTo(((byte)128, (byte)1, (byte)255)));
    }

    [Test]
    public void Channels_last_are_the_same_picture()
    {
        double[] pixels = [1, 0, -2, 1, 0, 4, 0, -3];
        foreach (SignalAspect aspect in new[] { SignalAspect.AllChannels, SignalAspect.OneChannel })
        {
            SignalThumbnail last = SignalThumbnail.Of(pixels, Shape, ImageLayout.Nhwc, aspect, 1, 9, 9);
            Assert.That(last.Colour(ChannelOrder.Rgb).Rgb, Is.EqualTo(Of(aspect, 1, 9, 9).Colour(ChannelOrder.Rgb).Rgb));
        }
    }

    [Test]
    public void A_vector_is_drawn_by_rows_near_to_a_square()
    {
        double[] vector = [1, -2, 3, -4, 5];
        SignalThumbnail small = SignalThumbnail.Of(vector, new Shape(1, 5), ImageLayout.Nchw, SignalAspect.AllChannels, 7, 3, 3);
        Assert.That((small.Width, small.Height), Is.EqualTo((3, 2)));
        Assert.That(small.Aspect, Is.EqualTo(SignalAspect.OneChannel));
        Assert.That(small.Colour(ChannelOrder.Rgb).At(0, 1), Is.EqualTo(Entry(-4 / small.Scale.Limit)));
        Assert.That(small.Shade(2, 1), Is.Zero, "the last row is not full");
        SignalThumbnail reduced = SignalThumbnail.Of(vector, new Shape(1, 5, 1, 1), ImageLayout.Nchw, SignalAspect.OneChannel, 0,
            2, 2);
        Assert.That((reduced.Width, reduced.Height, reduced.Block), Is.EqualTo((2, 1, 2)));
        Assert.That(reduced.Scale.Limit, Is.EqualTo(5).Within(0.02), "5 of 1 -2 -4 5, 3 of 3: the largest in magnitude");
        Assert.That(SignalThumbnail.ChannelsOf(new Shape(1, 5, 1, 1), ImageLayout.Nchw), Is.Zero);
    }

    [Test]
    public void Zeros_and_numbers_that_are_none_are_drawn_as_nothing()
    {
        SignalThumbnail zero = SignalThumbnail.Of(new double[8], Shape, ImageLayout.Nchw, SignalAspect.AllChannels, 0, 4, 4);
        Assert.That(zero.ScaleInWords(), Is.EqualTo("every value is 0"));
        Assert.That(zero.Colour(ChannelOrder.Rgb).Rgb, Is.All.Zero);
        double[] odd = [double.NaN, 1, double.PositiveInfinity, 0, 0, 0, 0, 0];
        SignalThumbnail some = SignalThumbnail.Of(odd, Shape, ImageLayout.Nchw, SignalAspect.OneChannel, 0, 2, 2);
        Assert.That((some.Shade(0, 0), some.Shade(1, 0), some.Shade(0, 1)), Is.EqualTo((0f, 1f, 0f)));
        Assert.That(some.Colour(ChannelOrder.Rgb).At(0, 1), Is.EqualTo(Entry(0)));
    }

    private static SignalThumbnail Of(SignalAspect aspect, int channel, int width, int height) =>
        SignalThumbnail.Of(Planes, Shape, ImageLayout.Nchw, aspect, channel, width, height);

    private static (byte R, byte G, byte B) Entry(float position)
    {
        ReadOnlySpan<byte> colour = ColorMap.Diverging.At(position);
        return (colour[0], colour[1], colour[2]);
    }
}
