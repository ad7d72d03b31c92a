using System.Buffers.Binary;
using SkiaSharp;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// The EXIF orientation of PNG and WebP files, which the image library reads from JPEG files alone. Sources: PNG specification,
/// third edition, 11.3.4.4 (eXIf); WebP container specification (chunk EXIF); EXIF 2.32, 4.6 (tag 0x0112).
/// </summary>
internal static class ExifOrientation
{
    private const int OrientationTag = 0x0112, ShortType = 3, EntryBytes = 12;

    /// <summary>Returns the origin that the file names; top left if it names none, or nonsense.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="format">Its format.</param>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> file, SKEncodedImageFormat format) => format switch
    {
        SKEncodedImageFormat.Png => OfTiff(PngChunk(file)),
        SKEncodedImageFormat.Webp => OfTiff(WebpChunk(file)),
        _ => SKEncodedOrigin.TopLeft,
    };

    // After eight bytes chunks of length, type, data and checksum, lengths big-endian.
    private static ReadOnlySpan<byte> PngChunk(ReadOnlySpan<byte> file)
    {
        for (long at = 8; at + 12 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[(int)at..]);
            ReadOnlySpan<byte> type = file.Slice((int)at + 4, 4);
            if (at + 12 + length > file.Length) break;
            if (type.SequenceEqual("eXIf"u8)) return file.Slice((int)at + 8, (int)length);
            at += 12 + length;
        }

        return [];
    }

    // After RIFF, length and WEBP chunks of type, length and data, lengths little-endian and data padded to even lengths.
    private static ReadOnlySpan<byte> WebpChunk(ReadOnlySpan<byte> file)
    {
        for (long at = 12; at + 8 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[(int)(at + 4)..]);
            if (at + 8 + length > file.Length) break;
            if (file.Slice((int)at, 4).SequenceEqual("EXIF"u8))
            {
                ReadOnlySpan<byte> data = file.Slice((int)at + 8, (int)length);
                // Some writers put JPEG's prefix before the TIFF header.
                return data.StartsWith("Exif\0\0"u8) ? data[6..] : data;
            }

            at += 8 + length + length % 2;
        }

        return [];
    }

    // A TIFF header (byte order, 42, offset of the first directory), then entries of tag, type, count and value.
    private static SKEncodedOrigin OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8) return SKEncodedOrigin.TopLeft;
        bool isLittle = tiff.StartsWith("II"u8);
        if ((!isLittle && !tiff.StartsWith("MM"u8)) || Short(tiff[2..], isLittle) != 42) return SKEncodedOrigin.TopLeft;
        uint start = isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (start > tiff.Length - 2) return SKEncodedOrigin.TopLeft;
        int entries = Short(tiff[(int)start..], isLittle);
        for (int i = 0; i < entries; i++)
        {
            long at = start + 2 + (long)i * EntryBytes;
            if (at + EntryBytes > tiff.Length) break;
            ReadOnlySpan<byte> entry = tiff.Slice((int)at, EntryBytes);
            if (Short(entry, isLittle) != OrientationTag || Short(entry[2..], isLittle) != ShortType) continue;
            int orientation = Short(entry[8..], isLittle);
            return orientation is >= (int)SKEncodedOrigin.TopLeft and <= (int)SKEncodedOrigin.LeftBottom
                ? (SKEncodedOrigin)orientation
                : SKEncodedOrigin.TopLeft;
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static int Short(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
