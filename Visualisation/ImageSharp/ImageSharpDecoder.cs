using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace NetViz.Visualisation.ImageSharp;

/// <summary>
/// Decodes PNG, JPEG, WebP, GIF and BMP by ImageSharp, without a native library. It repeats the chroma of a JPEG where Skia and
/// Pillow interpolate it, so that photographs differ by half a level a sample on average, and by tens at edges of colour.
/// </summary>
public sealed class ImageSharpDecoder : IPictureDecoder
{
    // One thread: callers decode several pictures at once.
    private static readonly Configuration Formats = new(new PngConfigurationModule(), new JpegConfigurationModule(),
        new WebpConfigurationModule(), new BmpConfigurationModule())
    {
        MaxDegreeOfParallelism = 1,
    };

    static ImageSharpDecoder()
    {
        Formats.ImageFormatsManager.AddImageFormat(GifFormat.Instance);
        Formats.ImageFormatsManager.AddImageFormatDetector(new GifImageFormatDetector());
        Formats.ImageFormatsManager.SetDecoder(GifFormat.Instance, new GifDecoder { DecodingMode = SixLabors.ImageSharp.Metadata.FrameDecodingMode.First });
    }

    /// <inheritdoc/>
    public string Name => "ImageSharp";

    /// <inheritdoc/>
    public (int Width, int Height)? SizeOf(byte[] file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return Image.Identify(Formats, file, out _) is { } found ? (found.Width, found.Height) : null;
        }
        catch (Exception e) when (IsFaultOf(e))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Photo Decode(byte[] file, bool upright)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            using Image<Rgba32> image = Image.Load<Rgba32>(Formats, file);
            if (upright) image.Mutate(picture => picture.AutoOrient());
            var rgba = new byte[checked(4 * image.Width * image.Height)];
            image.Frames.RootFrame.CopyPixelDataTo(rgba);
            var rgb = new byte[3 * image.Width * image.Height];
            for (int i = 0, o = 0; i < rgba.Length; i += 4, o += 3)
            {
                int alpha = rgba[i + 3];
                for (int c = 0; c < 3; c++) rgb[o + c] = (byte)((rgba[i + c] * alpha + 255 * (255 - alpha) + 127) / 255);
            }

            return new Photo(image.Width, image.Height, rgb);
        }
        catch (Exception e) when (IsFaultOf(e))
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    // What crafted files make decoders of this line throw, beside its own exceptions.
    private static bool IsFaultOf(Exception e) => e is ImageFormatException or IOException or ArgumentException
        or IndexOutOfRangeException or OverflowException or InvalidOperationException or NullReferenceException or NotSupportedException
        or DivideByZeroException;
}
