using NetViz.Engine.Imaging;
using SkiaSharp;

namespace NetViz.Tests.Common;

/// <summary>Small pictures to test with, and their files in formats that NetViz reads but does not write.</summary>
internal static class Pictures
{
    /// <summary>Every pixel a colour of its own.</summary>
    public static Photo Gradient(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = (y * width + x) * 3;
                (rgb[at], rgb[at + 1], rgb[at + 2]) = ((byte)(x * 255 / width), (byte)(y * 255 / height), (byte)(x * 7 + y * 13));
            }
        }
        return new Photo(width, height, rgb);
    }

    public static (byte R, byte G, byte B) At(this Photo photo, int x, int y)
    {
        var at = (y * photo.Width + x) * 3;
        return (photo.Rgb[at], photo.Rgb[at + 1], photo.Rgb[at + 2]);
    }

    /// <summary>A file of these pixels; alpha null is opaque.</summary>
    public static byte[] Encode(Photo photo, SKEncodedImageFormat format, int quality = 100, Func<int, int, byte>? alpha = null)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(photo.Width, photo.Height, SKColorType.Rgba8888,
            alpha is null ? SKAlphaType.Opaque : SKAlphaType.Unpremul, null));
        for (var y = 0; y < photo.Height; y++)
        {
            for (var x = 0; x < photo.Width; x++)
            {
                var (r, g, b) = photo.At(x, y);
                bitmap.SetPixel(x, y, new SKColor(r, g, b, alpha?.Invoke(x, y) ?? 255));
            }
        }
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    /// <summary>An uncompressed 24-bit BMP file: rows from the bottom up, blue first, padded to four bytes.</summary>
    public static byte[] EncodeBmp(Photo photo)
    {
        var rowBytes = (photo.Width * 3 + 3) / 4 * 4;
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("BM"u8);
        writer.Write(54 + rowBytes * photo.Height);
        writer.Write(0);
        writer.Write(54);
        foreach (var field in new[] { 40, photo.Width, photo.Height, 1 | 24 << 16, 0, rowBytes * photo.Height, 2835, 2835, 0, 0 })
            writer.Write(field);
        var row = new byte[rowBytes];
        for (var y = photo.Height - 1; y >= 0; y--)
        {
            for (var x = 0; x < photo.Width; x++)
                (row[3 * x + 2], row[3 * x + 1], row[3 * x]) = photo.At(x, y);
            writer.Write(row);
        }
        return stream.ToArray();
    }

    /// <summary>
    /// A GIF of 2x2 pixels, red green / blue transparent, with a second frame all red. Codes of 3 bits, and a clear code
    /// often enough that they stay at 3 bits.
    /// </summary>
    public static byte[] Gif()
    {
        byte[] header = [.. "GIF89a"u8, 2, 0, 2, 0, 0b1000_0001, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9];
        return [.. header, .. Frame([0, 1, 2, 3]), .. Frame([0, 0, 0, 0]), 0x3b];

        static byte[] Frame(int[] pixels)
        {
            const int clear = 4, end = 5;
            int[] codes = [clear, pixels[0], pixels[1], clear, pixels[2], pixels[3], end];
            var bits = 0u;
            for (var i = 0; i < codes.Length; i++)
                bits |= (uint)codes[i] << 3 * i;
            return
            [
                0x21, 0xf9, 4, 1, 10, 0, 3, 0,
                0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0,
                2, 3, (byte)bits, (byte)(bits >> 8), (byte)(bits >> 16), 0,
            ];
        }
    }

    /// <summary>A JPEG file with an EXIF segment that holds nothing but the orientation, tag 0x0112.</summary>
    public static byte[] WithExifOrientation(byte[] jpeg, byte orientation)
    {
        byte[] tiff = [.. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
        byte[] segment = [.. "Exif"u8, 0, 0, .. tiff];
        var length = segment.Length + 2;
        return [.. jpeg[..2], 0xff, 0xe1, (byte)(length >> 8), (byte)length, .. segment, .. jpeg[2..]];
    }

    /// <summary>The same in a PNG file's chunk eXIf, in either byte order.</summary>
    public static byte[] WithExifChunk(byte[] png, byte orientation, bool littleEndian)
    {
        byte[] data = [.. "eXIf"u8, .. Tiff(orientation, littleEndian)];
        // After the signature and IHDR, which take 8 and 25 bytes.
        return [.. png[..33], .. BigEndian((uint)data.Length - 4), .. data, .. BigEndian(Crc(data)), .. png[33..]];
    }

    /// <summary>The same in a WebP file's chunk EXIF; a file without loss needs the chunk VP8X before it.</summary>
    public static byte[] WithWebpExif(byte[] webp, int width, int height, byte orientation, bool prefixed)
    {
        byte[] exif = [.. prefixed ? "Exif\0\0"u8 : [], .. Tiff(orientation, littleEndian: true)];
        byte[] extended =
        [
            .. "VP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, (byte)(width - 1), (byte)((width - 1) >> 8), 0, (byte)(height - 1),
            (byte)((height - 1) >> 8), 0,
        ];
        byte[] body = [.. "WEBP"u8, .. extended, .. webp[12..], .. "EXIF"u8, .. LittleEndian((uint)exif.Length), .. exif];
        return [.. "RIFF"u8, .. LittleEndian((uint)body.Length), .. body];
    }

    private static byte[] Tiff(byte orientation, bool littleEndian) => littleEndian
        ? [.. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
        : [.. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];

    private static byte[] LittleEndian(uint value) =>
        [(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)];

    /// <summary>The first bytes of a PNG file that says it has this size; no pixel follows.</summary>
    public static byte[] PngHeader(uint width, uint height)
    {
        byte[] chunk =
        [
            .. "IHDR"u8, .. BigEndian(width), .. BigEndian(height), 8, 2, 0, 0, 0,
        ];
        byte[] start = [0x89, .. "PNG"u8, 13, 10, 26, 10, .. BigEndian(13), .. chunk, .. BigEndian(Crc(chunk))];
        return [.. start, .. BigEndian(10), .. "IDAT"u8, .. new byte[10]];
    }

    private static byte[] BigEndian(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    // CRC-32 of ISO 3309, bit by bit.
    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
        }
        return ~crc;
    }
}
