using NetViz.Engine.Imaging;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace NetViz.Visualisation.ImageSharp;

/// <summary>Pictures between ImageSharp and NetViz.</summary>
public static class ImageSharpPictures
{
    /// <summary>Copies a picture of ImageSharp.</summary>
    /// <param name="image">The picture. Only its first frame is copied. The caller keeps it.</param>
    /// <returns>The picture as NetViz takes it, 8 bits a channel.</returns>
    public static Photo ToPhoto(this Image<Rgb24> image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var rgb = new byte[checked(3 * image.Width * image.Height)];
        image.Frames.RootFrame.CopyPixelDataTo(rgb);
        return new Photo(image.Width, image.Height, rgb);
    }

    /// <summary>Copies a picture to ImageSharp, such as a rendered map.</summary>
    /// <param name="photo">The picture.</param>
    /// <returns>A picture that the caller disposes.</returns>
    public static Image<Rgb24> ToImageSharp(this Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        return Image.LoadPixelData<Rgb24>(photo.Rgb, photo.Width, photo.Height);
    }
}
