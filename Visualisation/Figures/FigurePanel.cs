using NetViz.Engine.Imaging;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Figures;

/// <summary>One map of a figure, of what the network sees of a picture, at the resolution of the network's input.</summary>
/// <param name="Map">The map.</param>
/// <param name="Photo">What the network sees of the picture.</param>
/// <param name="Formula">What the map shows; maps of different quantities have no scale in common.</param>
/// <param name="Title">What stands above the column.</param>
public sealed record FigurePanel(SaliencyMap Map, Photo Photo, string Formula, string Title)
{
    // More pixels of a photograph than this no printer shows on a panel.
    private const int MaxSide = 1000;

    /// <summary>What stands below the row's picture; may be empty.</summary>
    public string Caption { get; init; } = "";

    /// <summary>What stands below the map; may be empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>Cuts out what the network sees of a photograph, at the photograph's resolution.</summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="placement">Where the network's input lies on it.</param>
    public static Photo SeenOf(Photo photo, in InputPlacement placement) => Mosaic.Cut(photo, placement.Left, placement.Top,
        placement.Width, placement.Height, Side(placement.Width), Side(placement.Height));

    private static int Side(double length) => Math.Clamp((int)Math.Round(length), 1, MaxSide);

    /// <summary>Draws it.</summary>
    /// <param name="scale">The end of its colours.</param>
    /// <param name="colours">The colours.</param>
    /// <param name="isOverlay">Whether it lies over the picture.</param>
    internal Photo Draw(MapScale scale, ColorMap colours, bool isOverlay)
    {
        if (!isOverlay) return HeatMap.Draw(Map, scale, colours);
        // At the finer of both resolutions.
        int width = Math.Max(Photo.Width, Map.Width), height = Math.Max(Photo.Height, Map.Height);
        return Overlay.Draw(Photo.Resize(width, height),
            Map.ToPhoto(new InputPlacement(Map.Width, Map.Height, 0, 0, width, height), width, height), scale, colours);
    }
}
