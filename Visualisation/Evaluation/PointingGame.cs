using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;

namespace NetViz.Visualisation.Evaluation;

/// <summary>
/// The pointing game (Zhang, Lin, Brandt, Shen, Sclaroff, "Top-down Neural Attention by Excitation Backprop", 2016): a map points
/// at the place of its maximum, and hits where that lies in the object's box or near it. Places are continuous coordinates of
/// the network's input: pixel i covers [i, i+1), its centre is i + 0.5.
/// </summary>
public static class PointingGame
{
    /// <summary>How far beside the box still counts at VGG's size, in pixels of the network's input [secondary].</summary>
    public const double VggTolerance = 15;

    /// <summary>VGG's size: rows and columns of its input.</summary>
    public const int VggSize = 224;

    /// <summary>The same share of another network's input.</summary>
    /// <param name="width">Columns of the input.</param>
    public static double ToleranceFor(int width) => VggTolerance * width / VggSize;

    /// <summary>
    /// The centre of the map's highest pixel, the first in row-major order where several are equal; null of a map that is the
    /// same all over, which points nowhere.
    /// </summary>
    /// <param name="map">Of the network's input.</param>
    public static (double X, double Y)? PointOf(SaliencyMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ReadOnlySpan<float> values = map.Values;
        int highest = 0, lowest = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[highest]) highest = i;
            if (values[i] < values[lowest]) lowest = i;
        }

        return values[highest] > values[lowest] ? (highest % map.Width + 0.5, highest / map.Width + 0.5) : null;
    }

    /// <summary>Whether a point hits any of the boxes around the objects of a class.</summary>
    /// <param name="x">The point's column in the network's input.</param>
    /// <param name="y">Its row.</param>
    /// <param name="boxes">Of the photograph.</param>
    /// <param name="placement">Where the network's input lies on the photograph.</param>
    /// <param name="tolerance">In pixels of the network's input.</param>
    public static bool Hits(double x, double y, IReadOnlyList<PixelBox> boxes, InputPlacement placement, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        return boxes.Any(box => Hits(x, y, box, placement, tolerance));
    }

    /// <summary>
    /// Whether a point lies in a box, or no further than the tolerance from the centre of one of the box's pixels.
    /// </summary>
    /// <param name="x">The point's column in the network's input.</param>
    /// <param name="y">Its row.</param>
    /// <param name="box">Of the photograph; its last row and column belong to it.</param>
    /// <param name="placement">Where the network's input lies on the photograph.</param>
    /// <param name="tolerance">In pixels of the network's input.</param>
    public static bool Hits(double x, double y, PixelBox box, in InputPlacement placement, double tolerance)
    {
        double left = placement.ToInputX(box.XMin), right = placement.ToInputX(box.XMax + 1),
            top = placement.ToInputY(box.YMin), bottom = placement.ToInputY(box.YMax + 1);
        if (x >= left && x < right && y >= top && y < bottom) return true;
        double halfX = 0.5 * placement.InputWidth / placement.Width, halfY = 0.5 * placement.InputHeight / placement.Height;
        double dx = Math.Max(0, Math.Max(left + halfX - x, x - (right - halfX)));
        double dy = Math.Max(0, Math.Max(top + halfY - y, y - (bottom - halfY)));
        return Math.Sqrt(dx * dx + dy * dy) <= tolerance;
    }
}
