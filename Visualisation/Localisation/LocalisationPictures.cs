using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Text;

namespace NetViz.Visualisation.Localisation;

/// <summary>Draws what a localisation found.</summary>
public static class LocalisationPictures
{
    // Smaller photographs are enlarged by a whole number until the longer side is about this, so that lines do not hide them.
    private const int SmallestSide = 384;

    // Brightness beside the object.
    private const double OutsideShare = 0.35;

    private const int StripHeight = 24;

    private static readonly Lettering Letters = new(10, 1.4);
    private static readonly Rgb Outline = new(255, 0, 200);
    private static readonly Rgb BoxColour = new(255, 221, 0);

    /// <summary>The mask, of the photograph's size: white where the object is, else black.</summary>
    public static Photo Mask(ObjectLocalisation found)
    {
        ArgumentNullException.ThrowIfNull(found);
        return Grey(found.Photo, i => found.Mask[i] ? (byte)255 : (byte)0);
    }

    /// <summary>
    /// What each pixel taught before the cut, of the photograph's size: white the foreground's colours, black the background's,
    /// grey nothing.
    /// </summary>
    public static Photo Trimap(ObjectLocalisation found)
    {
        ArgumentNullException.ThrowIfNull(found);
        return Grey(found.Photo, i => found.Seeds[i] switch
        {
            SeedKind.Foreground => 255,
            SeedKind.Background => 0,
            _ => 128,
        });
    }

    /// <summary>
    /// The photograph, dark and grey beside the object, with the mask's outline and the box. A small photograph is enlarged by a
    /// whole number.
    /// </summary>
    /// <param name="found">What was found.</param>
    /// <param name="caption">Words on a strip below the picture; empty for none.</param>
    public static Photo Overlay(ObjectLocalisation found, string caption = "")
    {
        Photo drawn = Outlined(found);
        if (caption.Length == 0) return drawn;
        Photo captioned = Painting.Blank(drawn.Width, drawn.Height + StripHeight, Rgb.Grey(255));
        captioned.Paste(0, 0, drawn);
        Letters.Write(captioned, 6, drawn.Height + (StripHeight + Letters.CapHeight) / 2, Letters.Fit(caption, drawn.Width - 12), Rgb.Grey(24));
        return captioned;
    }

    private static Photo Outlined(ObjectLocalisation found)
    {
        ArgumentNullException.ThrowIfNull(found);
        Photo photo = found.Photo;
        int scale = Math.Max(1, SmallestSide / Math.Max(photo.Width, photo.Height));
        int line = Math.Max(1, Math.Max(photo.Width, photo.Height) * scale / 300);
        Photo drawn = Painting.Blank(photo.Width * scale, photo.Height * scale, Rgb.Grey(0));
        for (int y = 0; y < drawn.Height; y++)
        {
            for (int x = 0; x < drawn.Width; x++)
            {
                int i = y / scale * photo.Width + x / scale;
                ReadOnlySpan<byte> from = photo.Rgb.AsSpan(3 * i, 3);
                Span<byte> to = drawn.Rgb.AsSpan(3 * (y * drawn.Width + x), 3);
                if (!found.Mask[i]) to.Fill((byte)(OutsideShare * HeatMap.Luma(from)));
                else if (IsNearOutside(found, x, y, scale, line)) (to[0], to[1], to[2]) = (Outline.R, Outline.G, Outline.B);
                else from.CopyTo(to);
            }
        }

        if (found.Box is not { } box) return drawn;
        // Black around yellow is seen on every background.
        for (int k = 0; k < 2 * line; k++)
        {
            drawn.Frame(box.XMin * scale + k, box.YMin * scale + k, box.Width * scale - 2 * k, box.Height * scale - 2 * k,
                k < line ? BoxColour : Rgb.Grey(0));
        }

        return drawn;
    }

    private static bool IsNearOutside(ObjectLocalisation found, int x, int y, int scale, int line)
    {
        Photo photo = found.Photo;
        foreach ((int dx, int dy) in ((int, int)[])[(-line, 0), (line, 0), (0, -line), (0, line)])
        {
            (int nx, int ny) = (x + dx, y + dy);
            if (nx < 0 || ny < 0 || nx >= photo.Width * scale || ny >= photo.Height * scale) continue;
            if (!found.Mask[ny / scale * photo.Width + nx / scale]) return true;
        }

        return false;
    }

    private static Photo Grey(Photo photo, Func<int, byte> value)
    {
        var picture = new Photo(photo.Width, photo.Height, new byte[photo.Rgb.Length]);
        for (int i = 0; i < picture.Width * picture.Height; i++) picture.Rgb.AsSpan(3 * i, 3).Fill(value(i));
        return picture;
    }
}
