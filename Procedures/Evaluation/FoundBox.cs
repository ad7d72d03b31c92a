using NetViz.Visualisation.Datasets;

namespace NetViz.Procedures;

/// <summary>A box that was found on a picture, as <see cref="MeasuredPicture.Values"/> keep it.</summary>
/// <param name="Box">The box; null where the map is the same everywhere.</param>
/// <param name="Right">The true box that it is compared with: of several, the nearest.</param>
/// <param name="WasCut">Whether a graph cut found it.</param>
/// <param name="IsProved">Whether the flow equalled the cut.</param>
internal readonly record struct FoundBox(PixelBox? Box, PixelBox Right, bool WasCut, bool IsProved)
{
    /// <summary>Numbers a box.</summary>
    public const int Count = 10;

    /// <summary>The IoU with the true box; null where no box was found.</summary>
    public double? Overlap => Box?.OverlapWith(Right);

    /// <summary>The edges of the box (NaN if there is none) and of the true one, then 1 or 0 for a cut, and for a proved
    /// one.</summary>
    public IEnumerable<double> Numbers =>
    [
        Box?.XMin ?? double.NaN, Box?.YMin ?? double.NaN, Box?.XMax ?? double.NaN, Box?.YMax ?? double.NaN,
        Right.XMin, Right.YMin, Right.XMax, Right.YMax, WasCut ? 1 : 0, IsProved ? 1 : 0,
    ];

    /// <summary>The box of <see cref="Numbers"/>.</summary>
    public static FoundBox Of(ReadOnlySpan<double> numbers) => new(double.IsNaN(numbers[0]) ? null : BoxOf(numbers),
        BoxOf(numbers[4..]), numbers[8] > 0, numbers[9] > 0);

    private static PixelBox BoxOf(ReadOnlySpan<double> edges) =>
        new((int)edges[0], (int)edges[1], (int)edges[2], (int)edges[3]);
}
