using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using SkiaSharp;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// Reads and writes image files. The only file that knows the image library's codecs.
/// Samples are taken as the file stores them, 8 bits a channel: embedded colour profiles are not applied, because the
/// pipelines that ImageNet networks were trained with (Caffe, torchvision) do not apply them either.
/// </summary>
public static class ImageFile
{
    /// <summary>The most pixels that <see cref="Read(string, long)"/> accepts unless told otherwise: 100 megapixels.</summary>
    public const long DefaultPixelLimit = 100_000_000;

    /// <summary>
    /// The most pixels to accept from a file of this length: 12 million, and 8 for each byte, up to
    /// <see cref="DefaultPixelLimit"/>. Photographs have less than 8 pixels a byte; a plane of one colour packs a thousand into
    /// one, and saliency maps of it would take gigabytes.
    /// </summary>
    /// <param name="bytes">The file's length.</param>
    public static long PixelLimitFor(long bytes) => Math.Min(DefaultPixelLimit, 12_000_000 + 8 * bytes);

    /// <summary>The compression of PNG files unless told otherwise, 0 to 9.</summary>
    public const int DefaultPngLevel = 2;

    // The bytes that the JPEG decoder may read beyond the last block: those of a 64-bit word, and one.
    private const int ReadAhead = 9;

    // Fillings that the scans of a progressive JPEG are tried with; of a few the first codes may mean that nothing follows.
    private const int Fills = 2;

    private const string Supported = "PNG, JPEG, WebP, GIF and BMP are supported";

