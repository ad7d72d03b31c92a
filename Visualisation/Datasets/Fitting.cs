using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Datasets;

/// <summary>Brings pictures to one size.</summary>
internal static class Fitting
{
    /// <summary>
    /// Scales a picture until it just covers the size, and cuts it at the centre: the same pixels as preprocessing at inference
    /// with the short side resized to the input's.
    /// </summary>
    /// <returns>[height, width, 3]; the photo's own samples where the size is right.</returns>
    public static byte[] Fit(Photo photo, int width, int height)
    {
        if (photo.Width == width && photo.Height == height) return photo.Rgb;
        var size = CoveringSize.Of(photo.Width, photo.Height, width, height);
        if (!size.IsReachableFrom(photo.Height))
        {
            throw new NetVizException(
                $"a picture of {photo.Width}x{photo.Height} pixels is too narrow to make {width}x{height} of");
        }

        (int newWidth, int newHeight) = ((int)size.Width, (int)size.Height);
        byte[] resized = Resample.Resize(photo.Rgb, photo.Width, photo.Height, 3, newWidth, newHeight);
        int left = (int)Math.Round((newWidth - width) / 2.0), top = (int)Math.Round((newHeight - height) / 2.0);
        var cut = new byte[3 * width * height];
        for (int y = 0; y < height; y++)
            resized.AsSpan(((top + y) * newWidth + left) * 3, width * 3).CopyTo(cut.AsSpan(y * width * 3));
        return cut;
    }
}
