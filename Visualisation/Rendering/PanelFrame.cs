using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>A photograph in the size of a sheet's panels, and where the network's input lies on it there.</summary>
/// <param name="Photo">The photograph.</param>
/// <param name="Placement">Where the network's input lies on it.</param>
internal sealed record PanelFrame(Photo Photo, InputPlacement Placement)
{
    /// <summary>The frame of a photograph whose longer side becomes that of a panel.</summary>
    public static PanelFrame Of(Photo photo, in InputPlacement placement, int panelSize)
    {
        var shrink = (double)panelSize / Math.Max(photo.Width, photo.Height);
        var width = Math.Max(1, (int)Math.Round(photo.Width * shrink));
        var height = Math.Max(1, (int)Math.Round(photo.Height * shrink));
        var (sx, sy) = ((double)width / photo.Width, (double)height / photo.Height);
        return new PanelFrame(photo.Resize(width, height), placement with
        {
            Left = placement.Left * sx,
            Top = placement.Top * sy,
            Width = placement.Width * sx,
            Height = placement.Height * sy,
        });
    }

    /// <summary>A frame without photograph, for a plane of numbers that belongs to none.</summary>
    public static PanelFrame Without(int planeWidth, int planeHeight, int panelSize) => Of(
        Painting.Blank(planeWidth, planeHeight, Rgb.Grey(255)),
        new InputPlacement(planeWidth, planeHeight, 0, 0, planeWidth, planeHeight), panelSize);

    /// <summary>The place of a plane of other rows and columns that covers what the input covers: an inner layer's map.</summary>
    public InputPlacement PlacementOf(int planeWidth, int planeHeight) =>
        Placement with { InputWidth = planeWidth, InputHeight = planeHeight };

    /// <summary>The photograph as a panel, with a frame around the input where that is a part of it.</summary>
    public SheetPanel PhotoPanel()
    {
        var (left, top) = ((int)Math.Round(Placement.Left), (int)Math.Round(Placement.Top));
        var right = (int)Math.Round(Placement.Left + Placement.Width);
        var bottom = (int)Math.Round(Placement.Top + Placement.Height);
        if (left <= 0 && top <= 0 && right >= Photo.Width && bottom >= Photo.Height)
            return new SheetPanel("Photograph", Photo);
        // Black around white is seen on every background.
        var framed = new Photo(Photo.Width, Photo.Height, [.. Photo.Rgb]);
        framed.Frame(left - 1, top - 1, right - left + 2, bottom - top + 2, Rgb.Grey(0));
        framed.Frame(left, top, right - left, bottom - top, Rgb.Grey(255));
        return new SheetPanel("Photograph", framed, "framed: what the network sees");
    }
}
