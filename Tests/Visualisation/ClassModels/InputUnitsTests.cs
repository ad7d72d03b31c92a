using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.ClassModels;
using NetViz.Weights.InputPreprocessing;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.ClassModels;

/// <summary>From a picture to the network's units and back, for every kind of preprocessing.</summary>
public sealed class InputUnitsTests
{
    [TestCase("torchvision", ImageLayout.Nchw)]
    [TestCase("torchvision", ImageLayout.Nhwc)]
    [TestCase("caffe", ImageLayout.Nchw)]
    [TestCase("caffe-vgg", ImageLayout.Nchw)]
    [TestCase("unit", ImageLayout.Nchw)]
    [TestCase("byte", ImageLayout.Nhwc)]
    public void A_picture_becomes_what_the_preprocessing_makes_of_it_and_comes_back(string preset, ImageLayout layout)
    {
        var photo = new Photo(8, 8, [.. Enumerable.Range(0, 192).Select(i => (byte)(i * 37 % 256))]);
        Preprocessing p = PreprocessingPresets.Find(preset).ForInput(3, 8, 8, "test", layout);
        var units = new InputUnits
        {
            Height = 8, Width = 8, Layout = layout, Order = p.Order,
            Mean = [.. Enumerable.Range(0, 3).Select(c => p.Mean[c] * p.Divisor)],
            Deviation = [.. Enumerable.Range(0, 3).Select(c => p.Deviation[c] * p.Divisor)],
            Centre = [90, 100, 110],
        };
        float[] image = units.FromPhoto(photo);
        Assert.That(units.ToPhoto(image).Rgb, Is.EqualTo(photo.Rgb));
        Tensor<float> input = units.ToInput([image, image]);
        float[] values = new float[input.FlattenedLength];
        input.FlattenTo(values);
        Assert.That(values[..192], Is.EqualTo(p.Apply(photo).Input).Within(1e-4));
        Assert.That(units.FromSignal(units.ToInput([image]))[0].Zip(image, (a, b) => a - b).Take(64).Distinct().Count(),
            Is.LessThan(64), "planes stay planes");
    }

    [Test]
    public void The_zero_image_is_the_mean()
    {
        InputUnits units = ModelFixture.Small(2, 2, ChannelOrder.Bgr);
        Assert.That(units.ToPhoto(new float[12]).Rgb[..3], Is.EqualTo(new byte[] { 123, 117, 104 }));
        Assert.That(units.ToInput([new float[12]]), Is.All.Zero);
    }

    [Test]
    public void Published_constants_keep_their_size_in_torchvisions_units()
    {
        var units = new InputUnits
        {
            Height = 224, Width = 224, Order = ChannelOrder.Rgb, Mean = [0, 0, 0], Centre = [0, 0, 0],
            Deviation = [0.229f * 255, 0.224f * 255, 0.225f * 255],
        };
        Assert.That(units.UnitRatio, Is.EqualTo(1).Within(1e-6));
        Assert.That((units.CountRatio, units.Length(16)), Is.EqualTo((1.0, 16.0)));
    }
}
