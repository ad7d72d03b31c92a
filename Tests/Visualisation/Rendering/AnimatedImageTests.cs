using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;
using SkiaSharp;

namespace NetViz.Tests.Visualisation.Rendering;

/// <summary>Animated WebP files, read by a decoder that is not ours.</summary>
public sealed class AnimatedImageTests
{
    [Test]
    public void Every_frame_comes_back_with_its_pixels_and_its_time()
    {
        Photo[] frames = [.. Enumerable.Range(0, 3).Select(k =>
            new Photo(5, 3, [.. Enumerable.Range(0, 45).Select(i => (byte)(i * (11 + k) + 50 * k))]))];
        using SKData data = SKData.CreateCopy(AnimatedImage.EncodeWebP(frames, 100, 700));
        using SKCodec codec = SKCodec.Create(data);
        Assert.That((codec.FrameCount, codec.EncodedFormat), Is.EqualTo((3, SKEncodedImageFormat.Webp)));
        Assert.That(codec.FrameInfo.Select(frame => frame.Duration), Is.EqualTo(new[] { 100, 100, 700 }));
        for (int k = 0; k < frames.Length; k++)
        {
            var info = new SKImageInfo(5, 3, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
            using var pixels = new SKBitmap(info);
            Assert.That(codec.GetPixels(info, pixels.GetPixels(), new SKCodecOptions(k)), Is.EqualTo(SKCodecResult.Success));
            byte[] rgb = [.. pixels.Bytes.Where((_, i) => i % 4 != 3)];
            Assert.That(rgb, Is.EqualTo(frames[k].Rgb), $"frame {k}");
        }
    }

    [Test]
    public void Frames_of_two_sizes_are_refused() => Assert.Throws<ArgumentException>(
        () => AnimatedImage.EncodeWebP([new Photo(1, 1, new byte[3]), new Photo(2, 1, new byte[6])], 100, 100));
}
