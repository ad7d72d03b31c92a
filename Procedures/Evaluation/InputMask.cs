using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;

namespace NetViz.Procedures;

/// <summary>Which pixels of the network's input lie on an object: those whose centre does.</summary>
internal static class InputMask
{
    /// <summary>The pixels in any of a picture's boxes.</summary>
    public static bool[] OfBoxes(EvaluatedPicture picture) => Of(picture.Placement, (x, y) => picture.Boxes.Any(box => Holds(box, x, y)));

    /// <summary>The pixels on which a mask is not black; null if the picture has no mask.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="folder">The folder of masks, by the pictures' names.</param>
    public static bool[]? OfFile(EvaluatedPicture picture, string folder)
    {
        string path = Path.Combine(folder, Path.ChangeExtension(picture.Name, ".png"));
        if (!File.Exists(path)) return null;
        Photo mask = ImageFile.Read(path, ImageFile.PixelLimitFor(new FileInfo(path).Length));
        // A mask may have another size than its picture.
        double scaleX = (double)mask.Width / picture.Photo.Width, scaleY = (double)mask.Height / picture.Photo.Height;
        return Of(picture.Placement, (x, y) =>
        {
            int column = (int)Math.Floor(x * scaleX), row = (int)Math.Floor(y * scaleY);
            if (column < 0 || row < 0 || column >= mask.Width || row >= mask.Height) return false;
            int at = 3 * (row * mask.Width + column);
            return mask.Rgb[at] + mask.Rgb[at + 1] + mask.Rgb[at + 2] > 3 * 127;
        });
    }

    private static bool[] Of(InputPlacement placement, Func<double, double, bool> isInside)
    {
        var mask = new bool[placement.InputWidth * placement.InputHeight];
        for (int y = 0; y < placement.InputHeight; y++)
        {
            double row = placement.Top + (y + 0.5) * placement.Height / placement.InputHeight;
            for (int x = 0; x < placement.InputWidth; x++)
            {
                double column = placement.Left + (x + 0.5) * placement.Width / placement.InputWidth;
                mask[y * placement.InputWidth + x] = isInside(column, row);
            }
        }

        return mask;
    }

    private static bool Holds(PixelBox box, double x, double y) =>
        x >= box.XMin && x < box.XMax + 1 && y >= box.YMin && y < box.YMax + 1;
}
