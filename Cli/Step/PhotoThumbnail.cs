using NetViz.Engine.Imaging;

namespace NetViz.Cli.Step;

/// <summary>A photograph in a few pixels, each the mean of those that it covers.</summary>
internal static class PhotoThumbnail
{
    /// <summary>What the network sees of a photograph, about as the preprocessing resizes and crops it.</summary>
    public static Photo Cropped(Photo photo, in InputPlacement placement)
    {
        var cropped = new Photo(placement.InputWidth, placement.InputHeight,
            new byte[3 * placement.InputWidth * placement.InputHeight]);
        for (int y = 0; y < cropped.Height; y++)
        for (int x = 0; x < cropped.Width; x++)
        {
            (int from, int to) rows = Between(placement.ToPhotoY(y), placement.ToPhotoY(y + 1), photo.Height);
            (int from, int to) columns = Between(placement.ToPhotoX(x), placement.ToPhotoX(x + 1), photo.Width);
            Mean(photo, rows, columns, cropped.Rgb.AsSpan(3 * (y * cropped.Width + x), 3));
        }

        return cropped;
    }

    /// <summary>The photograph with its proportions in at most the given number of pixels.</summary>
    public static Photo Of(Photo photo, int maxWidth, int maxHeight)
    {
        double factor = Math.Min(maxWidth / (double)photo.Width, maxHeight / (double)photo.Height);
        int width = Math.Max(1, (int)(photo.Width * factor)), height = Math.Max(1, (int)(photo.Height * factor));
        return Cropped(photo, new InputPlacement(width, height, 0, 0, photo.Width, photo.Height));
    }

    /// <summary>Brightness of two pixels, one above the other, 0 to 1, by the weights of ITU-R BT.601.</summary>
    public static float Luma(Photo photo, int x, int y)
    {
        ReadOnlySpan<byte> upper = photo.Rgb.AsSpan(3 * (y * photo.Width + x), 3);
        ReadOnlySpan<byte> lower = y + 1 < photo.Height ? photo.Rgb.AsSpan(3 * ((y + 1) * photo.Width + x), 3) : upper;
        float Of(ReadOnlySpan<byte> rgb) => (0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2]) / 255;
        return (Of(upper) + Of(lower)) / 2;
    }

    private static (int From, int To) Between(double from, double to, int length)
    {
        int first = Math.Clamp((int)Math.Floor(from), 0, length - 1);
        return (first, Math.Clamp((int)Math.Ceiling(to), first + 1, length));
    }

    private static void Mean(Photo photo, (int From, int To) rows, (int From, int To) columns, Span<byte> pixel)
    {
        int count = (rows.To - rows.From) * (columns.To - columns.From);
        for (int colour = 0; colour < 3; colour++)
        {
            long sum = 0;
            for (int y = rows.From; y < rows.To; y++)
            for (int x = columns.From; x < columns.To; x++) sum += photo.Rgb[3 * (y * photo.Width + x) + colour];
            pixel[colour] = (byte)((sum + count / 2) / count);
        }
    }
}