    /// <summary>
    /// Reads a PNG, JPEG, WebP, GIF (its first frame) or BMP file. The EXIF orientation is applied, so that the result
    /// stands upright; transparency is composited on white; grey, palette, CMYK and 16-bit files become 8-bit RGB.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="pixelLimit">The most pixels accepted; checked against the header before anything is decoded.</param>
    /// <exception cref="NetVizException">The file is missing, empty, no image, truncated, damaged or too large.</exception>
    public static Photo Read(string path, long pixelLimit = DefaultPixelLimit)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Decode(ReadBytes(path), path, pixelLimit);
    }

    /// <summary>Decodes an image file held in memory; otherwise as <see cref="Read(string, long)"/>.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="pixelLimit">The most pixels accepted.</param>
    /// <param name="upright">Whether the EXIF orientation is applied.</param>
    /// <exception cref="NetVizException">The bytes are empty, no image, truncated, damaged or too large.</exception>
    public static Photo Decode(ReadOnlySpan<byte> file, string name, long pixelLimit = DefaultPixelLimit,
        bool upright = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pixelLimit, 1);
        if (file.IsEmpty)
            throw new NetVizException($"{name} is empty (0 bytes)", Supported);
        if (!IsJpeg(file))
            return DecodeOnce(file, name, pixelLimit, upright);
        JpegScans scans = JpegScans.Of(file);
        RequireComplete(scans, name);
        if (scans.EndOfOnlyScan is { } end)
            return DecodeOnce(WithoutEndMarker(file[..end]), name, pixelLimit, upright);

        // Nothing that is missing shows in a picture that does not change with what stands in for it.
        Photo photo = DecodeOnce(file, name, pixelLimit, upright);
        for (uint fill = 1; fill <= Fills && scans.Count > 0; fill++)
        {
            Photo other = DecodeOnce(scans.Fill(file, fill), name, pixelLimit, upright);
            if (!photo.Rgb.AsSpan().SequenceEqual(other.Rgb))
                throw Truncated(name);
        }

        return photo;
    }

    /// <summary>Copies a picture of SkiaSharp; transparency is composited on white.</summary>
    /// <param name="bitmap">The picture, of any colour type; the caller keeps it. Its colour space is not applied.</param>
    /// <exception cref="ArgumentException">It has no pixels.</exception>
    /// <exception cref="NetVizException">It does not fit into memory, or its pixels cannot be read.</exception>
    public static unsafe Photo FromBitmap(SKBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        using SKPixmap? from = bitmap.PeekPixels();
        if (from is null || from.Width == 0 || from.Height == 0)
            throw new ArgumentException("The bitmap has no pixels.", nameof(bitmap));
        SKAlphaType alpha = from.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        using var pixels = new SKBitmap();
        if ((long)from.Width * from.Height > Array.MaxLength / 3
            || !pixels.TryAllocPixels(new SKImageInfo(from.Width, from.Height, SKColorType.Rgba8888, alpha, from.ColorSpace))
            || !from.ReadPixels(pixels.Info, pixels.GetPixels(), pixels.RowBytes))
        {
            throw new NetVizException($"A bitmap of {from.Width} x {from.Height} pixels cannot be read");
        }

        return Upright((byte*)pixels.GetPixels(), pixels.RowBytes, from.Width, from.Height, SKEncodedOrigin.TopLeft);
    }

    private static unsafe Photo DecodeOnce(ReadOnlySpan<byte> file, string name, long pixelLimit, bool upright)
    {
        fixed (byte* bytes = file)
        {
            using var data = SKData.Create((nint)bytes, file.Length);
            using var codec = SKCodec.Create(data);
            if (codec is null || !IsSupported(codec.EncodedFormat))
                throw NoImage(name);

            var (width, height) = (codec.Info.Width, codec.Info.Height);
            // A Photo is one array of 3 bytes a pixel, whatever limit the caller sets.
            var limit = Math.Min(pixelLimit, Array.MaxLength / 3);
            if ((long)width * height > limit)
                throw new NetVizException($"{name} has {width} x {height} pixels, more than the limit of {limit}",
                    "make it smaller first, or raise the limit: `MaxPixels`, pixelLimit in code");

            var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
            // No colour space in the request: samples stay as stored.
            using var pixels = new SKBitmap();
            if (!pixels.TryAllocPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, alpha, null)))
                throw new NetVizException($"{name} has {width} x {height} pixels, too many for the memory left");
            var result = codec.GetPixels(pixels.Info, pixels.GetPixels());
            if (result != SKCodecResult.Success)
                throw Truncated(name);
            return Upright((byte*)pixels.GetPixels(), pixels.RowBytes, width, height,
                upright ? Origin(codec, file) : SKEncodedOrigin.TopLeft);
        }
    }

    /// <summary>Whether a file is named like an image that can be read; how a folder's images are found.</summary>
    /// <param name="path">The file; it is not opened.</param>
    public static bool HasImageName(string path) => Path.GetExtension(path).ToLowerInvariant()
        is ".png" or ".jpg" or ".jpeg" or ".webp" or ".gif" or ".bmp";

    /// <summary>Writes an 8-bit RGB PNG, whole or not at all (<see cref="OutputFile"/>). Same photo, same bytes.</summary>
    /// <param name="photo">What to write.</param>
    /// <param name="path">The file; an earlier result is replaced, a missing folder is created.</param>
    /// <param name="kind">Whether it is a result, or a scene for commands to look at.</param>
    /// <exception cref="NetVizException">The file cannot be written, or must not be.</exception>
    public static void WritePng(Photo photo, string path, ResultKind kind = ResultKind.Picture) =>
        OutputFile.Write(path, kind, EncodePng(photo));

    /// <summary>The bytes of an 8-bit RGB PNG file. The same photo gives the same bytes.</summary>
    /// <param name="photo">What to encode.</param>
    /// <exception cref="NetVizException">The photo's PNG would not fit into one array.</exception>
    public static byte[] EncodePng(Photo photo) => EncodePng(photo, DefaultPngLevel);

    /// <summary>As <see cref="EncodePng(Photo)"/>, at a level of compression.</summary>
    /// <param name="photo">What to encode.</param>
    /// <param name="level">0 for none to 9 for the smallest file.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    public static byte[] EncodePng(Photo photo, int level)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 9);
        try
        {
            return PngEncoder.Encode(photo, level);
        }
        catch (Exception e) when (e is IOException or OutOfMemoryException)
        {
            // A stream in memory holds 2 GB.
            throw new NetVizException($"A picture of {photo.Width} x {photo.Height} pixels cannot be encoded", inner: e);
        }
    }

    /// <summary>The bytes of a WebP file with loss, a fifth of a PNG file's. The same photo gives the same bytes.</summary>
    /// <param name="photo">What to encode.</param>
    /// <param name="quality">0 to 100.</param>
    /// <exception cref="NetVizException">The photo has more than 16,383 columns or rows, or does not fit into memory.</exception>
    public static byte[] EncodeWebP(Photo photo, float quality = 90) =>
        Encode(photo, pixels => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, quality)));

    /// <summary>Creates a picture of the image library; the caller disposes it.</summary>
    internal static SKImage ToImage(Photo photo)
    {
        using SKBitmap pixels = ToBitmap(photo);
        return SKImage.FromBitmap(pixels);
    }

    /// <summary>Draws a picture with the image library.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="draw">Draws on it.</param>
    /// <exception cref="NetVizException">It does not fit into memory.</exception>
    internal static unsafe Photo Drawn(int width, int height, Action<SKCanvas> draw)
    {
        using var pixels = new SKBitmap();
        if ((long)width * height > Array.MaxLength / 4
            || !pixels.TryAllocPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul, null)))
        {
            throw new NetVizException($"a picture of {width} x {height} pixels does not fit into the memory left",
                "make it smaller or lower `Dpi`");
        }

        using (var canvas = new SKCanvas(pixels)) draw(canvas);
        return Upright((byte*)pixels.GetPixels(), pixels.RowBytes, width, height, SKEncodedOrigin.TopLeft);
    }

    private static byte[] Encode(Photo photo, Func<SKPixmap, SKData?> encode)
    {
        ArgumentNullException.ThrowIfNull(photo);
        using SKBitmap pixels = ToBitmap(photo);
        using var pixmap = pixels.PeekPixels();
        // Encoded in memory: an exception of a managed stream must not pass through the native library.
        using var data = encode(pixmap)
            ?? throw new NetVizException($"A picture of {photo.Width} x {photo.Height} pixels cannot be encoded");
        return data.ToArray();
    }

    private static unsafe SKBitmap ToBitmap(Photo photo)
    {
        var pixels = new SKBitmap();
        if (!pixels.TryAllocPixels(new SKImageInfo(photo.Width, photo.Height, SKColorType.Rgb888x, SKAlphaType.Opaque, null)))
            throw new NetVizException($"A picture of {photo.Width} x {photo.Height} pixels does not fit into the memory left");
        var rgb = photo.Rgb;
        for (var y = 0; y < photo.Height; y++)
        {
            var from = rgb.AsSpan(y * photo.Width * 3, photo.Width * 3);
            var to = new Span<byte>((byte*)pixels.GetPixels() + (nint)y * pixels.RowBytes, photo.Width * 4);
            for (int i = 0, o = 0; i < from.Length; i += 3, o += 4)
                (to[o], to[o + 1], to[o + 2], to[o + 3]) = (from[i], from[i + 1], from[i + 2], 255);
        }
        return pixels;
    }

    private static bool IsSupported(SKEncodedImageFormat format) => format
        is SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Webp
        or SKEncodedImageFormat.Gif or SKEncodedImageFormat.Bmp;

    private static bool IsJpeg(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]);

    private static SKEncodedOrigin Origin(SKCodec codec, ReadOnlySpan<byte> file) =>
        codec.EncodedOrigin is not SKEncodedOrigin.TopLeft and var origin
            ? origin
            : ExifOrientation.Of(file, codec.EncodedFormat);

    // The decoder takes an end marker for the end of the picture wherever it stands, and makes up what is missing. Without it the
    // decoder tells that its input ended. A few bytes stand in, since it reads ahead of what it needs.
    private static byte[] WithoutEndMarker(ReadOnlySpan<byte> file)
    {
        var bytes = new byte[file.Length + 2 * ReadAhead];
        file.CopyTo(bytes);
        // A stuffed FF: eight ones, which are the beginning of no code, so that they stand for two blocks at most.
        for (var at = file.Length; at < bytes.Length; at += 2)
            bytes[at] = 0xFF;
        return bytes;
    }

    private static void RequireComplete(JpegScans scans, string name)
    {
        if (scans.Count > JpegScans.MaxScans)
            throw new NetVizException($"{name} has more than {JpegScans.MaxScans} scans, which no picture needs",
                "save it anew with another program");
        if (!scans.AreComplete)
            throw Truncated(name);
    }

    private static NetVizException Truncated(string name) =>
        new($"{name} is truncated or damaged: a part of it cannot be decoded", "fetch it again");

    private static NetVizException NoImage(string name) => new($"{name} is not an image that can be read", Supported);

    // The first bytes of PNG, JPEG, GIF, BMP and WebP (a RIFF file).
    private static bool BeginsLikeOne(ReadOnlySpan<byte> start) => IsJpeg(start)
        || start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || start.StartsWith("GIF8"u8)
        || start.StartsWith("BM"u8) || start.StartsWith("RIFF"u8);

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using FileStream stream = UntrustedFile.Open(path, FileKind.Picture);
            Span<byte> start = stackalloc byte[16];
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            if (start.Length > 0 && !BeginsLikeOne(start)) throw NoImage(path);
            stream.Position = 0;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NetVizException($"{path} does not exist", "check the spelling and the folder", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new NetVizException($"{path} cannot be read: {error.Message}", inner: error);
        }
    }

    // EXIF 2.32, tag 0x0112: the name of an origin says which edges of the scene row 0 and column 0 are.
    private static unsafe Photo Upright(byte* rgba, int rowBytes, int width, int height, SKEncodedOrigin origin)
    {
        var turned = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var mirroredX = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        var mirroredY = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var (uprightWidth, uprightHeight) = turned ? (height, width) : (width, height);
        var rgb = GC.AllocateUninitializedArray<byte>(uprightWidth * uprightHeight * 3);
        if (origin == SKEncodedOrigin.TopLeft)
        {
            CopyOnWhite(rgba, rowBytes, width, height, rgb);
            return new Photo(width, height, rgb);
        }

        for (var y = 0; y < height; y++)
        {
            var from = rgba + (nint)y * rowBytes;
            for (var x = 0; x < width; x++, from += 4)
            {
                var (toX, toY) = turned ? (y, x) : (x, y);
                if (mirroredX)
                    toX = uprightWidth - 1 - toX;
                if (mirroredY)
                    toY = uprightHeight - 1 - toY;
                var to = (toY * uprightWidth + toX) * 3;
                for (var c = 0; c < 3; c++)
                    rgb[to + c] = OnWhite(from[c], from[3]);
            }
        }
        return new Photo(uprightWidth, uprightHeight, rgb);
    }

    // The usual case: no row and no column changes places.
    private static unsafe void CopyOnWhite(byte* rgba, int rowBytes, int width, int height, byte[] rgb)
    {
        int to = 0;
        for (var y = 0; y < height; y++)
        {
            byte* from = rgba + (nint)y * rowBytes;
            for (var x = 0; x < width; x++, from += 4, to += 3)
            {
                if (from[3] == 255) (rgb[to], rgb[to + 1], rgb[to + 2]) = (from[0], from[1], from[2]);
                else for (var c = 0; c < 3; c++) rgb[to + c] = OnWhite(from[c], from[3]);
            }
        }
    }

    // colour alpha + white (1 - alpha), alpha in 255ths, rounded to nearest.
    private static byte OnWhite(byte colour, byte alpha) =>
        alpha == 255 ? colour : (byte)((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}
