using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>A photograph made smaller.</summary>
public static class Thumbnail
{
    /// <summary>The photograph with its longer side cut down to a length; as it is where it is no longer.</summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="longerSide">Pixels.</param>
    public static Photo Of(Photo photo, int longerSide)
    {
        ArgumentNullException.ThrowIfNull(photo);
        return Math.Max(photo.Width, photo.Height) <= longerSide
            ? photo
            : PanelFrame.Of(photo, new InputPlacement(1, 1, 0, 0, photo.Width, photo.Height), longerSide).Photo;
    }
}
