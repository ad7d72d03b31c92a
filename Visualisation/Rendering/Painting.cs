using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>An sRGB colour.</summary>
internal readonly record struct Rgb(byte R, byte G, byte B)
{
    public static Rgb Grey(byte value) => new(value, value, value);
}

/// <summary>Filling, copying and blending on a picture under construction. What lies outside of it is left out.</summary>
internal static class Painting
{
    public static Photo Blank(int width, int height, Rgb colour)
    {
        var picture = new Photo(width, height, new byte[checked(width * height * 3)]);
        picture.Fill(0, 0, width, height, colour);
        return picture;
    }

    public static void Fill(this Photo picture, int left, int top, int width, int height, Rgb colour)
    {
        int from = Math.Max(left, 0), columns = Math.Min(left + width, picture.Width) - from;
        int first = Math.Max(top, 0), end = Math.Min(top + height, picture.Height);
        if (columns <= 0 || first >= end) return;
        // One row is painted, the others are copied.
        int start = (first * picture.Width + from) * 3;
        Span<byte> row = picture.Rgb.AsSpan(start, columns * 3);
        if (colour.R == colour.G && colour.G == colour.B) row.Fill(colour.R);
        else for (int i = 0; i < row.Length; i += 3) (row[i], row[i + 1], row[i + 2]) = (colour.R, colour.G, colour.B);
        for (int y = first + 1; y < end; y++) row.CopyTo(picture.Rgb.AsSpan((y * picture.Width + from) * 3));
    }

    /// <summary>A frame of one pixel, just inside the rectangle.</summary>
    public static void Frame(this Photo picture, int left, int top, int width, int height, Rgb colour)
    {
        picture.Fill(left, top, width, 1, colour);
        picture.Fill(left, top + height - 1, width, 1, colour);
        picture.Fill(left, top, 1, height, colour);
        picture.Fill(left + width - 1, top, 1, height, colour);
    }

    public static void Paste(this Photo picture, int left, int top, Photo other)
    {
        for (var y = Math.Max(0, -top); y < Math.Min(other.Height, picture.Height - top); y++)
        {
            var from = Math.Max(0, -left);
            var width = Math.Min(other.Width, picture.Width - left) - from;
            if (width > 0)
                other.Rgb.AsSpan((y * other.Width + from) * 3, width * 3)
                    .CopyTo(picture.Rgb.AsSpan(((top + y) * picture.Width + left + from) * 3));
        }
    }

    /// <summary>colour coverage + picture (1 - coverage), for one pixel.</summary>
    public static void Blend(this Photo picture, int x, int y, Rgb colour, double coverage)
    {
        if ((uint)x >= (uint)picture.Width || (uint)y >= (uint)picture.Height)
            return;
        var pixel = picture.Rgb.AsSpan((y * picture.Width + x) * 3, 3);
        pixel[0] = Mix(pixel[0], colour.R, coverage);
        pixel[1] = Mix(pixel[1], colour.G, coverage);
        pixel[2] = Mix(pixel[2], colour.B, coverage);
    }

    /// <summary>The photo in another size: bilinear when enlarged, the mean over each pixel's area when made smaller.</summary>
    public static Photo Resize(this Photo photo, int width, int height)
    {
        var resampling = new Resampling(new InputPlacement(photo.Width, photo.Height, 0, 0, width, height), width, height);
        var resized = new Photo(width, height, new byte[checked(width * height * 3)]);
        for (var c = 0; c < 3; c++)
        {
            var plane = resampling.Resample((y, row) =>
            {
                for (var x = 0; x < row.Length; x++)
                    row[x] = photo.Rgb[(y * photo.Width + x) * 3 + c];
            });
            for (var i = 0; i < plane.Length; i++)
                resized.Rgb[3 * i + c] = (byte)MathF.Round(plane[i]);
        }
        return resized;
    }

    /// <summary>from (1 - share) + to share, rounded to nearest.</summary>
    public static byte Mix(byte from, byte to, double share) => (byte)Math.Round(from + (to - from) * share);
}
