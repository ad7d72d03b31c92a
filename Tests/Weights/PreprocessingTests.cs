using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Weights.InputPreprocessing;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

public class PreprocessingTests
{
    [TestCase("torchvision", 224, 256)]
    [TestCase("torchvision", 299, 342)]
    [TestCase("caffe", 227, 256)]
    [TestCase("caffe-vgg", 224, 256)]
    [TestCase("unit", 64, 64)]
    [TestCase("unit", 28, 28)]
    public void Resize_size_follows_the_convention(string preset, int size, int expected)
    {
        Preprocessing preprocessing = Preset(preset, size);
        Assert.That((preprocessing.ResizeWidth, preprocessing.ResizeHeight), Is.EqualTo((expected, expected)));
    }

    [Test]
    public void Caffe_subtracts_the_mean_from_blue_first()
    {
        var photo = new Photo(300, 200, [.. Enumerable.Range(0, 300 * 200).SelectMany(_ => new byte[] { 10, 20, 30 })]);
        (float[] input, InputPlacement placement) = Preset("caffe", 227).Apply(photo);
        Assert.That(input, Has.Length.EqualTo(3 * 227 * 227));
        Assert.That((input[0], input[227 * 227], input[2 * 227 * 227]), Is.EqualTo((30f - 104, 20f - 117, 10f - 123)));
        // Warped to 256 x 256, then 227 x 227 from (14, 14): 14.5 rounds to even.
        const double x = 300 / 256.0, y = 200 / 256.0;
        Assert.That(placement, Is.EqualTo(new InputPlacement(227, 227, 14 * x, 14 * y, 227 * x, 227 * y)));
    }

    [Test]
    public void Crop_keeps_proportions_and_says_where_the_input_lies()
    {
        var photo = new Photo(600, 400, ResampleTests.Picture(600, 400, 3));
        (_, InputPlacement placement) = Preset("torchvision", 224).Apply(photo);
        // 600 x 400 becomes 384 x 256; the crop begins at (80, 16).
        const double scale = 400 / 256.0;
        Assert.That(placement, Is.EqualTo(new InputPlacement(224, 224, 80 * scale, 16 * scale, 224 * scale, 224 * scale)));
    }

    [Test]
    public void Crop_covers_an_input_that_is_not_square()
    {
        PreprocessingSettings settings = new() { ResizeTo = (40, 20) };
        var photo = new Photo(100, 100, ResampleTests.Picture(100, 100, 3));
        (float[] input, InputPlacement placement) = settings.ForInput(3, 20, 40, "option").Apply(photo);
        Assert.That(input, Has.Length.EqualTo(3 * 20 * 40));
        Assert.That(placement, Is.EqualTo(new InputPlacement(40, 20, 0, 25, 100, 50)));
    }

    [Test]
    public void Pixels_come_first_or_channels_last_as_the_network_has_it()
    {
        var photo = new Photo(9, 7, ResampleTests.Picture(9, 7, 3));
        Preprocessing planes = PreprocessingPresets.Find("caffe-vgg").ForInput(3, 5, 6, "option");
        Preprocessing pixels = PreprocessingPresets.Find("caffe-vgg").ForInput(3, 5, 6, "option", ImageLayout.Nhwc);
        (float[] a, InputPlacement first) = planes.Apply(photo);
        (float[] b, InputPlacement second) = pixels.Apply(photo);
        Assert.That(planes.InputShape, Is.EqualTo(new[] { 1, 3, 5, 6 }));
        Assert.That(pixels.InputShape, Is.EqualTo(new[] { 1, 5, 6, 3 }));
        Assert.That(second, Is.EqualTo(first));
        for (int c = 0; c < 3; c++)
        for (int i = 0; i < 30; i++) Assert.That(b[i * 3 + c], Is.EqualTo(a[c * 30 + i]));
        Assert.That(pixels.Describe(), Does.EndWith("channels last"));
    }

    [Test]
    public void One_channel_becomes_grey_by_Rec_601()
    {
        var photo = new Photo(2, 1, [255, 0, 0, 255, 255, 255]);
        Preprocessing preprocessing = PreprocessingPresets.Find("unit").ForInput(1, 1, 2, "option");
        (float[] input, _) = preprocessing.Apply(photo);
        Assert.That(preprocessing.Order, Is.EqualTo(ChannelOrder.Grey));
        Assert.That(input, Is.EqualTo(new[] { 76 / 255f, 1f }));
    }

    [Test]
    public void A_preset_of_three_channels_refuses_one()
    {
        var error = Assert.Throws<NetVizException>(() => PreprocessingPresets.Find("torchvision").ForInput(1, 28, 28, "option"));
        Assert.That(error!.Message, Does.Contain("three channels").And.Contain("unit"));
    }

    [Test]
    public void An_unknown_preset_lists_the_known_ones()
    {
        var error = Assert.Throws<NetVizException>(() => PreprocessingPresets.Find("imagenet"));
        Assert.That(error!.Message, Does.Contain("torchvision, caffe-vgg, caffe, unit"));
    }

    [Test]
    public void Equal_settings_are_equal()
    {
        Preprocessing a = Preset("caffe", 227), b = Preset("caffe", 227);
        Assert.That(a, Is.EqualTo(b));
        Assert.That(a.GetHashCode(), Is.EqualTo(b.GetHashCode()));
        Assert.That(a with { Mean = [1, 2, 3] }, Is.Not.EqualTo(b));
        Assert.That(a.Describe(), Is.EqualTo(
            "caffe: 227x227 BGR 0..255, mean (104, 117, 123), deviation (1, 1, 1), warp to 256x256, centre crop"));
    }

    private static Preprocessing Preset(string name, int size) =>
        PreprocessingPresets.Find(name).ForInput(3, size, size, "option");
}
