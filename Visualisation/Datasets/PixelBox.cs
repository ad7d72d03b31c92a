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
}
