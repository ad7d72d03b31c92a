using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Rendering;

public class DrawingTests
{
    private static readonly Photo Photo = new(4, 1, [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200]);
    private static readonly SaliencyMap Map = new(4, 1, [0, 1, 2, float.NaN], Reduction.Max);
    private static readonly SaliencyMap Signed = new(4, 1, [-2, 0, 2, float.NaN], Reduction.Signed);

    [Test]
    public void AHeatMapIsTheColoursOfItsValues()
    {
        var picture = HeatMap.Draw(Map, new MapScale(2, 100, false), ColorMap.Grey, Photo);
        Assert.That(picture.At(0, 0), Is.EqualTo(((byte)0, (byte)0, (byte)0)));
        Assert.That(picture.At(1, 0), Is.EqualTo(((byte)128, (byte)128, (byte)128)));
        Assert.That(picture.At(2, 0), Is.EqualTo(((byte)255, (byte)255, (byte)255)));
        Assert.That(picture.At(3, 0), Is.EqualTo(((byte)164, (byte)164, (byte)164)), "no data: 64 + 200 / 2");
        Assert.That(HeatMap.Draw(Map, new MapScale(2, 100, false), ColorMap.Grey).At(3, 0),
            Is.EqualTo(((byte)128, (byte)128, (byte)128)));
    }

    [Test]
    public void AnOverlayShowsThePhotoWhereNothingIsSalientAndTheColourWhereMuchIs()
    {
        var picture = Overlay.Draw(Photo, Map, new MapScale(2, 100, false), ColorMap.Heat);
        var end = ColorMap.Heat.At(1);
        Assert.That(picture.At(2, 0), Is.EqualTo((end[0], end[1], end[2])));
        Assert.That(picture.At(0, 0), Is.EqualTo(((byte)124, (byte)124, (byte)124)), "0.62 of 200");
        Assert.That(picture.At(3, 0), Is.EqualTo(((byte)60, (byte)60, (byte)60)), "0.3 of 200");
    }

    [Test]
    public void SignedMapsTakeDivergingColours()
    {
        var scale = MapScale.Of(Signed, 100);
        var picture = HeatMap.Draw(Signed, scale, ColorMap.Diverging, Photo);
        Assert.That(picture.At(0, 0).B, Is.GreaterThan(picture.At(0, 0).R));
        Assert.That(picture.At(2, 0).R, Is.GreaterThan(picture.At(2, 0).B));
        Assert.That(picture.At(1, 0).R, Is.EqualTo(picture.At(1, 0).B));
        Assert.That(Overlay.Draw(Photo, Signed, scale, ColorMap.Diverging).At(1, 0),
            Is.EqualTo(((byte)124, (byte)124, (byte)124)));
        Assert.Throws<ArgumentException>(() => HeatMap.Draw(Signed, scale, ColorMap.Heat));
        Assert.Throws<ArgumentException>(() => HeatMap.Draw(Map, MapScale.Of(Map), ColorMap.Diverging));
    }

    [Test]
    public void AMapOfAnotherSizeIsRefused() =>
        Assert.Throws<ArgumentException>(() => Overlay.Draw(Pictures.Gradient(5, 1), Map, MapScale.Of(Map), ColorMap.Heat));

    // One pixel of three channels: -2, 0, 4.
    [TestCase(ChannelOrder.Rgb, 64, 128, 255)]
    [TestCase(ChannelOrder.Bgr, 255, 128, 64)]
    public void ASignalIsDrawnAboutMiddleGrey(ChannelOrder order, int red, int green, int blue)
    {
        var signal = Tensor.Create<float>([-2, 0, 4], [1, 3, 1, 1]);
        var scale = SignalImage.ScaleOf(signal, 0, 100);
        Assert.That(scale, Is.EqualTo(new MapScale(4, 100, IsSigned: true)));
        var picture = SignalImage.Draw(signal, 0, scale, order, new InputPlacement(1, 1, 1, 0, 1, 1), Photo);
        Assert.That(picture.At(1, 0), Is.EqualTo(((byte)red, (byte)green, (byte)blue)));
        Assert.That(picture.At(0, 0), Is.EqualTo(((byte)164, (byte)164, (byte)164)), "outside the crop");
    }

    [Test]
    public void ASignalOfOneChannelIsGreyAndOneOfTwoIsNoImage()
    {
        var scale = new MapScale(1, 100, IsSigned: true);
        var placement = new InputPlacement(1, 1, 0, 0, 4, 1);
        var picture = SignalImage.Draw(Tensor.Create<float>([-1], [1, 1, 1, 1]), 0, scale, ChannelOrder.Rgb, placement, Photo);
        Assert.That(picture.At(0, 0), Is.EqualTo(((byte)1, (byte)1, (byte)1)));
        Assert.Throws<ArgumentException>(
            () => SignalImage.Draw(Tensor.Create<float>([1, 1], [1, 2, 1, 1]), 0, scale, ChannelOrder.Rgb, placement, Photo));
    }
}
