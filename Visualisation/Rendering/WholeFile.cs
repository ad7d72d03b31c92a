using System.Buffers.Binary;
using System.IO.Compression;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// Whether a PNG, GIF, BMP or WebP file holds its whole picture, for decoders that fill up what is missing and say nothing. JPEG files
/// have <see cref="JpegScans"/>.
/// </summary>
internal static class WholeFile
{
    private const int PngSignature = 8, ChunkFrame = 12, BmpHeader = 54, GifHeader = 13, GifDescriptor = 10;

    // The first column and row of each pass of Adam7, and its steps (PNG, 8.2).
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Returns whether the file is whole; what is of no such kind counts so.</summary>
    public static bool Holds(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])) return HoldsPng(file);
        if (file.StartsWith("GIF8"u8)) return HoldsGif(file);
        if (file.StartsWith("BM"u8)) return HoldsBmp(file);
        return !file.StartsWith("RIFF"u8) || (file.Length >= 12 && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L <= file.Length);
    }

    private static bool HoldsPng(ReadOnlySpan<byte> file)
    {
        using var data = new MemoryStream();
        long expected = -1;
        for (int at = PngSignature; at + ChunkFrame <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - ChunkFrame) return false;
            ReadOnlySpan<byte> kind = file.Slice(at + 4, 4), content = file.Slice(at + 8, (int)length);
            if (kind.SequenceEqual("IHDR"u8) && length == 13) expected = RawBytesOfPng(content);
            else if (kind.SequenceEqual("IDAT"u8)) data.Write(content);
            else if (kind.SequenceEqual("IEND"u8)) return expected >= 0 && Inflates(data, expected);
            at += (int)length + ChunkFrame;
        }

        return false;
    }

    // Bytes of all rows with their filters' bytes.
    private static long RawBytesOfPng(ReadOnlySpan<byte> header)
    {
        long width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        int channels = header[9] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        int bits = header[8] * channels;
        return header[12] == 0 ? Raw(width, height) : Passes.Sum(pass =>
            Raw((width - pass.X + pass.StepX - 1) / pass.StepX, (height - pass.Y + pass.StepY - 1) / pass.StepY));

        long Raw(long columns, long rows) => columns <= 0 || rows <= 0 ? 0 : rows * (1 + (columns * bits + 7) / 8);
    }

    private static bool Inflates(MemoryStream data, long expected)
    {
        data.Position = 0;
        try
        {
            using var inflated = new ZLibStream(data, CompressionMode.Decompress);
            var buffer = new byte[1 << 16];
            long found = 0;
            for (int read; found < expected && (read = inflated.Read(buffer)) > 0;) found += read;
            return found >= expected;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static bool HoldsBmp(ReadOnlySpan<byte> file)
    {
        if (file.Length < BmpHeader) return false;
        uint start = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]), compression = BinaryPrimitives.ReadUInt32LittleEndian(file[30..]);
        long width = Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[18..]));
        long height = Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..]));
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(file[28..]);
        // Compressed rows say their size themselves.
        long size = compression is 0 or 3 ? (width * bits + 31) / 32 * 4 * height : BinaryPrimitives.ReadUInt32LittleEndian(file[34..]);
        return start + size <= file.Length;
    }

    // The codes of the first picture have to give all its pixels.
    private static bool HoldsGif(ReadOnlySpan<byte> file)
    {
        if (file.Length < GifHeader) return false;
        int at = GifHeader + TableBytes(file[10]);
        while (at < file.Length)
        {
            switch (file[at])
            {
                case 0x21 when at + 2 <= file.Length:
                    at = EndOfBlocks(file, at + 2);
                    break;
                case 0x2C when at + GifDescriptor < file.Length:
                    long pixels = (long)BinaryPrimitives.ReadUInt16LittleEndian(file[(at + 5)..])
                        * BinaryPrimitives.ReadUInt16LittleEndian(file[(at + 7)..]);
                    return PixelsOfGif(file, at + GifDescriptor + TableBytes(file[at + 9]), pixels) >= pixels;
                default:
                    return false;
            }
        }

        return false;
    }

    /// <summary>Counts the pixels that LZW codes give (GIF89a, appendix F): only the lengths of the table's strings are needed.</summary>
    private static long PixelsOfGif(ReadOnlySpan<byte> file, int at, long wanted)
    {
        if (at >= file.Length || file[at] is < 1 or > 11) return 0;
        int least = file[at++], clear = 1 << least, end = clear + 1, next = end + 1, bits = least + 1, previous = -1;
        var lengths = new int[1 << 12];
        lengths.AsSpan(0, clear).Fill(1);
        long pixels = 0;
        uint buffer = 0;
        int held = 0, left = 0;
        while (pixels < wanted)
        {
            while (held < bits)
            {
                if (left == 0)
                {
                    if (at >= file.Length || file[at] == 0) return pixels;
                    left = file[at++];
                }

                if (at >= file.Length) return pixels;
                buffer |= (uint)file[at++] << held;
                held += 8;
                left--;
            }

            int code = (int)(buffer & ((1u << bits) - 1));
            buffer >>= bits;
            held -= bits;
            if (code == end) return pixels;
            if (code == clear)
            {
                (next, bits, previous) = (end + 1, least + 1, -1);
                continue;
            }

            if (code > next || (code == next && previous < 0)) return pixels;
            if (previous >= 0 && next < lengths.Length) lengths[next++] = lengths[previous] + 1;
            pixels += lengths[code];
            if (next == 1 << bits && bits < 12) bits++;
            previous = code;
        }

        return pixels;
    }

    private static int TableBytes(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    // Behind the block of no bytes; past the file where there is none.
    private static int EndOfBlocks(ReadOnlySpan<byte> file, int at)
    {
        while (at < file.Length && file[at] != 0) at += file[at] + 1;
        return at + 1;
    }
}
