using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;
using SkiaSharp;

namespace NetViz.Tests.Visualisation.Rendering;

public class ImageFileTests
{
    private static readonly (byte R, byte G, byte B) Red = (255, 0, 0), Green = (0, 255, 0), Blue = (0, 0, 255),
        White = (255, 255, 255);

    [Test]
    public void PngKeepsEveryPixel()
    {
        using var folder = new TemporaryFolder();
        var photo = Pictures.Gradient(37, 23);
        ImageFile.WritePng(photo, folder.File("a.png"));
        var read = ImageFile.Read(folder.File("a.png"));
        Assert.That((read.Width, read.Height), Is.EqualTo((37, 23)));
        Assert.That(read.Rgb, Is.EqualTo(photo.Rgb));
    }

    [TestCase(SKColorType.Rgba8888)]
    [TestCase(SKColorType.Bgra8888)]
    [TestCase(SKColorType.Rgb888x)]
    public void ABitmapOfSkiaSharpGivesItsPixels(SKColorType type)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(3, 2, type, SKAlphaType.Opaque));
        for (var y = 0; y < 2; y++)
        for (var x = 0; x < 3; x++)
            bitmap.SetPixel(x, y, new SKColor((byte)(10 * x), (byte)(20 * y), 77));
        var photo = ImageFile.FromBitmap(bitmap);
        Assert.That((photo.Width, photo.Height), Is.EqualTo((3, 2)));
        Assert.That(photo.Rgb, Is.EqualTo(new byte[] { 0, 0, 77, 10, 0, 77, 20, 0, 77, 0, 20, 77, 10, 20, 77, 20, 20, 77 }));
    }

    [Test]
    public void ABitmapOfSkiaSharpIsCompositedOnWhite()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Bgra8888, SKAlphaType.Premul));
        bitmap.SetPixel(0, 0, SKColors.Transparent);
        bitmap.SetPixel(1, 0, new SKColor(255, 0, 0, 51));
        Assert.That(ImageFile.FromBitmap(bitmap).Rgb, Is.EqualTo(new byte[] { 255, 255, 255, 255, 204, 204 }));
        using var empty = new SKBitmap();
        Assert.That(() => ImageFile.FromBitmap(empty), Throws.ArgumentException);
    }

    [Test]
    public void SamePhotoGivesSameBytes()
    {
        var first = ImageFile.EncodePng(Pictures.Gradient(64, 48));
        var second = ImageFile.EncodePng(Pictures.Gradient(64, 48));
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void EveryLevelKeepsEveryPixelOfFewAndOfManyColours([Range(0, 9)] int level, [Values(1, 7, 300)] int width,
        [Values(false, true)] bool hasFewColours)
    {
        var rgb = new byte[width * 41 * 3];
        new Random(width).NextBytes(rgb);
        if (hasFewColours)
            for (var i = 0; i < rgb.Length; i++) rgb[i] &= 0x80;
        byte[] png = ImageFile.EncodePng(new Photo(width, 41, rgb), level);
        Photo read = ImageFile.Decode(png, "a.png");
        Assert.That((read.Width, read.Height), Is.EqualTo((width, 41)));
        Assert.That(read.Rgb, Is.EqualTo(rgb));
        // The image library reads it as 8-bit RGB, its checksums too.
        Assert.That(png[24..29], Is.EqualTo(new byte[] { 8, 2, 0, 0, 0 }));
    }

    [TestCase(-1)]
    [TestCase(10)]
    public void RefusesALevelThatThereIsNot(int level) => Assert.That(
        () => ImageFile.EncodePng(Pictures.Gradient(4, 4), level), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void ReadsBmpExactly()
    {
        var photo = Pictures.Gradient(13, 9);
        Assert.That(ImageFile.Decode(Pictures.EncodeBmp(photo), "a.bmp").Rgb, Is.EqualTo(photo.Rgb));
    }

    [TestCase(SKEncodedImageFormat.Jpeg, 4)]
    [TestCase(SKEncodedImageFormat.Webp, 16)]
    public void ReadsLossyFormatsClosely(SKEncodedImageFormat format, int tolerance)
    {
        var photo = Smooth(64, 48);
        var read = ImageFile.Decode(Pictures.Encode(photo, format), "a");
        for (var i = 0; i < photo.Rgb.Length; i++)
            Assert.That((int)read.Rgb[i], Is.EqualTo((int)photo.Rgb[i]).Within(tolerance));
    }

    [Test]
    public void ReadsFirstFrameOfGif()
    {
        var read = ImageFile.Decode(Pictures.Gif(), "a.gif");
        Assert.That((read.At(0, 0), read.At(1, 0), read.At(0, 1)), Is.EqualTo((Red, Green, Blue)));
        Assert.That(read.At(1, 1), Is.EqualTo(White), "transparent");
    }

    [Test]
    public void GreyPngBecomesThreeEqualChannels()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(3, 1, SKColorType.Gray8, SKAlphaType.Opaque));
        for (var x = 0; x < 3; x++)
            bitmap.SetPixel(x, 0, new SKColor((byte)(100 * x), (byte)(100 * x), (byte)(100 * x)));
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Assert.That(ImageFile.Decode(data.ToArray(), "grey.png").Rgb,
            Is.EqualTo(new byte[] { 0, 0, 0, 100, 100, 100, 200, 200, 200 }));
    }

    [Test]
    public void TransparencyShowsWhite()
    {
        var photo = new Photo(3, 1, [200, 100, 0, 200, 100, 0, 200, 100, 0]);
        var file = Pictures.Encode(photo, SKEncodedImageFormat.Png, alpha: (x, _) => (byte)(x * 127 + (x == 2 ? 1 : 0)));
        // alpha 0, 127, 255: white, (200 * 127 + 255 * 128) / 255 = 227.6 and so on, the colour itself.
        Assert.That(ImageFile.Decode(file, "a.png").Rgb, Is.EqualTo(new byte[] { 255, 255, 255, 228, 178, 128, 200, 100, 0 }));
    }

    // Corners of the stored picture, row by row: red green / blue white.
    [TestCase(1, "red green blue white")]
    [TestCase(2, "green red white blue")]
    [TestCase(3, "white blue green red")]
    [TestCase(4, "blue white red green")]
    [TestCase(5, "red blue green white")]
    [TestCase(6, "blue red white green")]
    [TestCase(7, "white green blue red")]
    [TestCase(8, "green white red blue")]
    public void ExifOrientationIsApplied(int orientation, string corners)
    {
        var stored = new Photo(48, 32, new byte[48 * 32 * 3]);
        for (var i = 0; i < 48 * 32; i++)
        {
            var (left, top) = (i % 48 < 24, i / 48 < 16);
            var (r, g, b) = top ? left ? Red : Green : left ? Blue : White;
            (stored.Rgb[3 * i], stored.Rgb[3 * i + 1], stored.Rgb[3 * i + 2]) = (r, g, b);
        }
        byte[] png = ImageFile.EncodePng(stored), webp = Pictures.Encode(stored, SKEncodedImageFormat.Webp);
        (string Name, byte[] File)[] files =
        [
            ("JPEG", Pictures.WithExifOrientation(Pictures.Encode(stored, SKEncodedImageFormat.Jpeg), (byte)orientation)),
            ("PNG", Pictures.WithExifChunk(png, (byte)orientation, littleEndian: true)),
            ("PNG, big-endian", Pictures.WithExifChunk(png, (byte)orientation, littleEndian: false)),
            ("WebP", Pictures.WithWebpExif(webp, 48, 32, (byte)orientation, prefixed: false)),
            ("WebP, with a prefix", Pictures.WithWebpExif(webp, 48, 32, (byte)orientation, prefixed: true)),
        ];
        foreach (var (name, file) in files)
        {
            var read = ImageFile.Decode(file, name);
            Assert.That((read.Width, read.Height), Is.EqualTo(orientation < 5 ? (48, 32) : (32, 48)), name);
            var (right, bottom) = (read.Width - 4, read.Height - 4);
            Assert.That(string.Join(' ', Name(read.At(3, 3)), Name(read.At(right, 3)), Name(read.At(3, bottom)),
                Name(read.At(right, bottom))), Is.EqualTo(corners), name);
            Assert.That(ImageFile.Decode(file, name, upright: false).Width, Is.EqualTo(48), name);
        }

        static string Name((byte R, byte G, byte B) colour) => (colour.R > 128, colour.G > 128, colour.B > 128) switch
        {
            (true, false, false) => "red",
            (false, true, false) => "green",
            (false, false, true) => "blue",
            (true, true, true) => "white",
            _ => colour.ToString(),
        };
    }

    [TestCase("photos/a.JPEG", true)]
    [TestCase("a.b.png", true)]
    [TestCase("a.webp", true)]
    [TestCase("a.npy", false)]
    [TestCase("png", false)]
    public void ImagesAreKnownByName(string name, bool isImage) => Assert.That(ImageFile.HasImageName(name), Is.EqualTo(isImage));

    [Test]
    public void MissingEmptyAndForeignFilesAreNamed()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(() => ImageFile.Read(folder.File("none.png")), "none.png", "does not exist");
        AssertRefused(() => ImageFile.Read(folder.File("no/folder.png")), "folder.png", "does not exist");
        AssertRefused(() => ImageFile.Read(folder.Path), folder.Path, "folder");
        AssertRefused(() => ImageFile.Read(folder.Write("empty.png", [])), "empty.png", "0 bytes");
        AssertRefused(() => ImageFile.Read(folder.Write("text.png", "no picture at all"u8)), "text.png", "not an image");
    }

    [TestCase("png")]
    [TestCase("jpeg")]
    [TestCase("webp")]
    [TestCase("gif")]
    [TestCase("bmp")]
    public void TruncatedFilesAreRefused(string format)
    {
        var photo = Pictures.Gradient(80, 60);
        var file = format switch
        {
            "png" => ImageFile.EncodePng(photo),
            "jpeg" => Pictures.Encode(photo, SKEncodedImageFormat.Jpeg, 90),
            "webp" => Pictures.Encode(photo, SKEncodedImageFormat.Webp, 90),
            // The bytes after the first frame's are another frame's.
            "gif" => Pictures.Gif()[..48],
            _ => Pictures.EncodeBmp(photo),
        };
        for (var share = 1; share < 10; share++)
            AssertRefused(() => ImageFile.Decode(file.AsSpan(0, file.Length * share / 10), "cut"), "cut");
    }

    [TestCase(80, 60)]
    [TestCase(17, 9)]
    [TestCase(300, 200)]
    public void AJpegThatLacksItsDataIsRefusedThoughItHasItsEnd(int width, int height)
    {
        byte[] whole = Pictures.Encode(Pictures.Gradient(width, height), SKEncodedImageFormat.Jpeg, 95);
        int start = whole.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        start += 2 + whole[start + 2] * 256 + whole[start + 3];
        ImageFile.Decode(whole, "whole");
        ImageFile.Decode((byte[])[.. whole, 1, 2, 3], "with something behind it");
        int data = whole.Length - 2 - start;
        for (var tenth = 0; tenth < 9; tenth++)
        {
            byte[] cut = [.. whole[..(start + data * tenth / 10)], 0xFF, 0xD9];
            AssertRefused(() => ImageFile.Decode(cut, "cut"), "cut", "truncated");
        }
    }

    // A frame of three components, then scans of (components, first and last coefficient, bit): all of it, or a part.
    [TestCase(true, "123 0 0 0; 1 1 63 0; 2 1 63 0; 3 1 63 0")]
    [TestCase(true, "123 0 0 1; 1 1 5 2; 1 6 63 2; 2 1 63 1; 3 1 63 1; 123 0 0 0; 1 1 63 1; 1 1 63 0; 2 1 63 0; 3 1 63 0")]
    [TestCase(false, "123 0 0 1; 1 1 5 2; 1 6 63 2; 2 1 63 1; 3 1 63 1; 123 0 0 0; 1 1 63 1; 2 1 63 0; 3 1 63 0")]
    [TestCase(false, "123 0 0 0; 1 1 63 0; 2 1 63 0")]
    [TestCase(false, "123 0 0 0")]
    [TestCase(false, "12 0 0 0; 1 1 63 0; 2 1 63 0")]
    public void AProgressiveJpegHasScansOfAllBits(bool isComplete, string scans)
    {
        List<byte> file = [0xFF, 0xD8, 0xFF, 0xC2, 0, 17, 8, 0, 24, 0, 32, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0];
        foreach (string scan in scans.Split("; "))
        {
            string[] parts = scan.Split(' ');
            file.AddRange([0xFF, 0xDA, 0, (byte)(6 + 2 * parts[0].Length), (byte)parts[0].Length]);
            foreach (char component in parts[0]) file.AddRange([(byte)(component - '0'), 0]);
            file.AddRange([byte.Parse(parts[1]), byte.Parse(parts[2]), byte.Parse(parts[3])]);
            // Entropy-coded data with a stuffed byte and a restart marker, which do not end it.
            file.AddRange([0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56]);
        }

        file.AddRange([0xFF, 0xD9]);
        JpegScans found = JpegScans.Of(file.ToArray());
        Assert.That((found.IsProgressive, found.AreComplete, found.EndOfOnlyScan), Is.EqualTo((true, isComplete, (int?)null)));
    }

    [Test]
    public void APngThatLacksRowsIsRefusedThoughItHasItsEnd()
    {
        byte[] whole = ImageFile.EncodePng(Pictures.Gradient(80, 60));
        // IHDR alone, then the end; and the first of two rows of another size.
        int data = whole.AsSpan().IndexOf("IDAT"u8) - 4;
        AssertRefused(() => ImageFile.Decode((byte[])[.. whole[..data], .. whole[^12..]], "cut"), "cut");
        byte[] taller = [.. ImageFile.EncodePng(Pictures.Gradient(80, 61))[..33], .. whole[33..]];
        AssertRefused(() => ImageFile.Decode(taller, "taller"), "taller");
    }

    [Test]
    public void AGifThatLacksItsRowsIsRefusedThoughItHasItsEnd() =>
        AssertRefused(() => ImageFile.Decode((byte[])[.. Pictures.Gif()[..40], 0, 0x3B], "cut"), "cut");

    [Test]
    public void ABmpOfMoreRowsThanItHoldsIsRefused()
    {
        byte[] taller = Pictures.EncodeBmp(Pictures.Gradient(8, 6));
        taller[22]++;
        AssertRefused(() => ImageFile.Decode(taller, "taller"), "taller");
    }

    [Test]
    public void DamageIsNeverAnotherException()
    {
        var random = new Random(1);
        byte[][] files =
        [
            ImageFile.EncodePng(Pictures.Gradient(40, 30)),
            Pictures.Encode(Pictures.Gradient(40, 30), SKEncodedImageFormat.Jpeg, 80),
            Pictures.Gif(),
        ];
        for (var round = 0; round < 300; round++)
        {
            byte[] file = [.. files[round % files.Length]];
            for (var i = 0; i < 4; i++)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            try
            {
                ImageFile.Decode(file, "damaged", pixelLimit: 1_000_000);
            }
            catch (NetVizException)
            {
                // Refused; a picture with some wrong pixels is fine, too.
            }
        }
    }

    [Test]
    public void PixelLimitIsCheckedBeforeDecoding()
    {
        // 40000 x 40000 in 60 bytes: were it decoded, it would be called truncated.
        AssertRefused(() => ImageFile.Decode(Pictures.PngHeader(40_000, 40_000), "huge.png"), "huge.png", "40000 x 40000",
            "100000000");
        var file = ImageFile.EncodePng(Pictures.Gradient(20, 10));
        AssertRefused(() => ImageFile.Decode(file, "a.png", pixelLimit: 199), "199");
        Assert.That(ImageFile.Decode(file, "a.png", pixelLimit: 200).Width, Is.EqualTo(20));
        // A raised limit lets it through to the decoder, up to what one array can hold.
        AssertRefused(() => ImageFile.Decode(Pictures.PngHeader(40_000, 40_000), "huge.png", long.MaxValue), "limit");
    }

    [Test]
    public void FailedWriteLeavesTheOldFileAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("taken.png"));
        AssertRefused(() => ImageFile.WritePng(Pictures.Gradient(4, 4), folder.File("taken.png")), "taken.png",
            "cannot be written");
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path).Count(), Is.EqualTo(1));

        folder.Write("file", [1]);
        AssertRefused(() => ImageFile.WritePng(Pictures.Gradient(4, 4), folder.File("file/a.png")), "a.png");
        Assert.That(File.ReadAllBytes(folder.File("file")), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public void MissingFoldersAreCreatedAndOldFilesReplaced()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("new/folder/a.png");
        ImageFile.WritePng(Pictures.Gradient(4, 4), path);
        ImageFile.WritePng(Pictures.Gradient(5, 4), path);
        Assert.That(ImageFile.Read(path).Width, Is.EqualTo(5));
        Assert.That(Directory.GetFiles(folder.File("new/folder")), Has.Length.EqualTo(1));
    }

    private static Photo Smooth(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = (byte)(128 + 60 * Math.Sin(i / 3 % width / 20.0) * Math.Cos(i / 3 / width / 20.0));
        return new Photo(width, height, rgb);
    }

    private static void AssertRefused(Action action, params string[] words)
    {
        var error = Assert.Throws<NetVizException>(() => action());
        foreach (var word in words)
            Assert.That(error!.Message, Does.Contain(word));
    }
}
