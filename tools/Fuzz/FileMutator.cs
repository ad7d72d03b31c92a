using System.Buffers.Binary;
using System.Text;
using NetViz.Engine.Imaging;
using NetViz.Tests.Common;
using NetViz.Visualisation.Rendering;
using SkiaSharp;

namespace NetViz.Fuzz;

/// <summary>Mutated pictures and .npy files.</summary>
internal sealed class FileMutator(Random random)
{
    private static readonly Lazy<(string Ending, byte[] Bytes)[]> Seeds = new(Make);

    /// <summary>The ending and the bytes of a mutated file.</summary>
    public (string Ending, byte[] Bytes) Next()
    {
        if (random.Next(3) == 0) return (".npy", random.Next(3) == 0 ? Bytes.Damage(Array(), random) : Array());
        (string ending, byte[] seed) = Seeds.Value[random.Next(Seeds.Value.Length)];
        byte[] bytes = Bytes.Damage(seed, random);
        if (ending == ".png")
        {
            if (random.Next(4) == 0 && bytes.Length > 24)
            {
                int side = random.Next(5) switch
                {
                    0 => 0,
                    1 => int.MaxValue,
                    2 => -1,
                    3 => random.Next(1, 3000),
                    _ => random.Next(1, 60_000),
                };
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16 + 4 * random.Next(2)), side);
            }

            if (random.Next(3) > 0) MendChecksums(bytes);
        }

        return (ending, bytes);
    }

    // A header written anew with numbers of any kind.
    private byte[] Array()
    {
        string[] types = ["<f4", "<f8", "<f2", "<i4", "<i8", "|u1", ">f4", "<c8", "|O", "", "<U9", "<f4'"];
        string[] lengths = ["1", "2", "3", "8", "0", "-1", "4294967296", "9223372036854775807", "99999999999999999999", "1e3",
            " 4 ", "x", "2147483647"];
        string shape = string.Join(",", Enumerable.Range(0, random.Next(40) == 0 ? 2000 : random.Next(6))
            .Select(_ => random.Next(3) == 0 ? lengths[random.Next(lengths.Length)] : $"{random.Next(1, 5)}"));
        string header = $"{{'descr': '{types[random.Next(3) == 0 ? random.Next(types.Length) : random.Next(6)]}', "
            + $"'fortran_order': {(random.Next(2) == 0 ? "True" : "False")}, 'shape': ({shape}), }}\n";
        int major = random.Next(10) == 0 ? random.Next(256) : random.Next(1, 4);
        byte[] text = Encoding.Latin1.GetBytes(header);
        using var stream = new MemoryStream();
        stream.Write([0x93, .. "NUMPY"u8, (byte)major, 0]);
        int claimed = random.Next(12) == 0 ? random.Next() : text.Length;
        stream.Write(major == 1 ? BitConverter.GetBytes((ushort)claimed) : BitConverter.GetBytes(claimed));
        stream.Write(text);
        long count = 1;
        foreach (string length in shape.Split(',', StringSplitOptions.RemoveEmptyEntries))
            count = long.TryParse(length, out long n) && n > 0 && count * n is > 0 and < 5000 ? count * n : count;
        var data = new byte[count * new[] { 1, 2, 4, 4, 8 }[random.Next(5)]];
        random.NextBytes(data);
        stream.Write(data);
        return stream.ToArray();
    }

    private static (string, byte[])[] Make()
    {
        Photo small = Pictures.Gradient(24, 18), large = Pictures.Gradient(97, 64);
        return
        [
            (".png", ImageFile.EncodePng(small)), (".png", ImageFile.EncodePng(large)),
            (".png", Pictures.Encode(small, SKEncodedImageFormat.Png, alpha: (x, y) => (byte)(x * y))),
            (".jpg", Pictures.Encode(small, SKEncodedImageFormat.Jpeg, 80)),
            (".jpg", Pictures.Encode(large, SKEncodedImageFormat.Jpeg, 95)),
            (".jpg", Pictures.WithExifOrientation(Pictures.Encode(small, SKEncodedImageFormat.Jpeg, 60), 6)),
            (".webp", Pictures.Encode(small, SKEncodedImageFormat.Webp, 80)),
            (".webp", Pictures.Encode(large, SKEncodedImageFormat.Webp, 100)),
            (".gif", Pictures.Gif()), (".bmp", Pictures.EncodeBmp(small)),
        ];
    }

    // A decoder stops at a wrong checksum; with the right one it reads on.
    private static void MendChecksums(byte[] png)
    {
        for (int at = 8; at + 12 <= png.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (at + 12 + length > png.Length) return;
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + (int)length), Crc(png.AsSpan(at + 4, 4 + (int)length)));
            at += 12 + (int)length;
        }
    }

    // ISO 3309, as in the PNG specification.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
