namespace NetViz.Visualisation.Datasets;

/// <summary>A rectangle of whole pixels on an upright picture; all four edges belong to it.</summary>
/// <param name="XMin">The first column.</param>
/// <param name="YMin">The first row.</param>
/// <param name="XMax">The last column.</param>
/// <param name="YMax">The last row.</param>
public readonly record struct PixelBox(int XMin, int YMin, int XMax, int YMax)
{
    /// <summary>Columns.</summary>
    public int Width => XMax - XMin + 1;

    /// <summary>Rows.</summary>
    public int Height => YMax - YMin + 1;

    /// <summary>Pixels.</summary>
    public long Area => (long)Width * Height;

    /// <summary>
    /// Intersection over union with another box, 0 to 1, in pixels: as ILSVRC counts it, each box holds its last row and column.
    /// </summary>
    public double OverlapWith(PixelBox other)
    {
        long width = Math.Min(XMax, other.XMax) - Math.Max(XMin, other.XMin) + 1L;
        long height = Math.Min(YMax, other.YMax) - Math.Max(YMin, other.YMin) + 1L;
        if (width <= 0 || height <= 0) return 0;
        return (double)(width * height) / (Area + other.Area - width * height);
    }

    /// <summary>
    /// Of several boxes around objects of one class, the one that this box overlaps most, the first of equal ones: ILSVRC counts
    /// a box as right where it is right for any of them.
    /// </summary>
    /// <param name="boxes">At least one.</param>
    public PixelBox NearestOf(IReadOnlyList<PixelBox> boxes)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        return boxes.MaxBy(OverlapWith);
    }

    /// <summary>
    /// The pixels whose centres lie in a rectangle at the centre of a picture whose sides have a share of the picture's.
    /// </summary>
    /// <param name="width">The picture's columns.</param>
    /// <param name="height">The picture's rows.</param>
    /// <param name="share">Above 0, up to 1.</param>
    public static PixelBox Centred(int width, int height, double share)
    {
        (int left, int right) = Middle(width, share);
        (int top, int bottom) = Middle(height, share);
        return new PixelBox(left, top, right, bottom);
    }

    /// <summary>The box around the pixels of a mask; null if there is none.</summary>
    /// <param name="mask">Row by row, [height, width].</param>
    /// <param name="width">Pixels in a row.</param>
    public static PixelBox? Around(ReadOnlySpan<bool> mask, int width)
    {
        int left = int.MaxValue, right = -1, top = -1, bottom = -1;
        for (int i = 0; i < mask.Length; i++)
        {
            if (!mask[i]) continue;
            (left, right) = (Math.Min(left, i % width), Math.Max(right, i % width));
            if (top < 0) top = i / width;
            bottom = i / width;
        }

        return right < 0 ? null : new PixelBox(left, top, right, bottom);
    }

    // Pixel i has its centre at i + 0.5. Of a picture of few pixels the middle one is left.
    private static (int First, int Last) Middle(int length, double share)
    {
        int first = Math.Min((int)Math.Ceiling((1 - share) / 2 * length - 0.5), (length - 1) / 2);
        return (first, length - 1 - first);
    }
}
