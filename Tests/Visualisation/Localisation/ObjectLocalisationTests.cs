using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Localisation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Localisation;

/// <summary>The whole procedure on drawn pictures whose object is known to the pixel.</summary>
public sealed class ObjectLocalisationTests
{
    private static readonly PixelBox Object = new(12, 20, 33, 41);

    [Test]
    public void The_cut_finds_a_disc_of_which_the_map_shows_spots([Values] bool large)
    {
        int scale = large ? 3 : 1;
        (Photo photo, SaliencyMap map) = Disc(scale);
        var options = new LocalisationOptions { MaxSide = large ? 64 : 512 };
        ObjectLocalisation found = ObjectLocalisation.Of(photo, map, options);
        LocalisationCertificate certificate = found.Certificate;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Box, Is.EqualTo(new PixelBox(Object.XMin * scale, Object.YMin * scale,
                (Object.XMax + 1) * scale - 1, (Object.YMax + 1) * scale - 1)));
            Assert.That(certificate.Holds);
            Assert.That(certificate.Cut!.Flow, Is.EqualTo(certificate.Cut.Cut));
            Assert.That(certificate.Cut.ColourEnergy + certificate.Cut.BorderEnergy,
                Is.EqualTo(certificate.Cut.EnergyFromFlow).Within(0.5 * 64 * 64 * 5 / GraphCut.Unit));
            Assert.That((certificate.Width, certificate.Height), Is.EqualTo((64, 64)));
            Assert.That(certificate.ForegroundSeeds, Is.InRange(0.05 * 4096, 0.08 * 4096));
            Assert.That(certificate.BackgroundSeeds, Is.InRange(0.30 * 4096, 0.35 * 4096));
        }

        for (int i = 0; i < found.Mask.Length; i++)
        {
            bool inside = IsInDisc(i % photo.Width / scale, i / photo.Width / scale);
            Assert.That(found.Mask[i], Is.EqualTo(inside), $"pixel {i}");
        }
    }

    [Test]
    public void No_other_labels_have_a_smaller_cut()
    {
        (Photo photo, SaliencyMap map) = Disc(1);
        var localiser = new Localiser(new LocalisationOptions { HardSeeds = HardSeeds.None });
        localiser.BoxOf(photo.Rgb, map.Values, 64, 64);
        bool[] labels = localiser.Labels.ToArray();
        Assert.That(localiser.IsProved);
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            int at = random.Next(labels.Length);
            labels[at] ^= true;
            Assert.That(localiser.Cut.CutOf(labels), Is.GreaterThanOrEqualTo(localiser.Cut.Flow));
            if (i % 3 > 0) labels[at] ^= true;
        }
    }

    [Test]
    public void One_localiser_gives_what_a_new_one_gives()
    {
        (Photo photo, SaliencyMap map) = Disc(1);
        var noise = new float[40 * 30];
        var rgb = new byte[3 * noise.Length];
        new Random(2).NextBytes(rgb);
        for (int i = 0; i < noise.Length; i++) noise[i] = i * 7919 % 1009;
        var used = new Localiser(new LocalisationOptions());
        for (int round = 0; round < 2; round++)
        {
            Assert.That(used.BoxOf(rgb, noise, 40, 30), Is.EqualTo(new Localiser(used.Options).BoxOf(rgb, noise, 40, 30)));
            Assert.That(used.IsProved);
            Assert.That(used.BoxOf(photo.Rgb, map.Values, 64, 64), Is.EqualTo(Object));
        }
    }

    [Test]
    public void A_map_that_is_the_same_everywhere_has_no_box([Values] LocalisationMethod method,
        [Values(0f, 1f, float.NaN)] float value)
    {
        (Photo photo, _) = Disc(1);
        var map = new SaliencyMap(64, 64, [.. Enumerable.Repeat(value, 4096)], Reduction.Max);
        ObjectLocalisation found = ObjectLocalisation.Of(photo, map, new LocalisationOptions { Method = method });
        Assert.That(found.Box, Is.Null);
        Assert.That(found.Certificate.Cut, Is.Null);
        Assert.That(LocalisationPictures.Overlay(found).Width, Is.EqualTo(384));
    }

    [Test]
    public void Pixels_that_the_network_did_not_see_are_no_seeds()
    {
        (Photo photo, SaliencyMap map) = Disc(1);
        float[] values = map.Values.ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            if (i % 64 is < 8 or >= 56) values[i] = float.NaN;
        }

        ObjectLocalisation found = ObjectLocalisation.Of(photo, new SaliencyMap(64, 64, values, Reduction.Max));
        Assert.That(found.Box, Is.EqualTo(Object));
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i])) Assert.That(found.Seeds[i], Is.EqualTo(SeedKind.Unknown));
        }
    }

    [Test]
    public void What_makes_no_sense_is_refused()
    {
        LocalisationOptions[] wrong =
        [
            new() { ForegroundQuantile = 1 }, new() { BackgroundQuantile = 0.95 }, new() { Components = 0 }, new() { Gamma = -1 },
            new() { Gamma = double.NaN }, new() { Threshold = 0 }, new() { Smoothing = 2 }, new() { MaxSide = 3 },
        ];
        foreach (LocalisationOptions options in wrong)
            Assert.That(() => new Localiser(options), Throws.InstanceOf<NetVizException>(), options.ToString());
    }

    // A disc on another colour, with noise; the map is strong at some of its pixels, and weak far from it.
    private static (Photo Photo, SaliencyMap Map) Disc(int scale)
    {
        int side = 64 * scale;
        var (rgb, values) = (new byte[3 * side * side], new float[side * side]);
        for (int i = 0; i < values.Length; i++)
        {
            (int x, int y) = (i % side / scale, i / side / scale);
            int number = y * 64 + x, noise = (int)(number * 2654435761L % 17);
            bool inside = IsInDisc(x, y);
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = inside
                ? ((byte)(200 + noise), (byte)(90 + noise / 2), (byte)30)
                : ((byte)(40 + noise), (byte)(100 + noise), (byte)(150 - noise));
            values[i] = inside ? (number % 3 == 0 ? 10 : 2) + noise * 0.01f : 1 + noise * 0.001f;
        }

        // A third of the outside is weaker than all else.
        for (int i = 0; i < values.Length; i++)
        {
            if (i / side / scale >= 44) values[i] = 0.1f + (i / side / scale * 64 + i % side / scale) * 1e-5f;
        }

        return (new Photo(side, side, rgb), new SaliencyMap(side, side, values, Reduction.Max));
    }

    private static bool IsInDisc(int x, int y) => (x - 22.5) * (x - 22.5) + (y - 30.5) * (y - 30.5) <= 11 * 11;
}
