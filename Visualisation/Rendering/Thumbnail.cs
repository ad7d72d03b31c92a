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
        int side = Math.Max(photo.Width, photo.Height);
        if (side <= longerSide) return photo;
        return photo.Resize(Shrunk(photo.Width), Shrunk(photo.Height));

        int Shrunk(int length) => Math.Max(1, (int)Math.Round((double)length * longerSide / side));
    }
}
