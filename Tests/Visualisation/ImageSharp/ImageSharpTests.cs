using NetViz.Engine.Imaging;
using NetViz.Tests.Visualisation.Rendering;
using NetViz.Visualisation.ImageSharp;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace NetViz.Tests.Visualisation.ImageSharp;

/// <summary>All that holds of pictures by SkiaSharp holds of those by ImageSharp, too, which decodes for the whole process here.</summary>
[NonParallelizable]
public class ImageSharpFileTests : ImageFileTests
{
    [OneTimeSetUp]
    public void Choose() => PictureDecoders.Use(new ImageSharpDecoder());

    [OneTimeTearDown]
    public void Leave() => PictureDecoders.Use(null);

    [Test]
    public void ResultsNameIt() => Assert.That(PictureDecoders.CurrentName, Is.EqualTo("ImageSharp"));
}

/// <summary>Pictures between ImageSharp and NetViz, and how far its photographs are from SkiaSharp's.</summary>
[NonParallelizable]
public class ImageSharpTests
{
    [Test]
    public void PicturesGoInAndOutUnchanged()
    {
        Photo photo = Pictures.Gradient(37, 23);
        using Image<Rgb24> image = photo.ToImageSharp();
        Assert.That((image.Width, image.Height, image[5, 7]), Is.EqualTo((37, 23, new Rgb24(photo.At(5, 7).R, photo.At(5, 7).G, photo.At(5, 7).B))));
        Assert.That(image.ToPhoto().Rgb, Is.EqualTo(photo.Rgb));
    }

    /// <summary>SkiaSharp's bytes are Pillow's, so that this is the difference from Pillow.</summary>
    [Test]
    public void PhotographsDifferByHalfALevelOnAverage()
    {
        string[] files = [.. Directory.GetFiles(SharedData.PathOf("imagenet"), "*.JPEG").Order(StringComparer.Ordinal).Take(12)];
        Assert.That(files, Has.Length.EqualTo(12));
        Photo[] skia = [.. files.Select(file => ImageFile.Read(file))];
        PictureDecoders.Use(new ImageSharpDecoder());
        try
        {
            long sum = 0, count = 0;
            int largest = 0;
            for (int i = 0; i < files.Length; i++)
            {
                byte[] managed = ImageFile.Read(files[i]).Rgb;
                Assert.That(managed, Has.Length.EqualTo(skia[i].Rgb.Length));
                for (int k = 0; k < managed.Length; k++)
                {
                    int difference = Math.Abs(managed[k] - skia[i].Rgb[k]);
                    (sum, count, largest) = (sum + difference, count + 1, Math.Max(largest, difference));
                }
            }

            double mean = (double)sum / count;
            TestContext.Out.WriteLine($"{mean:0.000} levels on average, {largest} at most");
            Assert.That(mean, Is.InRange(0.05, 1.2));
            Assert.That(largest, Is.LessThan(120));
        }
        finally
        {
            PictureDecoders.Use(null);
        }
    }

    [Test]
    public void ItStandsInOnlyWhereSkiaSharpIsMissing()
    {
        PictureDecoders.UseWithoutSkia(() => new ImageSharpDecoder(), line => Assert.Fail(line));
        Assert.That(PictureDecoders.CurrentName, Is.EqualTo("SkiaSharp"));
        Assert.That(ImageFile.Decode(Pictures.EncodeBmp(Pictures.Gradient(4, 3)), "a").Width, Is.EqualTo(4));
    }
}
