using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// Writes 8-bit RGB PNG files (ISO/IEC 15948) with .NET's zlib. The image library's own encoder takes two to three times the
/// processor time for files of the same size: it filters through a generic pipeline and compresses with an older zlib.
/// </summary>
internal static class PngEncoder
{
    // Filter types of a row: stored as it is, and less the pixel to the left.
    private const byte None = 0, Sub = 1;

    // Up to this many colours a picture counts as drawn from a table of colours: 256, and the greys of a faded photograph.
    private const int FewColours = 512;

    // Every row of so many is looked at to count colours.
    private const int RowStep = 4;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(i => CrcOf((uint)i))];

    /// <summary>Computes a file's bytes. The same photo gives the same bytes.</summary>
    /// <param name="photo">What to encode.</param>
    /// <param name="level">The compression, 0 to 9.</param>
    public static byte[] Encode(Photo photo, int level)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> head = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, photo.Width);
        BinaryPrimitives.WriteInt32BigEndian(head[4..], photo.Height);
        // 8 bits a sample, RGB, deflate, adaptive filters, not interlaced.
        (head[8], head[9]) = (8, 2);
        Chunk(file, "IHDR"u8, head);
        Chunk(file, "IDAT"u8, Data(photo, level));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static ReadOnlySpan<byte> Data(Photo photo, int level)
    {
        int row = photo.Width * 3;
        // Where colours repeat exactly, as in heat maps, differences would only hide that.
        byte filter = HasFewColours(photo) ? None : Sub;
        using var compressed = new MemoryStream(photo.Rgb.Length / 2 + 256);
        using (var zlib = new ZLibStream(compressed, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
        {
            // Some rows at a time, so that they stay in the cache.
            int some = Math.Clamp(65_536 / (row + 1), 1, photo.Height);
            var lines = new byte[some * (row + 1)];
            for (int y = 0; y < photo.Height; y += some)
            {
                int count = Math.Min(some, photo.Height - y);
                for (int i = 0; i < count; i++)
                {
                    ReadOnlySpan<byte> from = photo.Rgb.AsSpan((y + i) * row, row);
                    Span<byte> to = lines.AsSpan(i * (row + 1) + 1, row);
                    lines[i * (row + 1)] = filter;
                    if (filter == None)
                    {
                        from.CopyTo(to);
                    }
                    else
                    {
                        from[..3].CopyTo(to);
                        Subtract(from[3..], from, to[3..]);
                    }
                }

                zlib.Write(lines, 0, count * (row + 1));
            }
        }

        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    private static void Subtract(ReadOnlySpan<byte> values, ReadOnlySpan<byte> left, Span<byte> differences)
    {
        int i = 0;
        for (; i <= values.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            (new Vector<byte>(values[i..]) - new Vector<byte>(left[i..])).CopyTo(differences[i..]);
        for (; i < values.Length; i++) differences[i] = (byte)(values[i] - left[i]);
    }

    private static bool HasFewColours(Photo photo)
    {
        var colours = new HashSet<int>(FewColours + 1);
        int last = -1;
        for (int y = 0; y < photo.Height; y += RowStep)
        {
            ReadOnlySpan<byte> row = photo.Rgb.AsSpan(y * photo.Width * 3, photo.Width * 3);
            for (int x = 0; x < row.Length; x += 3)
            {
                int colour = row[x] | row[x + 1] << 8 | row[x + 2] << 16;
                if (colour == last) continue;
                last = colour;
                if (colours.Add(colour) && colours.Count > FewColours) return false;
            }
        }

        return true;
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        file.Write(number);
    }

    // Annex D: the polynomial of ISO 3309, lowest bit first.
    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        ref uint table = ref MemoryMarshal.GetArrayDataReference(CrcTable);
        foreach (byte value in bytes) crc = System.Runtime.CompilerServices.Unsafe.Add(ref table, (byte)(crc ^ value)) ^ crc >> 8;
        return crc;
    }

    private static uint CrcOf(uint value)
    {
        for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xEDB88320 ^ value >> 1 : value >> 1;
        return value;
    }
}
