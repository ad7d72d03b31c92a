using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Datasets;

/// <summary>Brings pictures to one size.</summary>
internal static class Fitting
{
    // A strip of 1 x 100000 pixels, scaled until it covers 256 x 256, would have billions.
    private const long MostResizedPixels = 100_000_000;

    /// <summary>
    /// Scales a picture until it just covers the size, and cuts it at the centre: the same pixels as preprocessing at inference
    /// with the short side resized to the input's.
    /// </summary>
    /// <returns>[height, width, 3]; the photo's own samples where the size is right.</returns>
    public static byte[] Fit(Photo photo, int width, int height)
    {
        if (photo.Width == width && photo.Height == height) return photo.Rgb;
        bool isNarrow = (long)photo.Width * height <= (long)photo.Height * width;
        long newWidth = isNarrow ? width : (long)height * photo.Width / photo.Height,
            newHeight = isNarrow ? (long)width * photo.Height / photo.Width : height;
        // Rows are resized first: there is a picture of the new width and the old height in between.
        if (Math.Max(newHeight, photo.Height) * newWidth > MostResizedPixels)
        {
            throw new NetVizException(
                $"a picture of {photo.Width}x{photo.Height} pixels is too narrow to make {width}x{height} of");
        }

        byte[] resized = Resample.Resize(photo.Rgb, photo.Width, photo.Height, 3, (int)newWidth, (int)newHeight);
        int left = (int)Math.Round((newWidth - width) / 2.0), top = (int)Math.Round((newHeight - height) / 2.0);
        var cut = new byte[3 * width * height];
        for (int y = 0; y < height; y++)
            resized.AsSpan(((top + y) * (int)newWidth + left) * 3, width * 3).CopyTo(cut.AsSpan(y * width * 3));
        return cut;
    }
}
