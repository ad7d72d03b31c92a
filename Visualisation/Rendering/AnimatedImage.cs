using System.Buffers.Binary;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using SkiaSharp;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// Pictures one after the other as an animated WebP file, without loss. SkiaSharp encodes each; what it does not do (before its
/// version 4) is to put them into one RIFF container: VP8X, ANIM, and an ANMF for each frame.
/// </summary>
public static class AnimatedImage
{
    private const int RiffHeader = 12;
    private const int ChunkHeader = 8;
    private const byte HasAnimation = 0x02;
    private const byte DoNotBlend = 0x02;

    /// <summary>The bytes of the file. The same frames give the same bytes.</summary>
    /// <param name="frames">All of one size; at least one.</param>
    /// <param name="milliseconds">For which each is shown, the last one as long as given by the next parameter.</param>
    /// <param name="lastMilliseconds">For which the last one is shown.</param>
    /// <exception cref="NetVizException">A frame cannot be encoded.</exception>
    public static byte[] EncodeWebP(IReadOnlyList<Photo> frames, int milliseconds, int lastMilliseconds)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfZero(frames.Count, nameof(frames));
        int width = frames[0].Width, height = frames[0].Height;
        using var body = new MemoryStream();
        body.Write("WEBP"u8);
        // VP8X: flags, 3 bytes reserved, width - 1 and height - 1.
        Write(body, "VP8X"u8, [HasAnimation, 0, 0, 0, .. UInt24(width - 1), .. UInt24(height - 1)]);
        // ANIM: a background of opaque white in BGRA, and 0 for a loop without end.
        Write(body, "ANIM"u8, [255, 255, 255, 255, 0, 0]);
        for (int i = 0; i < frames.Count; i++)
        {
            if ((frames[i].Width, frames[i].Height) != (width, height))
                throw new ArgumentException("Frames of different sizes make no animation.", nameof(frames));
            int duration = i + 1 < frames.Count ? milliseconds : lastMilliseconds;
            // ANMF: place / 2, size - 1, duration, flags, and the frame's own chunks.
            Write(body, "ANMF"u8, [.. UInt24(0), .. UInt24(0), .. UInt24(width - 1), .. UInt24(height - 1), .. UInt24(duration),
                DoNotBlend, .. BitStream(frames[i])]);
        }

        using var file = new MemoryStream();
        Write(file, "RIFF"u8, body.ToArray());
        return file.ToArray();
    }

    // The chunks of a still picture's file that hold its pixels; only VP8L where there is no loss, and no extension.
    private static unsafe byte[] BitStream(Photo photo)
    {
        using var pixels =
            new SKBitmap(new SKImageInfo(photo.Width, photo.Height, SKColorType.Rgb888x, SKAlphaType.Opaque, null));
        var to = new Span<byte>((byte*)pixels.GetPixels(), pixels.ByteCount);
        for (int y = 0; y < photo.Height; y++)
        {
            for (int x = 0; x < photo.Width; x++)
            {
                Span<byte> pixel = to.Slice(y * pixels.RowBytes + 4 * x, 4);
                photo.Rgb.AsSpan(3 * (y * photo.Width + x), 3).CopyTo(pixel);
                pixel[3] = 255;
            }
        }

        using SKPixmap pixmap = pixels.PeekPixels();
        using SKData data = pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 75))
            ?? throw new NetVizException($"A picture of {photo.Width} x {photo.Height} pixels cannot be encoded");
        byte[] file = data.ToArray();
        for (int at = RiffHeader; at + ChunkHeader <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4));
            int end = at + ChunkHeader + length + (length & 1);
            if (file.AsSpan(at, 4).SequenceEqual("VP8L"u8)) return file[at..end];
            at = end;
        }

        throw new InvalidOperationException("The encoder made a WebP file without a lossless picture.");
    }

    private static void Write(MemoryStream stream, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        stream.Write(name);
        stream.Write(length);
        stream.Write(content);
        if (content.Length % 2 == 1) stream.WriteByte(0);
    }

    private static byte[] UInt24(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
}
