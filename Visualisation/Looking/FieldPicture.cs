using NetViz.Analysis;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Looking;

/// <summary>A receptive field on its photograph.</summary>
public static class FieldPicture
{
    /// <summary>Brightness of what the unit does not see.</summary>
    private const double OutsideShare = 0.4;

    /// <summary>The box of a field in photograph pixels: left, top, width, height.</summary>
    /// <param name="field">The field; not empty.</param>
    /// <param name="placement">Where the network's input lies on the photograph.</param>
    public static (double Left, double Top, double Width, double Height) BoxOf(ReceptiveField field, InputPlacement placement)
    {
        ArgumentNullException.ThrowIfNull(field);
        double left = placement.ToPhotoX(field.Left), top = placement.ToPhotoY(field.Top);
        return (left, top, placement.ToPhotoX(field.Right + 1) - left, placement.ToPhotoY(field.Bottom + 1) - top);
    }

    /// <summary>
    /// The photograph with what the unit sees framed, and the rest dark; holes of a dilated field are dark, too.
    /// </summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="placement">Where the network's input lies on it.</param>
    /// <param name="field">The field.</param>
    /// <param name="longerSide">The longer side of the picture in pixels.</param>
    public static Photo Draw(Photo photo, InputPlacement placement, ReceptiveField field, int longerSide = 256)
    {
        ArgumentNullException.ThrowIfNull(field);
        (Photo small, InputPlacement laid) = PanelFrame.Of(photo, placement, longerSide);
        var picture = new Photo(small.Width, small.Height, [.. small.Rgb]);
        for (int y = 0; y < picture.Height; y++)
        for (int x = 0; x < picture.Width; x++)
        {
            int row = (int)Math.Floor(laid.ToInputY(y + 0.5)), column = (int)Math.Floor(laid.ToInputX(x + 0.5));
            if (row >= 0 && row < field.Height && column >= 0 && column < field.Width && field[row, column]) continue;
            Span<byte> pixel = picture.Rgb.AsSpan((y * picture.Width + x) * 3, 3);
            foreach (ref byte sample in pixel) sample = (byte)(sample * OutsideShare);
        }

        if (field.Count == 0) return picture;
        (double left, double top, double width, double height) = BoxOf(field, laid);
        (int x0, int y0) = ((int)Math.Round(left), (int)Math.Round(top));
        (int w, int h) = (Math.Max(3, (int)Math.Round(left + width) - x0), Math.Max(3, (int)Math.Round(top + height) - y0));
        picture.Frame(x0, y0, w, h, Rgb.Grey(255));
        picture.Frame(x0 + 1, y0 + 1, w - 2, h - 2, Rgb.Grey(0));
        return picture;
    }
}
