using NetViz.Engine;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Rendering;

public class ColorMapTests
{
    // Channels are rounded to bytes: half of 1/255 in each is up to 0.3 in L*.
    private const double Rounding = 0.3;

    [Test]
    public void HeatGetsLighterEvenly()
    {
        var lightness = Lightness(ColorMap.Heat);
        for (var i = 0; i < 256; i++)
            Assert.That(lightness[i], Is.EqualTo(97 * i / 255.0).Within(Rounding), $"entry {i}");
    }

    [Test]
    public void DivergingIsNeutralAtZeroAndEquallyLightOnBothSides()
    {
        var lightness = Lightness(ColorMap.Diverging);
        for (var i = 0; i < 128; i++)
        {
            Assert.That(lightness[128 - i], Is.EqualTo(97 - 52 * i / 127.0).Within(Rounding), $"{i} steps below the centre");
            Assert.That(lightness[128 + i], Is.EqualTo(97 - 52 * i / 127.0).Within(Rounding), $"{i} steps above the centre");
        }
        var below = ColorMap.Diverging.At(-1);
        var centre = ColorMap.Diverging.At(0);
        var above = ColorMap.Diverging.At(1);
        Assert.That(centre[0], Is.EqualTo(centre[1]).And.EqualTo(centre[2]));
        Assert.That(below[2], Is.GreaterThan(below[0]), "blue below zero");
        Assert.That(above[0], Is.GreaterThan(above[2]), "red above zero");
    }

    [Test]
    public void GreyIsTheValue()
    {
        for (var i = 0; i < 256; i++)
            Assert.That(ColorMap.Grey.Entries.Slice(3 * i, 3).ToArray(), Is.All.EqualTo((byte)i));
    }

    [Test]
    public void PositionsBeyondTheEndsTakeTheEnds()
    {
        foreach (var map in ColorMap.All)
        {
            Assert.That(map.Entries.Length, Is.EqualTo(768));
            Assert.That(map.At(7).ToArray(), Is.EqualTo(map.At(1).ToArray()));
            Assert.That(map.At(-7).ToArray(), Is.EqualTo(map.At(map.IsDiverging ? -1 : 0).ToArray()));
            Assert.That(map.At(1).ToArray(), Is.EqualTo(map.Entries[^3..].ToArray()));
        }
    }

    [Test]
    public void MapsAreFoundByName()
    {
        foreach (var map in ColorMap.All)
            Assert.That(ColorMap.Named(map.Name), Is.SameAs(map));
        Assert.That(Assert.Throws<NetVizException>(() => ColorMap.Named("jet"))!.Message,
            Does.Contain("jet").And.Contain("heat"));
    }

    // CIE 1976 L* of each entry, from linear sRGB's luminance.
    private static double[] Lightness(ColorMap map)
    {
        var lightness = new double[256];
        for (var i = 0; i < 256; i++)
        {
            var rgb = map.Entries.Slice(3 * i, 3);
            var y = 0.2126 * Linear(rgb[0]) + 0.7152 * Linear(rgb[1]) + 0.0722 * Linear(rgb[2]);
            lightness[i] = y > 216.0 / 24389 ? 116 * Math.Cbrt(y) - 16 : y * 24389 / 27;
        }
        return lightness;

        static double Linear(byte value)
        {
            var v = value / 255.0;
            return v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);
        }
    }
}
